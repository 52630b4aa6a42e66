//! Load for a relay over UDP: pairs of admitted clients, one sending to the other, as fast as a window lets them or at a given rate.
//! Packets leave as the engine sends them: trains of one destination, each one segmented send.
//!
//! Prints one line of JSON, as all load programs of the bench do.

#![forbid(unsafe_code)]

mod client;
mod figures;
mod load;
mod options;
mod pair;

use std::process::ExitCode;

fn main() -> ExitCode {
    let result = options::parse(std::env::args().skip(1)).and_then(|options| load::run(&options));
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
