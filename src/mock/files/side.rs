//! What stands beside a file: its MD5 digest.

use super::{File, Md5Form, Place, Provider};

/// Files beside files.
#[derive(Debug)]
pub(super) struct Side;

impl Provider for Side {
    fn find(&self, place: &Place<'_>) -> Option<File> {
        let path = place.path.strip_suffix(".md5")?;
        let own = place.registry()?.files.as_ref()?.md5;
        let file = place.elsewhere(place.owner, path).file()?;
        if !file.beside {
            return None;
        }
        let name = path.rsplit('/').next()?;
        let digest = md5::compute(&file.octets);
        let text = match file.form.unwrap_or(own) {
            Md5Form::Bsd => format!("MD5 ({name}) = {digest:x}\n"),
            Md5Form::BsdUnended => format!("MD5 ({name}) = {digest:x}"),
            Md5Form::GnuDated => {
                format!("{digest:x}  {}\n", file.dated.as_deref().unwrap_or(name))
            }
        };
        Some(File::text("text/plain", text, file.modified))
    }
}
