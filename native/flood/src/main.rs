//! A hostile network for the lab: junk packets from made-up sources, half-open and silent TCP connections, each at a given rate and for
//! a given time; and a sink for them. Sends nowhere but within namespaces, loopback and the ranges for documentation and benchmarks.
//!
//! Prints one line of JSON at the end, as all load programs do.

#![forbid(unsafe_code)]

mod connections;
mod options;
mod pace;
mod packets;
mod random;
mod sender;
mod sink;

use std::process::ExitCode;

use options::Command;

fn main() -> ExitCode {
    let result = options::parse(std::env::args().skip(1)).and_then(|command| match command {
        Command::Packets(options) => sender::run(&options),
        Command::Connections(options) => connections::run(&options),
        Command::Sink(address) => sink::run(address),
    });
    match result {
        Ok(figures) => {
            println!("{figures}");
            ExitCode::SUCCESS
        }
        Err(problem) => {
            eprintln!("{problem}");
            ExitCode::FAILURE
        }
    }
}
