//! Packs the suite into release builds, so that a gate needs the program and nothing else.
//!
//! Builds for development read the folder `scenarios` instead: a change of a scenario builds nothing.
//! With `QUINTET_EMBED` set they carry it too.

#![expect(
    clippy::disallowed_methods,
    reason = "Cargo tells a build script everything by the environment"
)]

use std::error::Error;
use std::path::{Path, PathBuf};

#[path = "src/scenario/pack.rs"]
mod pack;

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rustc-check-cfg=cfg(suite_within)");
    println!("cargo::rerun-if-env-changed=QUINTET_EMBED");
    let is_asked = std::env::var_os("QUINTET_EMBED").is_some();
    if std::env::var("PROFILE")? == "debug" && !is_asked {
        return Ok(());
    }
    println!("cargo::rerun-if-changed=src/scenario/pack.rs");
    println!("cargo::rerun-if-changed=scenarios");
    let folder = PathBuf::from(std::env::var("CARGO_MANIFEST_DIR")?).join("scenarios");
    let out = PathBuf::from(std::env::var("OUT_DIR")?).join("suite.pack");
    std::fs::write(out, pack::of_folder(Path::new(&folder))?)?;
    println!("cargo::rustc-cfg=suite_within");
    Ok(())
}
