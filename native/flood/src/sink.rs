//! Sockets that take what comes until they are full, and read nothing: what a flood costs a machine that has nothing to do with it.

use std::net::{SocketAddrV4, TcpListener, UdpSocket};

pub fn run(address: SocketAddrV4) -> Result<String, String> {
    let problem = |error: std::io::Error| format!("{address}: {error}");
    let _datagrams = UdpSocket::bind(address).map_err(problem)?;
    let _connections = TcpListener::bind(address).map_err(problem)?;
    println!("taking");
    loop {
        std::thread::park();
    }
}
