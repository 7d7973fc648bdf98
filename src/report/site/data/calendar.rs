//! The calendar of what expires, as reports have it.

use super::only;
use crate::report::site::{Kind, View};
use crate::report::{Options, named};

/// Writes the file.
#[derive(Debug)]
pub(in crate::report::site) struct Calendar;

impl Kind for Calendar {
    fn keys(&self, _view: &View<'_>) -> Vec<String> {
        only()
    }

    fn path(&self, _key: &str) -> String {
        "expiry.ics".to_owned()
    }

    fn octets(&self, view: &View<'_>, _key: &str) -> Vec<u8> {
        let mut octets = Vec::new();
        let written = named("ics")
            .map(|format| format.write(view.site.newest.audit, &Options::default(), &mut octets));
        match written {
            Some(Ok(())) => octets,
            // Writing to memory cannot fail.
            Some(Err(_)) | None => Vec::new(),
        }
    }
}
