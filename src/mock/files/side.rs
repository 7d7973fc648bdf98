//! What stands beside a file: its MD5 digest and its signature; and the keys that sign.

use jiff::Timestamp;

use super::openpgp::{MADE, certificate, detached};
use super::{File, Md5Form, Place, Provider};

/// Files beside files, and public keys.
#[derive(Debug)]
pub(super) struct Side;

impl Provider for Side {
    fn find(&self, place: &Place<'_>) -> Option<File> {
        let own = &place.registry()?.files.as_ref()?.beside;
        if let Some(signing) = own.signing.as_ref().filter(|s| s.path == place.path) {
            let text = certificate(signing)?;
            return Some(File::text("application/pgp-keys", text, made()?));
        }
        let (path, suffix) = place
            .path
            .split_at_checked(place.path.len().checked_sub(4)?)?;
        if !matches!(suffix, ".md5" | ".asc") {
            return None;
        }
        let file = place.elsewhere(place.owner, path).file()?;
        if !file.beside {
            return None;
        }
        let how = file.origin.as_ref().unwrap_or(own);
        if suffix == ".asc" {
            let text = detached(how.signing.as_ref()?, &file.octets, file.modified)?;
            return Some(File::text("application/pgp-signature", text, file.modified));
        }
        let name = path.rsplit('/').next()?;
        let digest = md5::compute(&file.octets);
        let text = match how.md5 {
            Md5Form::Bsd => format!("MD5 ({name}) = {digest:x}\n"),
            Md5Form::BsdUnended => format!("MD5 ({name}) = {digest:x}"),
            Md5Form::GnuDated => {
                format!("{digest:x}  {}\n", file.dated.as_deref().unwrap_or(name))
            }
        };
        Some(File::text("text/plain", text, file.modified))
    }
}

fn made() -> Option<Timestamp> {
    Timestamp::from_second(MADE.into()).ok()
}
