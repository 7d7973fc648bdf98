//! `quintet sign`: signs the seals of bundles by a key of OpenSSH.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::exit::Exit;
use super::shell::Shell;
use crate::bundle::{self, Bundle, BundleError, NAMESPACE, SIGNATURE, SUMS};
use crate::transport::machine;

/// Arguments of the verb.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  quintet sign reports/20261121T100211Z-live-7f3a2c --key ~/.ssh/id_ed25519
  quintet sign reports/* --key audit.pub            a key that an agent or a token holds
  quintet verify --signers allowed_signers reports/20261121T100211Z-live-7f3a2c
  ssh-keygen -Y verify -f allowed_signers -I noc@example.net -n quintet \\
    -s SHA256SUMS.sig < SHA256SUMS                  the same, for one seal, without Quintet

The seal of the run and that of each judging is signed, each by a SHA256SUMS.sig beside it. Only what
is intact and whole is signed. ssh-keygen makes the signature, so that a key may be protected by a
passphrase or be held by an agent or a token; this program never reads it.")]
pub struct Args {
    /// Folders of bundles or of what was exported
    #[arg(required = true, value_name = "BUNDLE")]
    bundles: Vec<PathBuf>,

    /// The key: a private key of OpenSSH, or the public one of a key that an agent holds
    #[arg(long, short, env = "QUINTET_SIGNING_KEY", value_name = "FILE")]
    key: PathBuf,
}

/// Says why something was not signed.
#[derive(Debug, thiserror::Error)]
enum NotSigned {
    #[error(transparent)]
    Bundle(#[from] BundleError),
    #[error("`{}` is not signed: {why}", path.display())]
    NotIntact { path: PathBuf, why: String },
    #[error("signing needs the program `ssh-keygen` of OpenSSH, which this machine has not")]
    NoProgram,
    #[error("cannot run `ssh-keygen`: {0}")]
    Program(std::io::Error),
    #[error("`ssh-keygen` did not sign: {0}")]
    Refused(String),
    #[error("cannot read `{}`: {source}", path.display())]
    Read {
        path: PathBuf,
        source: std::io::Error,
    },
}

/// Signs and says by which key.
pub fn run(args: &Args, shell: &Shell) -> Exit {
    let mut exit = Exit::Met;
    for path in &args.bundles {
        match sign(path, &args.key, shell) {
            Ok(lines) => lines.iter().for_each(|line| shell.line(line)),
            Err(error) => {
                shell.fail(&error);
                if matches!(error, NotSigned::NotIntact { .. }) {
                    shell.hint(&format!("`quintet verify {}` says more", path.display()));
                }
                exit = exit.or(match error {
                    NotSigned::NotIntact { .. } => Exit::Failed,
                    NotSigned::Bundle(BundleError::Io { .. }) | NotSigned::Program(_) => {
                        Exit::Internal
                    }
                    NotSigned::Bundle(_)
                    | NotSigned::NoProgram
                    | NotSigned::Refused(_)
                    | NotSigned::Read { .. } => Exit::Usage,
                });
            }
        }
    }
    exit
}

/// Signs all seals of a bundle, and returns a line for each.
fn sign(path: &Path, key: &Path, shell: &Shell) -> Result<Vec<String>, NotSigned> {
    let search = shell.variable("PATH").unwrap_or_default();
    let program = machine::program(search, "ssh-keygen").ok_or(NotSigned::NoProgram)?;
    let verified = Bundle::verify(path)?;
    let not_intact = |why: &str| NotSigned::NotIntact {
        path: path.to_owned(),
        why: why.to_owned(),
    };
    if verified.partial {
        return Err(not_intact("the run did not finish"));
    }
    // A signature that does not hold any more is replaced by one that does.
    let is_other = |problem: &&bundle::Problem| !matches!(problem, bundle::Problem::Signature(..));
    if let Some(problem) = verified.problems.iter().find(is_other) {
        return Err(not_intact(&problem.to_string()));
    }
    let mut lines = Vec::new();
    for inner in bundle::seals(path)? {
        let folder = path.join(&inner);
        let file = folder.join(SUMS);
        let sums = std::fs::read(&file).map_err(|source| NotSigned::Read {
            path: file.clone(),
            source,
        })?;
        let armored = made_by(&program, key, &sums)?;
        let key = bundle::sign(&folder, &sums, &armored)?;
        let (kind, fingerprint) = (&key.kind, key.fingerprint());
        let file = folder.join(SIGNATURE);
        lines.push(format!("{}: {kind} {fingerprint}", file.display()));
    }
    Ok(lines)
}

/// Lets `ssh-keygen` sign octets; it asks for a passphrase on the terminal, if there is one.
fn made_by(program: &Path, key: &Path, octets: &[u8]) -> Result<Vec<u8>, NotSigned> {
    let mut child = Command::new(program)
        .args(["-q", "-Y", "sign", "-n", NAMESPACE, "-f"])
        .arg(key)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(NotSigned::Program)?;
    // What ends before it has read all says why on its stderr.
    if let Some(mut stdin) = child.stdin.take() {
        drop(stdin.write_all(octets));
    }
    let ended = child.wait_with_output().map_err(NotSigned::Program)?;
    if ended.status.success() {
        return Ok(ended.stdout);
    }
    let said = String::from_utf8_lossy(&ended.stderr);
    let words: Vec<&str> = said.split_whitespace().collect();
    Err(NotSigned::Refused(words.join(" ")))
}
