//! TCP connections that are made and never say a word; who cuts one gets another.

use std::io::{ErrorKind, Read};
use std::net::{SocketAddrV4, TcpStream};
use std::os::fd::AsRawFd;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::sys::socket::{
    AddressFamily, SockFlag, SockType, SockaddrIn, bind, connect, setsockopt, socket, sockopt,
};

use crate::options::ConnectionOptions;

const LOOK_EVERY: Duration = Duration::from_millis(200);

pub fn run(options: &ConnectionOptions) -> Result<String, String> {
    let began = Instant::now();
    let mut opened = 0;
    let mut open = || {
        opened += 1;
        let from = options.sources.address(opened);
        begin(SocketAddrV4::new(from, 0), options.target)
            .map_err(|error| format!("a connection from {from}: {error}"))
    };
    let mut held = Vec::with_capacity(options.count);
    while began.elapsed() < options.duration {
        held.retain_mut(stands);
        // Not all at once: a burst would be dropped by the kernel's queue rather than by the server.
        for _ in held.len()..options.count.min(held.len() + options.count / 8 + 1) {
            held.push(open()?);
        }
        std::thread::sleep(LOOK_EVERY);
    }
    held.retain_mut(stands);
    let seconds = began.elapsed().as_secs_f64();
    Ok(format!(
        r#"{{"opened":{opened},"held":{},"seconds":{seconds:.4}}}"#,
        held.len()
    ))
}

/// Does not wait for the handshake.
fn begin(source: SocketAddrV4, target: SocketAddrV4) -> Result<TcpStream, Errno> {
    let flags = SockFlag::SOCK_CLOEXEC | SockFlag::SOCK_NONBLOCK;
    let socket = socket(AddressFamily::Inet, SockType::Stream, flags, None)?;
    setsockopt(&socket, sockopt::ReuseAddr, &true)?;
    bind(socket.as_raw_fd(), &SockaddrIn::from(source))?;
    match connect(socket.as_raw_fd(), &SockaddrIn::from(target)) {
        Ok(()) | Err(Errno::EINPROGRESS) => Ok(TcpStream::from(socket)),
        Err(error) => Err(error),
    }
}

fn stands(stream: &mut TcpStream) -> bool {
    match stream.read(&mut [0; 64]) {
        Ok(bytes) => bytes > 0,
        // Not connected yet.
        Err(error) => matches!(
            error.kind(),
            ErrorKind::WouldBlock | ErrorKind::NotConnected
        ),
    }
}
