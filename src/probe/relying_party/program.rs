//! The validators: how each is run over files, and where it writes what it found.

use super::super::payloads::Payloads;
use super::results;
use crate::fact::{Failure, FailureKind};
use crate::transport::Body;
use crate::transport::program::{EntryKind, TREE, Tree};

/// A validator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Program {
    /// OpenBSD rpki-client in its portable version, 8.3 and later.
    RpkiClient,
    /// The same until 8.2, which offline ends with a signal at many a manifest that is not valid: it
    /// writes a message that it never made (`err2` of `proc_parser_mft` in parser.c 1.80).
    OldRpkiClient,
    /// NIC Mexico FORT validator.
    Fort,
    /// NLnet Labs Routinator.
    Routinator,
}

/// Folder of the objects.
pub(super) const CACHE: &str = "cache";

/// File with the trust anchor locator; its name is the name of the trust anchor.
pub(super) const LOCATOR: &str = "anchor.tal";

/// Folder with the trust anchor locator, for a program that is given a folder.
pub(super) const LOCATORS: &str = "tals";

/// An empty file, in the place of what the machine's administrator wants left out.
pub(super) const SKIPLIST: &str = "skiplist";

/// The configuration of a program that has no option for going without.
pub(super) const CONFIGURATION: &str = "routinator.conf";

/// The program that a validator runs in the place of rsync: it does nothing and ends well. So
/// what lies where rsync would have put it is what was fetched.
const IDLE: &str = "true";

/// Files of the result.
const JSON: &str = "json";
const CSV: &str = "roas.csv";

impl Program {
    /// Returns the validator with this name; `None` if it is none of ours.
    pub(super) fn named(name: &str) -> Option<Self> {
        [Self::RpkiClient, Self::Fort, Self::Routinator]
            .into_iter()
            .find(|program| program.as_str() == name)
    }

    /// Returns the validator as its version has to be run.
    pub(super) fn of_version(self, version: &str) -> Self {
        let mut numbers = version.split('.').map(|number| number.parse::<u32>().ok());
        match (self, numbers.next().flatten(), numbers.next().flatten()) {
            (Self::RpkiClient, Some(..=7), _) | (Self::RpkiClient, Some(8), Some(..=2)) => {
                Self::OldRpkiClient
            }
            _ => self,
        }
    }

