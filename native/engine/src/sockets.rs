//! The node's UDP sockets: the main pair on one port, and extra ones while birthday probing (each a random port, and thereby a NAT
//! mapping, of its own) and as long as a path uses them.

use std::collections::HashMap;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use meshd_netio::filter::Instruction;
use meshd_netio::{Interest, Poller, UdpPair, UdpSocket, bind_pair};

pub const MAX_EXTRA_SOCKETS: usize = 256;

/// Names an extra socket; never used twice.
pub type SocketHandle = u32;

const MAIN_V4_TOKEN: u64 = 0;
const MAIN_V6_TOKEN: u64 = 1;
/// Tokens below it are the loop's own.
const FIRST_EXTRA_TOKEN: u64 = 16;

/// One socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Local {
    MainV4,
    MainV6,
    Extra(SocketHandle),
}

impl Local {
    pub fn for_destination(socket: Option<SocketHandle>, destination: SocketAddr) -> Self {
        match socket {
            Some(socket) => Self::Extra(socket),
            None if destination.is_ipv4() => Self::MainV4,
            None => Self::MainV6,
        }
    }

    pub fn extra(self) -> Option<SocketHandle> {
        match self {
            Self::Extra(socket) => Some(socket),
            Self::MainV4 | Self::MainV6 => None,
        }
    }

    pub fn token(self) -> u64 {
        match self {
            Self::MainV4 => MAIN_V4_TOKEN,
            Self::MainV6 => MAIN_V6_TOKEN,
            Self::Extra(socket) => FIRST_EXTRA_TOKEN + u64::from(socket),
        }
    }

    pub fn of_token(token: u64) -> Option<Self> {
        match token {
            MAIN_V4_TOKEN => Some(Self::MainV4),
            MAIN_V6_TOKEN => Some(Self::MainV6),
            _ => {
                let handle = token.checked_sub(FIRST_EXTRA_TOKEN)?;
                Some(Self::Extra(handle.try_into().ok()?))
            }
        }
    }
}

/// Counts the extra sockets that are open, on whatever thread.
#[derive(Debug, Clone, Default)]
pub struct SocketBudget(Arc<AtomicUsize>);

impl SocketBudget {
    /// Binds a socket if there may be one more. Errors: EMFILE, and what binding says.
    pub fn open(&self, handle: SocketHandle, unspecified: SocketAddr) -> io::Result<ExtraSocket> {
        let permit = self
            .take()
            .ok_or_else(|| io::Error::from_raw_os_error(libc::EMFILE))?;
        Ok(ExtraSocket {
            handle,
            socket: UdpSocket::bind_small(unspecified)?,
            unwanted: false,
            _permit: permit,
        })
    }

    fn take(&self) -> Option<Permit> {
        let more = |open: usize| (open < MAX_EXTRA_SOCKETS).then_some(open + 1);
        self.0
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, more)
            .ok()
            .map(|_| Permit(self.clone()))
    }
}

/// One open socket of the budget.
#[derive(Debug)]
struct Permit(SocketBudget);

impl Drop for Permit {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[derive(Debug)]
pub struct ExtraSocket {
    pub handle: SocketHandle,
    socket: UdpSocket,
    /// TypeScript has closed it.
    pub unwanted: bool,
    _permit: Permit,
}

impl ExtraSocket {
    /// A path uses it from now on: probes need little room, bulk data much.
    pub fn carry_data(&self) {
        // What the kernel refuses, it serves with less.
        let _ = self.socket.enlarge_buffers();
    }
}

/// What the main pair is bound to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bound {
    pub port: u16,
    pub has_ipv4: bool,
    pub has_ipv6: bool,
}

pub struct Sockets {
    main: UdpPair,
    extra: HashMap<SocketHandle, ExtraSocket>,
}

impl Sockets {
    pub fn new(main: UdpPair) -> Self {
        Self {
            main,
            extra: HashMap::new(),
        }
    }

    pub fn bound(&self) -> Bound {
        Bound {
            port: self.main.port,
            has_ipv4: self.main.v4.is_some(),
            has_ipv6: self.main.v6.is_some(),
        }
    }

