//! Targets in files of their own, beside a suite that does not know them: `--target staging.yaml`.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use bytes::Bytes;

use crate::bundle::{Bundle, TargetFile, TargetRecord};
use crate::fact::Digest;
use crate::scenario::SuiteFile;
use crate::yaml;

/// Largest file of a target, in octets; ours, far above what people write.
const LARGEST: u64 = 1024 * 1024;

/// A target's file.
#[derive(Clone, Debug)]
pub struct Guest {
    /// What `run.json` says of it.
    pub record: TargetFile,
    /// Its octets, which are evidence of the run.
    pub octets: Bytes,
    /// The name of the target in it; empty where the file has mistakes, which reading the suite tells.
    pub target: String,
}

/// Says why a target's file is none.
#[derive(Debug, thiserror::Error)]
pub enum NoGuest {
    /// It cannot be read.
    #[error("cannot read the target `{path}`: {why}")]
    Read {
        /// As it was given.
        path: String,
        /// What the machine says.
        why: String,
    },
    /// A bundle does not have it any more.
    #[error("the bundle was made for the target in `{path}`, and does not have that file any more")]
    Lost {
        /// As it was given to the run.
        path: String,
    },
}

impl Guest {
    /// Takes what was given as `--target`: a file, or `None` for a name in the suite.
    ///
    /// # Errors
    ///
    /// [`NoGuest::Read`].
    pub fn given(target: &str) -> Result<Option<Self>, NoGuest> {
        if !is_file(target) {
            return Ok(None);
        }
        let octets = read(Path::new(target)).map_err(|error| NoGuest::Read {
            path: target.to_owned(),
            why: error.to_string(),
        })?;
        Ok(Some(Self::of(target, octets)))
    }

    /// Takes the file of a target out of the bundle of a run; `None` for a target of the suite.
    fn kept(bundle: &Bundle, target: &TargetRecord) -> Result<Option<Self>, NoGuest> {
        let Some(record) = &target.file else {
            return Ok(None);
        };
        match bundle.evidence().body(&record.digest) {
            Some(octets) => Ok(Some(Self::of(&record.path, octets))),
            None => Err(NoGuest::Lost {
                path: record.path.clone(),
            }),
        }
    }

    fn of(path: &str, octets: Bytes) -> Self {
        let tree = yaml::parse_bytes(path, &octets).ok();
        let named = tree.as_ref().and_then(|(_, node)| node.get("target"));
        let target = named.and_then(yaml::Node::text).unwrap_or_default();
        Self {
            target: target.to_owned(),
            record: TargetFile {
                path: path.to_owned(),
                digest: Digest::of(&octets),
            },
            octets,
        }
    }

    /// Returns it as a file of a suite.
    pub fn file(&self) -> SuiteFile {
        // A file beside the suite may have any name; one of the suite is named after its target.
        let place = format!("targets/{}.yaml", self.target);
        SuiteFile::from_octets(&place, &self.record.path, &self.octets)
    }
}

/// The targets of a run that have files of their own: of its only or first target, and of a second one.
#[derive(Clone, Debug, Default)]
pub struct Guests {
    /// Of the only or the first target; `None` for one of the suite.
    pub first: Option<Guest>,
    /// Of the second target; `None` for one of the suite, and where there is none.
    pub second: Option<Guest>,
}

impl Guests {
    /// Takes what was given as the one target of a run.
    ///
    /// # Errors
    ///
    /// [`NoGuest::Read`].
    pub fn given(target: &str) -> Result<Self, NoGuest> {
        Ok(Self {
            first: Guest::given(target)?,
            second: None,
        })
    }

    /// Takes the files that the run of a bundle was given; none for a run of targets in its suite.
    ///
    /// # Errors
    ///
    /// [`NoGuest::Lost`].
    pub fn recorded(bundle: &Bundle) -> Result<Self, NoGuest> {
        let run = bundle.run();
        let second = run.twin.as_ref().map(|twin| &twin.target);
        Ok(Self {
            first: Guest::kept(bundle, &run.target)?,
            second: match second {
                Some(target) => Guest::kept(bundle, target)?,
                None => None,
            },
        })
    }

    /// Iterates over them; a file that was given twice is one.
    pub fn all(&self) -> impl Iterator<Item = &Guest> {
        let is_other = |second: &&Guest| {
            let first = self.first.as_ref();
            first.is_none_or(|first| first.record != second.record)
        };
        let second = self.second.as_ref().filter(is_other);
        self.first.iter().chain(second)
    }
}

/// Says whether a word is a file, not the name of a target.
fn is_file(target: &str) -> bool {
    let path = Path::new(target);
    let is_yaml = path.extension().is_some_and(|e| e == "yaml" || e == "yml");
    is_yaml || target.contains('/')
}

fn read(path: &Path) -> io::Result<Bytes> {
    // A named pipe would block at `open`, so the kind is asked first.
    if !std::fs::metadata(path)?.is_file() {
        return Err(io::Error::other("it is not a regular file"));
    }
    let mut octets = Vec::new();
    File::open(path)?
        .take(LARGEST + 1)
        .read_to_end(&mut octets)?;
    if u64::try_from(octets.len()).is_ok_and(|length| length > LARGEST) {
        return Err(io::Error::other("it is larger than 1 MiB"));
    }
    Ok(octets.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_told_from_a_name() {
        for (word, file) in [
            ("live", false),
            ("staging-example", false),
            ("staging.yaml", true),
            ("./staging", true),
            ("/etc/x.yml", true),
        ] {
            assert_eq!(is_file(word), file, "{word}");
        }
    }
}
