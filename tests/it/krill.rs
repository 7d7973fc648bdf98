//! The suite of `docs/krill.md`, which is data alone.

use std::process::Command;

#[test]
fn krill_is_a_registry_and_a_target_without_mistakes() {
    let suite = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/krill/suite");
    let lint = Command::new(env!("CARGO_BIN_EXE_quintet"))
        .args(["lint", "--suite", suite])
        .output()
        .unwrap();
    let said = [lint.stdout, lint.stderr].concat();
    let said = String::from_utf8_lossy(&said);
    assert!(lint.status.success(), "{said}");
    assert!(said.contains("no mistakes, no warnings"), "{said}");
}
