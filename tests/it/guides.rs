//! Guides in `docs/`: their files are read, and their commands run as they stand there.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::folder::{Folder, copy};

/// A guide of the project.
fn guide(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("docs")
        .join(name);
    std::fs::read_to_string(path).unwrap()
}

/// Returns the fenced blocks of a language, in their order.
pub(crate) fn blocks(text: &str, language: &str) -> Vec<String> {
    let fence = format!("```{language}\n");
    let parts = text.split(&fence).skip(1);
    parts
        .map(|part| part.split("```").next().unwrap().to_owned())
        .collect()
}

/// A folder in which somebody works, with the shipped suite and the program on its path.
pub(crate) struct Workplace(Folder);

impl Workplace {
    pub(crate) fn new(name: &str) -> Self {
        let folder = Folder::new(name);
        let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
        copy(&shipped, &folder.path().join("scenarios"));
        let bin = folder.path().join("bin");
        std::fs::create_dir_all(&bin).unwrap();
        let program = env!("CARGO_BIN_EXE_quintet");
        std::os::unix::fs::symlink(program, bin.join("quintet")).unwrap();
        Self(folder)
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    /// Runs a script in a shell; returns its exit code and what it said.
    pub(crate) fn sh(&self, script: &str) -> (i32, String) {
        let path = std::env::var("PATH").unwrap_or_default();
        let bin = self.path().join("bin");
        let done = Command::new("sh")
            .args(["-ec", script])
            .current_dir(self.path())
            .env("PATH", format!("{}:{path}", bin.display()))
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&done.stdout) + String::from_utf8_lossy(&done.stderr);
        (done.status.code().unwrap_or(-1), said.into_owned())
    }

    /// Runs a script that must end well.
    #[track_caller]
    pub(crate) fn ends_well(&self, script: &str) -> String {
        let (code, said) = self.sh(script);
        assert_eq!(code, 0, "{script}\n{said}");
        said
    }
}

#[test]
fn the_guide_to_baselines_is_true() {
    let text = guide("baselines.md");
    let place = Workplace::new("guide-baselines");
    let scenario = blocks(&text, "yaml").remove(0);
    place.write("scenarios/example/help.yaml", &scenario);
    place.ends_well("quintet lint");
    let console = blocks(&text, "console");
    place.ends_well(&console[0]);
    let accepted = place.path().join("snapshots/mock/apnic/example.help.snap");
    assert!(!accepted.exists(), "the example is no scenario of RDAP");
    let said = place.ends_well("quintet run 'rdap.help' --out build/second");
    assert!(said.contains("10 unchanged"), "{said}");
    // With the terms reworded something waits, and is shown.
    let (code, said) =
        place.sh("quintet run rdap.help --fault apnic-terms-reworded --out build/third");
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("1 changed"), "{said}");
    let said = place.ends_well(&console[1]);
    assert!(
        said.contains("service. Ask before you use the data."),
        "{said}"
    );
    assert!(
        said.contains("with faults [\"apnic-terms-reworded\"]"),
        "{said}"
    );
}
