//! Inputs that once broke something, or that reach what little else does: kept in native/fuzz/regressions, a folder for each target.

use std::fs;
use std::path::PathBuf;

use meshd_fuzz_targets::{PLANTED, TARGETS};

fn regressions() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../fuzz/regressions")
}

#[test]
fn hold() {
    for target in &TARGETS {
        for seed in (target.seeds)() {
            (target.run)(&seed);
        }
        let Ok(inputs) = fs::read_dir(regressions().join(target.name)) else {
            continue;
        };
        for input in inputs.flatten() {
            println!("{} {}", target.name, input.path().display());
            (target.run)(&fs::read(input.path()).expect("a readable file"));
        }
    }
}

#[test]
fn belong_to_a_target() {
    for folder in fs::read_dir(regressions()).into_iter().flatten().flatten() {
        let name = folder.file_name();
        assert!(
            TARGETS.iter().any(|target| name == target.name),
            "no target {name:?}"
        );
    }
}

#[test]
fn the_planted_bug_is_one_and_its_seeds_are_sound() {
    for seed in (PLANTED.seeds)() {
        (PLANTED.run)(&seed);
    }
    let found = std::panic::catch_unwind(|| {
        (PLANTED.run)(b"MSHP\x02\x07\x00\x00\x00\x0d0123456789abc");
    });
    assert!(found.is_err());
}
