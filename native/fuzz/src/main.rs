//! libFuzzer over one target: `MESHD_FUZZ_TARGET` names it. With `MESHD_FUZZ_SEEDS=FOLDER` its seeds are written there and nothing is
//! run; with `MESHD_FUZZ_LIST` the targets are printed. scripts/fuzz-native.ts builds and starts it.
#![no_main]

use std::env;
use std::path::PathBuf;
use std::process::exit;
use std::sync::OnceLock;

use libfuzzer_sys::fuzz_target;
use meshd_fuzz_targets::{TARGETS, Target, target};

static CHOSEN: OnceLock<&'static Target> = OnceLock::new();

fn prepare() {
    if env::var_os("MESHD_FUZZ_LIST").is_some() {
        for target in &TARGETS {
            println!("{} {}", target.name, target.max_bytes);
        }
        exit(0);
    }
    let name = env::var("MESHD_FUZZ_TARGET").unwrap_or_default();
    let Some(chosen) = target(&name) else {
        eprintln!("MESHD_FUZZ_TARGET names no target: {name:?}");
        exit(2);
    };
    if let Some(folder) = env::var_os("MESHD_FUZZ_SEEDS").map(PathBuf::from) {
        for (number, seed) in (chosen.seeds)().iter().enumerate() {
            if let Err(error) = std::fs::write(folder.join(format!("seed-{number}")), seed) {
                eprintln!("{}: {error}", folder.display());
                exit(2);
            }
        }
        exit(0);
    }
    CHOSEN.get_or_init(|| chosen);
}

fuzz_target!(init: prepare(), |bytes: &[u8]| {
    if let Some(target) = CHOSEN.get() {
        (target.run)(bytes);
    }
});