    /// Returns the name, which is that of its file.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::RpkiClient | Self::OldRpkiClient => "rpki-client",
            Self::Fort => "fort",
            Self::Routinator => "routinator",
        }
    }

    /// Returns the option that makes it tell its version.
    pub(super) const fn version_option(self) -> &'static str {
        match self {
            Self::RpkiClient | Self::OldRpkiClient => "-V",
            Self::Fort | Self::Routinator => "--version",
        }
    }

    /// Returns the arguments for a run over the files of a layout.
    ///
    /// All paths are relative: rpki-client becomes another user if root starts it, who cannot
    /// walk to the working folder but is already there.
    pub(super) fn arguments(self) -> Vec<String> {
        let option = |name: &str, value: &str| format!("--{name}={value}");
        let result = |file: &str| format!("{TREE}/{file}");
        let client = |way: &[&str]| {
            let files = ["-j", "-S", SKIPLIST, "-t", LOCATOR, "-d", CACHE, TREE];
            let words = way.iter().chain(&files);
            words.map(|word| (*word).to_owned()).collect()
        };
        match self {
            Self::RpkiClient => client(&["-n"]),
            Self::OldRpkiClient => client(&["-R", "-e", IDLE]),
            Self::Fort => vec![
                option("mode", "standalone"),
                "--work-offline".to_owned(),
                option("tal", LOCATOR),
                option("local-repository", CACHE),
                option("output.roa", &result(CSV)),
                option("log.output", "console"),
                option("log.level", "warning"),
                option("validation-log.enabled", "true"),
                option("validation-log.output", "console"),
                option("validation-log.level", "warning"),
            ],
            // Without an update Routinator reads its own store only, never the files that rsync left.
            Self::Routinator => vec![
                option("config", CONFIGURATION),
                "--no-rir-tals".to_owned(),
                option("extra-tals-dir", LOCATORS),
                option("repository-dir", CACHE),
                "--disable-rrdp".to_owned(),
                option("rsync-command", IDLE),
                "--enable-aspa".to_owned(),
                "--enable-bgpsec".to_owned(),
                "--log-repository-issues".to_owned(),
                "vrps".to_owned(),
                option("format", "jsonext"),
                option("output", &result(JSON)),
            ],
        }
    }

    /// Returns the folder below which objects lie by host and path of their rsync URI.
    pub(super) const fn objects(self) -> &'static str {
        match self {
            Self::RpkiClient | Self::Fort => CACHE,
            Self::OldRpkiClient => "cache/.rsync",
            Self::Routinator => "cache/rsync",
        }
    }

    /// Reads the result that a run left behind.
    ///
    /// # Errors
    ///
    /// [`FailureKind::Here`] if it is not there or not what this validator writes.
    pub(super) fn read(self, tree: &Body) -> Result<Payloads, Failure> {
        let (file, read): (_, fn(&[u8]) -> Result<Payloads, String>) = match self {
            Self::RpkiClient | Self::OldRpkiClient | Self::Routinator => (JSON, results::of_json),
            Self::Fort => (CSV, results::of_csv),
        };
        let failure = |what: String| Failure {
            kind: FailureKind::Here,
            detail: format!("the result of `{}` cannot be read: {what}", self.as_str()),
        };
        let tree = Tree::open(tree, 1_000).map_err(|error| failure(error.to_string()))?;
        let entry = tree
            .entries
            .iter()
            .find(|entry| entry.path == file && entry.kind == EntryKind::File)
            .ok_or_else(|| failure(format!("there is no file `{file}`")))?;
        let octets = tree
            .read(entry)
            .map_err(|error| failure(error.to_string()))?;
        read(&octets).map_err(failure)
    }

    /// Says whether a line is a complaint, and not about what is done or a part of another line.
    pub(super) fn is_complaint(self, line: &str) -> bool {
        match self {
            Self::RpkiClient | Self::OldRpkiClient => {
                line.starts_with("rpki-client: ")
                    && !line.contains(" ...trace:")
                    && !line.ends_with(": using cache")
                    && !line.ends_with("generating output")
            }
            Self::Fort => {
                (line.contains(" ERR") || line.contains(" WRN"))
                    && !line.contains("The validation has ")
                    && !line.ends_with("Looking for the TA certificate at the local files.")
            }
            Self::Routinator => !line.trim().is_empty(),
        }
    }

    /// Says whether a complaint is about an object.
    pub(super) fn is_about_object(self, line: &str) -> bool {
        const ENDINGS: [&str; 9] = [
            ".cer", ".crl", ".mft", ".roa", ".asa", ".tak", ".gbr", ".sig", ".spl",
        ];
        let words = line.split([' ', ',', '\'', '"', '(', ')', '[', ']']);
        let mut words = words.map(|word| word.trim_end_matches([':', '.', ';']));
        words.any(|word| word.contains('/') && ENDINGS.iter().any(|end| word.ends_with(end)))
    }

    /// Returns the first complaint that names an object, without what stands before the name; `None` if there is none.
    pub(super) fn complaint_about(self, said: &[String], uri: &str) -> Option<String> {
        // rpki-client names objects without scheme.
        let (_, path) = uri.split_once("://")?;
        said.iter().find_map(|line| {
            let at = line.find(path)?;
            let rest = line.get(at.saturating_add(path.len())..)?;
            // `a.cer` is no part of `a.cer.roa`.
            let ends = !rest.starts_with(|c: char| c.is_ascii_alphanumeric());
            let rest = rest.trim_start_matches([':', '\'', '"', ')', ' ']);
            let whole = if rest.is_empty() { line } else { rest };
            ends.then(|| whole.to_owned())
        })
    }
}
