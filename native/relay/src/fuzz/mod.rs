//! Mutational fuzzing of everything that reads strangers' bytes: seeded, so that a failure is found again, and bounded,
//! so that it belongs to `cargo test`. `MESHD_FUZZ_ROUNDS=100000000 cargo test --release fuzz` runs for hours;
//! `MESHD_FUZZ_SEED` changes where it begins.

mod mutator;
mod parsers;
mod relay;

/// About a second for all targets in an unoptimized build.
const DEFAULT_ROUNDS: u64 = 60_000;

fn number_from(variable: &str, default: u64) -> u64 {
    std::env::var(variable)
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(default)
}

fn rounds() -> u64 {
    number_from("MESHD_FUZZ_ROUNDS", DEFAULT_ROUNDS)
}

fn mutator() -> mutator::Mutator {
    mutator::Mutator::new(number_from("MESHD_FUZZ_SEED", 1))
}
