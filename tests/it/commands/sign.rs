//! `quintet sign` and `quintet verify --signers`, with OpenSSH on the other side.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use super::{Done, Own};
use crate::oracles::installed;

/// A signed bundle of one small run, and who signed it.
struct Signed {
    own: Own,
    bundle: String,
    key: String,
    signers: String,
}

fn path() -> String {
    std::env::var("PATH").unwrap()
}

impl Signed {
    /// Runs, makes a key and signs; `None` where there is no `ssh-keygen`.
    fn of(name: &str) -> Option<Self> {
        if !installed("ssh-keygen") {
            return None;
        }
        let own = Own::new(name, &[]);
        let bundle = own.bundle("bundle");
        own.run(&["rdap.help", "-r", "arin", "--out", &bundle]);
        let key = own.bundle("key");
        let made = Command::new("ssh-keygen")
            .args(["-q", "-t", "ed25519", "-N", "", "-C", "test", "-f", &key])
            .status()
            .unwrap();
        assert!(made.success());
        let public = fs::read_to_string(format!("{key}.pub")).unwrap();
        let signers = own.bundle("signers");
        let line = format!("noc@example.net namespaces=\"quintet\" {public}");
        fs::write(&signers, line).unwrap();
        let signed = Self {
            own,
            bundle,
            key,
            signers,
        };
        let done = signed.sign();
        assert_eq!(done.code, 0, "{}", done.err);
        assert_eq!(done.out.lines().count(), 2, "{}", done.out);
        Some(signed)
    }

    fn sign(&self) -> Done {
        let words = ["sign", &self.bundle, "--key", &self.key];
        self.own.quintet_with(&[("PATH", &path())], &words)
    }

    fn verify(&self, more: &[&str]) -> Done {
        let words = [&["verify", &self.bundle][..], more].concat();
        self.own.quintet(&words)
    }

    /// Verifies a seal by OpenSSH alone.
    fn openssh(&self, folder: &Path) -> bool {
        let sums = fs::File::open(folder.join("SHA256SUMS")).unwrap();
        let ended = Command::new("ssh-keygen")
            .args(["-Y", "verify", "-f", &self.signers, "-I", "noc@example.net"])
            .args(["-n", "quintet", "-s"])
            .arg(folder.join("SHA256SUMS.sig"))
            .stdin(sums)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        ended.unwrap().success()
    }

    fn folders(&self) -> Vec<std::path::PathBuf> {
        let bundle = Path::new(&self.bundle);
        let judgings = fs::read_dir(bundle.join("judgements")).unwrap();
        let judgings = judgings.map(|entry| entry.unwrap().path());
        [bundle.to_owned()].into_iter().chain(judgings).collect()
    }
}

#[test]
fn openssh_and_we_verify_the_same_signature() {
    let Some(signed) = Signed::of("sign-both") else {
        return;
    };
    let folders = signed.folders();
    assert_eq!(folders.len(), 2);
    for folder in &folders {
        assert!(signed.openssh(folder), "{}", folder.display());
    }
    let done = signed.verify(&["--signers", &signed.signers]);
    assert_eq!(done.code, 0, "{} {}", done.out, done.err);
    assert!(
        done.out
            .contains("signed by noc@example.net, ssh-ed25519 SHA256:"),
        "{}",
        done.out
    );
    // Without a list it is known that a key signed, and not whose.
    let done = signed.verify(&[]);
    assert_eq!(done.code, 0);
    assert!(done.out.contains("whose key that is"), "{}", done.out);
    // What was signed is changed, and sealed again by who has no key.
    let run = Path::new(&signed.bundle).join("run.json");
    let text = fs::read_to_string(&run).unwrap();
    fs::write(&run, text.replace("\"here\"", "\"elsewhere\"")).unwrap();
    let kept = fs::read(Path::new(&signed.bundle).join("SHA256SUMS.sig")).unwrap();
    quintet::bundle::seal(Path::new(&signed.bundle)).unwrap();
    let done = signed.verify(&["--signers", &signed.signers]);
    assert_eq!(done.code, 1);
    assert!(
        done.out.contains("not signed: `SHA256SUMS`"),
        "{}",
        done.out
    );
    fs::write(Path::new(&signed.bundle).join("SHA256SUMS.sig"), kept).unwrap();
    assert!(!signed.openssh(&folders[0]));
    let done = signed.verify(&["--format", "json"]);
    assert_eq!(done.code, 1);
    assert!(
        done.out
            .contains("it is not that of these octets by its key"),
        "{}",
        done.out
    );
}

#[test]
fn whose_signature_does_not_count_is_told_with_the_reason() {
    let Some(signed) = Signed::of("sign-who") else {
        return;
    };
    let public = fs::read_to_string(format!("{}.pub", signed.key)).unwrap();
    for (line, expected) in [
        (
            format!("a namespaces=\"file\" {public}"),
            "the list of signers has it for something else",
        ),
        (
            format!("a valid-before=\"20200101\" {public}"),
            "for an earlier time",
        ),
    ] {
        fs::write(&signed.signers, line).unwrap();
        let done = signed.verify(&["--signers", &signed.signers]);
        assert_eq!(done.code, 1);
        assert!(done.out.contains(expected), "{}", done.out);
    }
    // At the time of the key it holds.
    let at = ["--signers", &signed.signers, "--at", "2019-06-01T00:00:00Z"];
    assert_eq!(signed.verify(&at).code, 0);
    fs::write(&signed.signers, "nobody\n").unwrap();
    let done = signed.verify(&["--signers", &signed.signers]);
    assert_eq!(done.code, 2);
    assert!(
        done.err.contains("signers:1: expected a name"),
        "{}",
        done.err
    );
}

#[test]
fn only_what_is_intact_is_signed_and_judging_again_asks_for_a_new_signature() {
    let Some(signed) = Signed::of("sign-again") else {
        return;
    };
    // The same judging has the same octets, and its signature holds.
    assert_eq!(signed.own.quintet(&["judge", &signed.bundle]).code, 0);
    let done = signed.verify(&["--signers", &signed.signers]);
    assert_eq!(done.code, 0, "{}", done.out);
    let extra = Path::new(&signed.bundle).join("more.txt");
    fs::write(&extra, "x").unwrap();
    let done = signed.sign();
    assert_eq!(done.code, 1);
    assert!(
        done.err.contains("is not signed: extra: `more.txt`"),
        "{}",
        done.err
    );
    fs::remove_file(extra).unwrap();
    assert_eq!(signed.sign().code, 0);
}

#[test]
fn without_openssh_nothing_is_signed_and_it_says_why() {
    let own = Own::new("sign-none", &[]);
    let done = own.quintet(&["sign", &own.bundle("bundle"), "--key", "key"]);
    assert_eq!(done.code, 2);
    assert!(
        done.err.contains("needs the program `ssh-keygen`"),
        "{}",
        done.err
    );
}