    /// Replaces the main pair, on the same port if it can be had. After an error there is none.
    pub fn rebind(&mut self, poller: &Poller) -> io::Result<Bound> {
        let port = self.main.port;
        for socket in [self.main.v4.take(), self.main.v6.take()]
            .into_iter()
            .flatten()
        {
            let _ = poller.remove(&socket);
        }
        let pair = bind_pair(port).or_else(|_| bind_pair(0))?;
        self.main = pair;
        self.watch_main(poller)?;
        Ok(self.bound())
    }

    pub fn get(&self, local: Local) -> Option<&UdpSocket> {
        match local {
            Local::MainV4 => self.main.v4.as_ref(),
            Local::MainV6 => self.main.v6.as_ref(),
            Local::Extra(handle) => self.extra.get(&handle).map(|extra| &extra.socket),
        }
    }

    pub fn extra_mut(&mut self, handle: SocketHandle) -> Option<&mut ExtraSocket> {
        self.extra.get_mut(&handle)
    }

    pub fn watch_main(&self, poller: &Poller) -> io::Result<()> {
        for local in [Local::MainV4, Local::MainV6] {
            if let Some(socket) = self.get(local) {
                poller.add(socket, local.token(), Interest::Readable)?;
            }
        }
        Ok(())
    }

    /// Of all that are open.
    pub fn set_filters(&self, ipv4: &[Instruction], ipv6: &[Instruction]) {
        let main = [&self.main.v4, &self.main.v6].into_iter().flatten();
        for socket in main.chain(self.extra.values().map(|extra| &extra.socket)) {
            // What the kernel does not drop, the engine does.
            let _ = socket.set_filter(if socket.is_ipv4() { ipv4 } else { ipv6 });
        }
    }

    /// Takes over and watches an extra socket; one that cannot be watched is closed.
    pub fn add(&mut self, extra: ExtraSocket, poller: &Poller) {
        let token = Local::Extra(extra.handle).token();
        if poller.add(&extra.socket, token, Interest::Readable).is_ok() {
            self.extra.insert(extra.handle, extra);
        }
    }

    /// Closes what is neither wanted nor in use.
    pub fn retain(&mut self, poller: &Poller, in_use: impl Fn(SocketHandle) -> bool) {
        self.extra.retain(|&handle, extra| {
            let stays = !extra.unwanted || in_use(handle);
            if !stays {
                let _ = poller.remove(&extra.socket);
            }
            stays
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_name_sockets() {
        for local in [
            Local::MainV4,
            Local::MainV6,
            Local::Extra(0),
            Local::Extra(u32::MAX),
        ] {
            assert_eq!(Local::of_token(local.token()), Some(local));
        }
        assert_eq!(Local::of_token(2), None);
    }

    #[test]
    fn there_are_256_at_most_and_closing_makes_room() {
        let budget = SocketBudget::default();
        let any = "127.0.0.1:0".parse().unwrap();
        let mut open: Vec<ExtraSocket> = (0..256)
            .map(|handle| budget.open(handle, any).unwrap())
            .collect();
        let refused = budget.open(256, any).unwrap_err();
        assert_eq!(refused.raw_os_error(), Some(libc::EMFILE));
        open.pop();
        budget.open(257, any).unwrap();
    }

    #[test]
    fn a_socket_in_use_outlives_the_wish_to_close_it() {
        let poller = Poller::new().unwrap();
        let mut sockets = Sockets::new(bind_pair(0).unwrap());
        let budget = SocketBudget::default();
        for handle in [1, 2] {
            let socket = budget.open(handle, "127.0.0.1:0".parse().unwrap());
            sockets.add(socket.unwrap(), &poller);
            sockets.extra_mut(handle).unwrap().unwanted = true;
        }
        sockets.retain(&poller, |handle| handle == 2);
        assert!(sockets.get(Local::Extra(1)).is_none());
        assert!(sockets.get(Local::Extra(2)).is_some());
        sockets.retain(&poller, |_| false);
        assert!(sockets.get(Local::Extra(2)).is_none());
    }
}
