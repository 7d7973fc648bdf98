//! Suites whose windows have other lengths, to judge again what was seen.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::Arc;

use super::suite::Suite;
use super::units;
use crate::fact::Digest;

/// Why windows cannot have other lengths.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WindowError {
    /// No scenario has such a window.
    #[error("no scenario has a window `{name}`; there are {known}")]
    Unknown {
        /// What was asked for.
        name: String,
        /// What there is.
        known: String,
    },
    /// Its length is none.
    #[error("`{text}` is no length for window `{name}`; expected one such as `36h`")]
    Length {
        /// The window.
        name: String,
        /// What was given.
        text: String,
    },
}

impl Suite {
    /// Returns the suite with other lengths of windows, in every scenario that has one of the name.
    ///
    /// It is another suite, with another digest.
    ///
    /// # Errors
    ///
    /// See [`WindowError`].
    pub fn with_windows(mut self, lengths: &BTreeMap<String, String>) -> Result<Self, WindowError> {
        if lengths.is_empty() {
            return Ok(self);
        }
        let mut said = self.digest.as_str().to_owned();
        for (name, text) in lengths {
            let length = units::duration(text).ok_or_else(|| WindowError::Length {
                name: name.clone(),
                text: text.clone(),
            })?;
            let mut found = false;
            for scenario in &mut self.scenarios {
                if scenario.windows.contains_key(name.as_str()) {
                    let scenario = Arc::make_mut(scenario);
                    scenario.windows.insert(Arc::from(name.as_str()), length);
                    found = true;
                }
            }
            if !found {
                let names = self.scenarios.iter().flat_map(|s| s.windows.keys());
                let names: BTreeSet<&str> = names.map(AsRef::as_ref).collect();
                return Err(WindowError::Unknown {
                    name: name.clone(),
                    known: names.into_iter().collect::<Vec<_>>().join(", "),
                });
            }
            // Writing to memory cannot fail.
            write!(said, " {name}={length}").unwrap_or_default();
        }
        self.digest = Digest::of(said.as_bytes());
        Ok(self)
    }
}
