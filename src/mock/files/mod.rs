//! Files that registries and IANA publish: statistics, logs, registries.
//!
//! A provider knows what is at a path of a host at a time; everything else about a file
//! is done once for all of them: side files, edits by faults, conditional requests, headers.
//! A new kind of file is a file here, its `mod` line and its entry in `PROVIDERS`.

mod answer;
mod edit;
mod iana;
mod irr;
mod nro;
mod openpgp;
mod read;
mod side;
mod statistics;
mod texts;
mod transfers;

use std::collections::BTreeMap;
use std::fmt::Debug;

use jiff::Timestamp;

use super::fault::{Change, fits};
use super::world::{Operator, World};
use crate::mock::decode::words;

pub(super) use answer::answer;
pub use edit::TextEdit;
pub(super) use edit::read_edit;
pub use irr::{Cut, Irr};
pub(super) use nro::Merges;
pub use openpgp::Signing;
pub(super) use read::files;
pub(super) use statistics::Written;
pub use statistics::{Groups, IdForm, SerialForm, StartForm, Statistics};
pub use transfers::{LogHabit, LogVersion, TransferLog};

/// Everything that knows files, asked in this order.
const PROVIDERS: &[&dyn Provider] = &[
    &side::Side,
    &texts::Texts,
    &statistics::Provided,
    &irr::Dumps,
    &iana::Iana,
    &nro::Nro,
    &transfers::Transfers,
];

/// What an operator says of its file host.
#[derive(Clone, Debug)]
pub struct Files {
    /// Its host name.
    pub host: String,
    /// How what stands beside a file is made.
    pub beside: Beside,
    /// Texts by path.
    pub texts: BTreeMap<String, String>,
    /// Its delegated statistics.
    pub statistics: Option<Statistics>,
    /// Its routing registry.
    pub irr: Option<Irr>,
    /// Its transfer log.
    pub transfers: Option<TransferLog>,
    /// The folder of the NRO's combined statistics, from `/` to `/`; `None` where they are not served.
    pub nro: Option<String>,
}

/// How what stands beside a file is made.
#[derive(Clone, Debug)]
pub struct Beside {
    /// How the digest is written.
    pub md5: Md5Form,
    /// Who signs; `None` where nothing is signed.
    pub signing: Option<Signing>,
}

words! {
    /// How a file with the MD5 digest of another is written.
    pub Md5Form {
        /// `MD5 (name) = digest`, as the tool of the BSDs writes it.
        Bsd = "bsd",
        /// The same without an end of the line.
        BsdUnended = "bsd-unended",
        /// `digest  name`, as the tool of GNU writes it, with the name of the dated file.
        GnuDated = "gnu-dated",
    }
}

/// Who publishes a file.
#[derive(Clone, Copy, Debug)]
pub(super) enum Owner<'w> {
    /// A registry, on its file host.
    Registry(&'w Operator),
    /// IANA.
    Iana,
}

/// What is asked for: a path at a host at a time.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place<'a> {
    /// The world, with all that happens in it: of a file that is made at some time it is [`World::at`] then.
    pub(super) world: &'a World,
    /// Who publishes there.
    pub(super) owner: Owner<'a>,
    /// The path, beginning with `/`, without query.
    pub(super) path: &'a str,
    /// When it is asked for.
    pub(super) now: Timestamp,
}

/// A file as it is served.
#[derive(Clone, Debug)]
pub(super) struct File {
    /// Its media type, as the server says it.
    pub(super) media_type: &'static str,
    /// Its content; what a compressed file holds is its provider's matter.
    pub(super) octets: Vec<u8>,
    /// When it was last written.
    pub(super) modified: Timestamp,
    /// Whether files with its digest and signature stand beside it.
    pub(super) beside: bool,
    /// How what stands beside it is made where that is not the host's own way, as of a mirror.
    pub(super) origin: Option<Beside>,
    /// The name that its digest is filed under where that is not its own, as of a link.
    pub(super) dated: Option<String>,
}

/// What knows what is at some paths.
pub(super) trait Provider: Debug + Sync {
    /// Returns the file at a place; `None` for a place that is not its own or has nothing.
    fn find(&self, place: &Place<'_>) -> Option<File>;
}

impl File {
    /// Returns text with nothing beside it.
    pub(super) fn text(media_type: &'static str, text: String, modified: Timestamp) -> Self {
        Self {
            media_type,
            octets: text.into_bytes(),
            modified,
            beside: false,
            origin: None,
            dated: None,
        }
    }
}

impl<'a> Place<'a> {
    /// Returns a place of the same world at the same time.
    pub(super) const fn elsewhere<'b>(&self, owner: Owner<'b>, path: &'b str) -> Place<'b>
    where
        'a: 'b,
    {
        Place {
            world: self.world,
            owner,
            path,
            now: self.now,
        }
    }

    /// Returns the registry that publishes there; `None` for IANA.
    pub(super) const fn registry(&self) -> Option<&'a Operator> {
        match self.owner {
            Owner::Registry(operator) => Some(operator),
            Owner::Iana => None,
        }
    }

    /// Returns the file that is served there, with what faults do to its text; `None` for nothing.
    ///
    /// What stands beside a file, mirrors it or is computed from it is made from what this returns.
    pub(super) fn file(&self) -> Option<File> {
        let mut file = PROVIDERS.iter().find_map(|p| p.find(self))?;
        for fault in self.world.faults() {
            for change in &fault.changes {
                let Change::File { path, iana, edits } = change else {
                    continue;
                };
                let its = match self.owner {
                    Owner::Registry(operator) => !iana && operator.id == fault.registry,
                    Owner::Iana => *iana,
                };
                if its && fits(path, self.path) {
                    for edit in edits {
                        file.octets = edit.apply(file.octets);
                    }
                }
            }
        }
        Some(file)
    }
}
