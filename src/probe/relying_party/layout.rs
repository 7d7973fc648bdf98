//! A capture as files, where a validator looks for them if it has no network.

use std::io;
use std::path::Path;
use std::sync::Arc;

use super::super::capture::Stores;
use super::program::{CACHE, CONFIGURATION, LOCATOR, LOCATORS, Program, SKIPLIST};
use crate::inspect::rrdp::RsyncUri;
use crate::inspect::tree::{Anchor, Objects as _};
use crate::transport::program::{Layout, Writer};

/// The trust anchor's URI for a validator whose locator has no rsync URI.
///
/// Source of the name that leads nowhere: RFC 6761, section 6.4.
const NOWHERE: &str = "rsync://anchor.invalid/ta/anchor.cer";

/// Length of the lines of a locator's key.
const LINE: usize = 64;

/// A capture with its trust anchor, for one validator.
#[derive(Debug)]
pub(super) struct Captured {
    program: Program,
    anchor: Arc<Anchor>,
    stores: Arc<Stores>,
}

impl Captured {
    pub(super) const fn new(program: Program, anchor: Arc<Anchor>, stores: Arc<Stores>) -> Self {
        Self {
            program,
            anchor,
            stores,
        }
    }

    /// Returns the rsync URI of the trust anchor's certificate.
    fn anchor_uri(&self) -> &str {
        let mut rsync = self.anchor.uris.iter();
        rsync
            .find(|uri| RsyncUri::read(uri).is_ok_and(|uri| is_name(uri.authority)))
            .map_or(NOWHERE, String::as_str)
    }

    /// Returns a locator with the same key and the one rsync URI.
    ///
    /// Not every validator looks for the certificate of an https URI among its files.
    fn locator(&self) -> String {
        let key = self.anchor.key.as_deref().unwrap_or_default();
        let mut text = format!("{}\n\n", self.anchor_uri());
        for (at, letter) in data_encoding::BASE64.encode(key).chars().enumerate() {
            if at > 0 && at % LINE == 0 {
                text.push('\n');
            }
            text.push(letter);
        }
        text.push('\n');
        text
    }

    fn write_anchor(&self, folder: &mut Writer) -> io::Result<()> {
        let locator = self.locator();
        folder.file(LOCATOR, locator.as_bytes())?;
        let certificate = &self.anchor.certificate;
        let uri = self.anchor_uri();
        match self.program {
            Program::RpkiClient | Program::OldRpkiClient => {
                folder.file(SKIPLIST, b"")?;
                // Where it has gone to the cache before it reads the locator.
                folder.file(&format!("{CACHE}/{LOCATOR}"), locator.as_bytes())?;
                let name = uri.rsplit('/').next().unwrap_or_default();
                let anchor = LOCATOR.trim_end_matches(".tal");
                folder.file(&format!("{CACHE}/ta/{anchor}/{name}"), certificate)?;
            }
            Program::Routinator => {
                let base = format!("repository-dir = \"{CACHE}\"\n");
                folder.file(CONFIGURATION, base.as_bytes())?;
                folder.file(&format!("{LOCATORS}/{LOCATOR}"), locator.as_bytes())?;
            }
            Program::Fort => {}
        }
        match place(self.program, uri) {
            Some(path) => passable(folder.file(&path, certificate)),
            None => Ok(()),
        }
    }
}

impl Layout for Captured {
    fn write(&self, folder: &mut Writer) -> io::Result<()> {
        folder.folder(Path::new(CACHE))?;
        // Of an object that more than one store has, the first counts.
        for store in self.stores.0.iter().rev() {
            for (uri, _) in store.iter() {
                if let (Some(path), Some(octets)) = (place(self.program, uri), store.read(uri)) {
                    passable(folder.file(&path, &octets))?;
                }
            }
        }
        self.write_anchor(folder)
    }
}

/// Returns the file of an object; `None` for a URI that no validator would keep as one.
fn place(program: Program, uri: &str) -> Option<String> {
    let parts = RsyncUri::read(uri).ok()?;
    let RsyncUri {
        authority,
        module,
        path,
    } = parts;
    let base = program.objects();
    is_name(authority).then(|| format!("{base}/{authority}/{module}/{path}"))
}

/// Says whether an authority can be the name of a folder: none that leads elsewhere or is hidden.
fn is_name(authority: &str) -> bool {
    authority.starts_with(|c: char| c.is_ascii_alphanumeric())
}

/// Passes over an object whose name cannot be a file beside the others: one is the folder of another, or too long.
fn passable(written: io::Result<()>) -> io::Result<()> {
    match written {
        Err(error)
            if matches!(
                error.kind(),
                io::ErrorKind::AlreadyExists
                    | io::ErrorKind::IsADirectory
                    | io::ErrorKind::NotADirectory
                    | io::ErrorKind::InvalidFilename
            ) =>
        {
            Ok(())
        }
        written => written,
    }
}
