//! What a run was answered, by URL, whoever asked.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::Timestamp;

use super::journal::Span;
use super::{Bundle, BundleError};
use crate::probe::earlier::Answers;
use crate::transport::{Answer, HttpAnswer};

/// The complete answers 200 of a run to GET, by URL. Bodies stay on disk.
#[derive(Debug)]
pub struct Fetched {
    bundle: Arc<Bundle>,
    /// Times and places of exchanges, the newest first.
    by_url: HashMap<String, Vec<(Timestamp, Span)>>,
}

impl Fetched {
    /// Reads the journal of a bundle once.
    ///
    /// # Errors
    ///
    /// [`BundleError::Line`] and [`BundleError::Io`].
    pub fn of(bundle: Arc<Bundle>) -> Result<Self, BundleError> {
        let mut by_url: HashMap<String, Vec<(Timestamp, Span)>> = HashMap::new();
        for span in bundle.journal.all_exchanges() {
            let Some(exchange) = bundle.exchange(span)? else {
                continue;
            };
            if let Some((url, _)) = exchange.fetched() {
                let known = by_url.entry(url.to_owned()).or_default();
                known.push((exchange.at, span));
            }
        }
        for known in by_url.values_mut() {
            known.sort_by_key(|(at, _)| std::cmp::Reverse(*at));
        }
        Ok(Self { bundle, by_url })
    }

    fn read(&self, span: Span) -> Option<HttpAnswer> {
        let mut exchange = self.bundle.exchange(span).ok()??;
        if let Some(body) = exchange.answer.as_mut().and_then(Answer::body_mut) {
            body.content = self.bundle.evidence.content(&body.digest)?;
        }
        match exchange.answer {
            Some(Answer::Http(answer)) => Some(answer),
            _ => None,
        }
    }
}

impl Answers for Fetched {
    fn answers(&self, url: &str) -> Box<dyn Iterator<Item = (Timestamp, HttpAnswer)> + '_> {
        let known = self.by_url.get(url).map_or(&[][..], Vec::as_slice);
        Box::new(
            known
                .iter()
                .filter_map(|(at, span)| Some((*at, self.read(*span)?))),
        )
    }
}
