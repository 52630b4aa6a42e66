//! Sends packets as they are, many a system call, each one by itself: nothing that joined them on the way makes them cheaper.

use std::io::IoSlice;
use std::net::SocketAddrV4;
use std::os::fd::{AsRawFd, OwnedFd};

use nix::errno::Errno;
use nix::sys::socket::{
    AddressFamily, MsgFlags, MultiHeaders, SockFlag, SockProtocol, SockType, SockaddrIn, sendmmsg,
    socket,
};

use crate::options::PacketOptions;
use crate::pace::Pace;
use crate::packets::Template;
use crate::random::Random;

const BATCH: usize = 64;

pub fn run(options: &PacketOptions) -> Result<String, String> {
    let problem = |error: Errno| format!("a raw socket: {error} (it takes CAP_NET_RAW)");
    let socket = socket(
        AddressFamily::Inet,
        SockType::Raw,
        SockFlag::SOCK_CLOEXEC,
        SockProtocol::Raw,
    )
    .map_err(problem)?;
    let seed = std::process::id().into();
    let mut random = Random::new(seed);
    let mut templates: Vec<Template> = (0..BATCH)
        .map(|_| Template::new(options.kind, options.target, &mut random))
        .collect();
    let mut pace = Pace::start(options.rate);
    let mut sent = 0;
    while pace.elapsed() < options.duration {
        let due = pace.wait().min(BATCH as u64) as usize;
        for template in &mut templates[..due] {
            template.vary(options.sources, &mut random);
        }
        let did = send(&socket, options.target, &templates[..due])?;
        // What the host had no room for counts as done, not as sent: the pace is kept.
        pace.did(due as u64);
        sent += did;
    }
    let seconds = pace.elapsed().as_secs_f64();
    Ok(format!(r#"{{"sent":{sent},"seconds":{seconds:.4}}}"#))
}

fn send(socket: &OwnedFd, target: SocketAddrV4, templates: &[Template]) -> Result<usize, String> {
    let slices: Vec<[IoSlice<'_>; 1]> = templates
        .iter()
        .map(|template| [IoSlice::new(&template.packet)])
        .collect();
    let destinations =
        vec![Some(SockaddrIn::from(SocketAddrV4::new(*target.ip(), 0))); slices.len()];
    let mut headers = MultiHeaders::preallocate(slices.len(), None);
    let sent = sendmmsg(
        socket.as_raw_fd(),
        &mut headers,
        &slices,
        destinations,
        [],
        MsgFlags::empty(),
    );
    match sent {
        Ok(results) => Ok(results.count()),
        Err(Errno::ENOBUFS | Errno::EINTR | Errno::EAGAIN) => Ok(0),
        Err(error) => Err(format!("sending to {target}: {error}")),
    }
}
