//! Who is at the other end of a Unix socket.

use crate::sys;
use std::io;
use std::os::fd::AsRawFd;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PeerCredentials {
    pub pid: i32,
    pub uid: u32,
    pub gid: u32,
}

/// Credentials that the peer had when it connected (`SO_PEERCRED`, unix(7)). A descriptor that is
/// no socket is refused by the kernel.
pub fn peer_credentials(socket: impl AsRawFd) -> io::Result<PeerCredentials> {
    let mut credentials = libc::ucred {
        pid: 0,
        uid: u32::MAX,
        gid: u32::MAX,
    };
    let mut length = size_of::<libc::ucred>() as libc::socklen_t;
    // SAFETY: the pointers describe `credentials` and `length`, which live through the call; any
    // bytes make a valid `ucred`.
    sys::check_int(unsafe {
        libc::getsockopt(
            socket.as_raw_fd(),
            libc::SOL_SOCKET,
            libc::SO_PEERCRED,
            (&raw mut credentials).cast(),
            &raw mut length,
        )
    })?;
    let libc::ucred { pid, uid, gid } = credentials;
    Ok(PeerCredentials { pid, uid, gid })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::fd::AsFd;
    use std::os::unix::fs::MetadataExt;
    use std::os::unix::net::UnixStream;

    #[test]
    fn a_socket_pair_is_this_process() {
        let (one, _other) = UnixStream::pair().unwrap();
        let credentials = peer_credentials(one.as_fd()).unwrap();
        assert_eq!(credentials.pid, std::process::id() as i32);
        assert_eq!(
            credentials.uid,
            std::fs::metadata("/proc/self").unwrap().uid()
        );
    }

    #[test]
    fn a_file_has_no_peer() {
        let file = std::fs::File::open("/dev/null").unwrap();
        assert!(peer_credentials(file.as_fd()).is_err());
    }
}
