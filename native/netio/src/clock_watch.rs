//! Tells when the wall clock jumps against the time that processes see pass: the host slept, or somebody set the clock
//! (timerfd_create(2), `TFD_TIMER_CANCEL_ON_SET`). It costs nothing meanwhile, unlike looking at two clocks every second.

use crate::sys;
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd};

#[derive(Debug)]
pub struct ClockWatch {
    timer: OwnedFd,
}

impl ClockWatch {
    pub fn new() -> io::Result<Self> {
        let flags = libc::TFD_CLOEXEC | libc::TFD_NONBLOCK;
        // SAFETY: no pointers; the result is checked.
        let fd = sys::check_int(unsafe { libc::timerfd_create(libc::CLOCK_REALTIME, flags) })?;
        // SAFETY: the descriptor was just made by the kernel and nobody else has it.
        let timer = unsafe { OwnedFd::from_raw_fd(fd) };
        let watch = Self { timer };
        watch.arm()?;
        Ok(watch)
    }

    /// Whether it jumped since the last call. The descriptor is readable while the answer is yes.
    pub fn jumped(&self) -> bool {
        let mut expirations = [0u8; 8];
        // SAFETY: the pointer and length describe `expirations`.
        let result = unsafe {
            libc::read(
                self.timer.as_raw_fd(),
                expirations.as_mut_ptr().cast(),
                expirations.len(),
            )
        };
        let cancelled =
            result < 0 && io::Error::last_os_error().raw_os_error() == Some(libc::ECANCELED);
        // Armed anew it is cancelled by the next jump as well. What could fail has worked before.
        cancelled && self.arm().is_ok()
    }

    /// For the end of time: it never expires.
    fn arm(&self) -> io::Result<()> {
        let never = libc::timespec {
            tv_sec: libc::time_t::MAX,
            tv_nsec: 0,
        };
        let setting = libc::itimerspec {
            it_interval: libc::timespec {
                tv_sec: 0,
                tv_nsec: 0,
            },
            it_value: never,
        };
        let flags = libc::TFD_TIMER_ABSTIME | libc::TFD_TIMER_CANCEL_ON_SET;
        // SAFETY: the pointer describes `setting`, which lives through the call; no old setting is asked for.
        sys::check_int(unsafe {
            libc::timerfd_settime(
                self.timer.as_raw_fd(),
                flags,
                &raw const setting,
                std::ptr::null_mut(),
            )
        })?;
        Ok(())
    }
}

impl AsFd for ClockWatch {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.timer.as_fd()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A microsecond forward: a jump like any other. False without the right to.
    fn nudge_the_clock() -> bool {
        // SAFETY: all fields of `timex` are integers, for which zero is valid.
        let mut request: libc::timex = unsafe { std::mem::zeroed() };
        request.modes = libc::ADJ_SETOFFSET;
        request.time.tv_usec = 1;
        // SAFETY: the pointer describes `request`, which lives through the call.
        unsafe { libc::adjtimex(&raw mut request) >= 0 }
    }

    #[test]
    fn says_once_for_each_jump_that_there_was_one() {
        let watch = ClockWatch::new().unwrap();
        assert!(!watch.jumped());
        for _ in 0..2 {
            if !nudge_the_clock() {
                return;
            }
            assert!(watch.jumped());
            assert!(!watch.jumped());
        }
    }
}
