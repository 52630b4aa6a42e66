//! A router of the lab in test/lab: the kernel of the router's namespace sends what comes from the LAN into one TUN and what
//! comes from the internet into another; this program moves packets between the two as NAT, firewall and line tell. It ends with
//! its namespace and leaves nothing behind.
#![forbid(unsafe_code)]

mod control;
mod firewall;
mod nat;
#[cfg(test)]
mod nat_tests;
mod options;
mod random;
mod rewrite;
mod router;
#[cfg(test)]
mod router_tests;
mod shaper;
mod tamper;

use meshd_netio::{Interest, Poller, Tun};
use meshd_packet::VnetHdr;
use options::{Options, USAGE};
use router::{Router, Side};
use std::io::{self, IoSlice};
use std::process::ExitCode;
use std::time::{Duration, Instant};
use tamper::{Forgery, Tamperer};

const INSIDE: u64 = 0;
const OUTSIDE: u64 = 1;
const CONTROL: u64 = 2;
/// Packets read from one side before the other gets its turn.
const BATCH: usize = 64;

fn main() -> ExitCode {
    let options = match Options::parse(std::env::args().skip(1)) {
        Ok(options) => options,
        Err(error) => {
            eprintln!("lab-router: {error}\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    match run(options) {
        Ok(never) => match never {},
        Err(error) => {
            eprintln!("lab-router: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: Options) -> io::Result<std::convert::Infallible> {
    let mut inside = Tun::open_without_offloads(&options.inside)?;
    let mut outside = Tun::open_without_offloads(&options.outside)?;
    let control = options
        .control
        .as_deref()
        .map(control::listen)
        .transpose()?;
    let poller = Poller::new()?;
    poller.add(&inside, INSIDE, Interest::Readable)?;
    poller.add(&outside, OUTSIDE, Interest::Readable)?;
    if let Some(listener) = &control {
        poller.add(listener, CONTROL, Interest::Readable)?;
    }
    let mut tamperer = Tamperer::new(options.seed ^ 3);
    let mut router = Router::new(options);
    let started = Instant::now();
    let mut events = Vec::new();
    println!("ready");
    loop {
        let timeout = router
            .poll_timeout()
            .map(|at| at.saturating_sub(started.elapsed()));
        poller.wait(&mut events, timeout)?;
        for event in &events {
            match (event.token, &control) {
                (INSIDE, _) => {
                    read_inside(&mut inside, &mut tamperer, &mut router, started)?;
                }
                (OUTSIDE, _) => read_outside(&mut outside, &mut router, started)?,
                (_, Some(listener)) => control::serve(listener, &mut router),
                _ => {}
            }
        }
        let now = started.elapsed();
        while let Some((side, packet)) = router.poll_transmit(now) {
            match side {
                Side::Outside => write(&outside, &packet)?,
                Side::Inside => {
                    match tamperer.forge(&packet, router.options().tamper_percent) {
                        Some(Forgery::Onward(copy)) => write(&inside, &copy)?,
                        // As if the host inside had sent it.
                        Some(Forgery::Back(copy)) => router.handle_packet(Side::Inside, copy, now),
                        None => {}
                    }
                    write(&inside, &packet)?;
                }
            }
        }
    }
}

/// What the kernel has no room for is lost, as on any router.
fn write(tun: &Tun, packet: &[u8]) -> io::Result<()> {
    let header = VnetHdr::default().encode();
    tun.write(&[IoSlice::new(&header), IoSlice::new(packet)])?;
    Ok(())
}

/// The man in the middle sits between the hosts and their router, where addresses are still their own.
fn read_inside(
    tun: &mut Tun,
    tamperer: &mut Tamperer,
    router: &mut Router,
    started: Instant,
) -> io::Result<()> {
    let now: Duration = started.elapsed();
    for _ in 0..BATCH {
        let Some(frame) = tun.read()? else {
            break;
        };
        match tamperer.forge(&frame.packet, router.options().tamper_percent) {
            Some(Forgery::Onward(copy)) => router.handle_packet(Side::Inside, copy, now),
            Some(Forgery::Back(copy)) => write(tun, &copy)?,
            None => {}
        }
        router.handle_packet(Side::Inside, frame.packet, now);
    }
    Ok(())
}

fn read_outside(tun: &mut Tun, router: &mut Router, started: Instant) -> io::Result<()> {
    let now: Duration = started.elapsed();
    for _ in 0..BATCH {
        let Some(frame) = tun.read()? else {
            break;
        };
        router.handle_packet(Side::Outside, frame.packet, now);
    }
    Ok(())
}
