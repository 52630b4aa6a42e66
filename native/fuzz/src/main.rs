//! libFuzzer over one target: `MESHD_FUZZ_TARGET` names it. With `MESHD_FUZZ_SEEDS=FOLDER` its seeds are written there and nothing is
//! run; with `MESHD_FUZZ_LIST` the targets are printed; with `MESHD_FUZZ_BLIND` what reaches something new is forgotten, to see what
//! the guidance is worth. test/fuzz/run-native.ts builds and starts it.
#![no_main]

use std::env;
use std::path::PathBuf;
use std::process::exit;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use libfuzzer_sys::{Corpus, fuzz_target};
use meshd_fuzz_targets::{TARGETS, Target, target};

/// libFuzzer wants some input of interest to begin with.
const FIRST_INPUTS: usize = 4;

struct Run {
    target: &'static Target,
    blind: bool,
    inputs: AtomicUsize,
}

static RUN: OnceLock<Run> = OnceLock::new();

fn prepare() {
    if env::var_os("MESHD_FUZZ_LIST").is_some() {
        for target in &TARGETS {
            println!("{} {}", target.name, target.max_bytes);
        }
        exit(0);
    }
    let name = env::var("MESHD_FUZZ_TARGET").unwrap_or_default();
    let Some(target) = target(&name) else {
        eprintln!("MESHD_FUZZ_TARGET names no target: {name:?}");
        exit(2);
    };
    if let Some(folder) = env::var_os("MESHD_FUZZ_SEEDS").map(PathBuf::from) {
        for (number, seed) in (target.seeds)().iter().enumerate() {
            if let Err(error) = std::fs::write(folder.join(format!("seed-{number}")), seed) {
                eprintln!("{}: {error}", folder.display());
                exit(2);
            }
        }
        exit(0);
    }
    RUN.get_or_init(|| Run {
        target,
        blind: env::var_os("MESHD_FUZZ_BLIND").is_some(),
        inputs: AtomicUsize::new(0),
    });
}

fn run(bytes: &[u8]) -> Corpus {
    let Some(run) = RUN.get() else {
        return Corpus::Reject;
    };
    (run.target.run)(bytes);
    if run.blind && run.inputs.fetch_add(1, Ordering::Relaxed) >= FIRST_INPUTS {
        Corpus::Reject
    } else {
        Corpus::Keep
    }
}

fuzz_target!(init: prepare(), |bytes: &[u8]| -> Corpus { run(bytes) });
