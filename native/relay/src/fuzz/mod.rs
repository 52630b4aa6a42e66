//! What must hold of everything that reads strangers' bytes, as functions of any bytes: for native/fuzz, which is guided by coverage,
//! and for `cargo test`, which tries seeded mutations for a second. `MESHD_FUZZ_ROUNDS` and `MESHD_FUZZ_SEED` change how many and where
//! they begin.

mod chance;
mod checks;
mod relay;
pub mod seeds;

#[cfg(test)]
mod mutator;
#[cfg(test)]
mod tests;

pub use checks::{control, data, repair_stun, stun};
pub use relay::service;
