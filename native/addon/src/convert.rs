//! Texts and byte arrays of JavaScript ↔ types of the engine. What does not fit is an error with `code` "EINVAL".

use std::net::SocketAddr;

use napi::{Error, Result};

pub fn invalid(message: String) -> Error<&'static str> {
    Error::new("EINVAL", message)
}

/// IPv4-mapped addresses become IPv4: the sockets are one for each family.
pub fn parse_address(text: &str) -> Result<SocketAddr, &'static str> {
    let address: SocketAddr = text
        .parse()
        .map_err(|_| invalid(format!("not an address with a port: {text}")))?;
    Ok(SocketAddr::new(address.ip().to_canonical(), address.port()))
}

pub fn sized<const N: usize>(name: &str, bytes: &[u8]) -> Result<[u8; N], &'static str> {
    bytes
        .try_into()
        .map_err(|_| invalid(format!("{name} has {} bytes, not {N}", bytes.len())))
}

pub fn parsed<T: std::str::FromStr>(what: &str, text: &str) -> Result<T, &'static str> {
    text.parse()
        .map_err(|_| invalid(format!("not {what}: {text}")))
}

/// An error of the system with its symbolic code.
pub fn io_error(error: &std::io::Error) -> Error<&'static str> {
    let code = match error.raw_os_error() {
        Some(libc::EADDRINUSE) => "EADDRINUSE",
        Some(libc::EADDRNOTAVAIL) => "EADDRNOTAVAIL",
        Some(libc::EAFNOSUPPORT) => "EAFNOSUPPORT",
        Some(libc::EACCES | libc::EPERM) => "EPERM",
        Some(libc::ENOENT | libc::ENODEV | libc::ENXIO) => "ENOENT",
        Some(libc::EBUSY) => "EBUSY",
        Some(libc::EMFILE | libc::ENFILE) => "EMFILE",
        Some(libc::EINVAL) => "EINVAL",
        Some(libc::EBADF) => "EBADF",
        Some(libc::ENOTSOCK) => "ENOTSOCK",
        _ => "EIO",
    };
    Error::new(code, error.to_string())
}
