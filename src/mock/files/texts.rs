//! Texts that the world file has word by word, such as what explains a format.

use super::{File, Place, Provider};

/// Texts of the world file.
#[derive(Debug)]
pub(super) struct Texts;

impl Provider for Texts {
    fn find(&self, place: &Place<'_>) -> Option<File> {
        let text = place.registry()?.files.as_ref()?.texts.get(place.path)?;
        let modified = place.world.bootstrap_published();
        Some(File::text("text/plain", format!("{text}\n"), modified))
    }
}
