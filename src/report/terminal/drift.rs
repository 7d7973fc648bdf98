//! Values beside what was accepted: drift is no verdict, and stands apart.

use std::collections::BTreeMap;

use super::Page;
use crate::judge::words::{counted, put};
use crate::report::words::{drifted, moved, name_of, parameters, word_of};
use crate::verdict::DriftClass;
use crate::verdict::baseline::Drift;

/// Most values that are told in full; the others are in the files.
const MOST_TOLD: usize = 20;

/// Most places that are named for one value.
const MOST_PLACES: usize = 5;

impl Page<'_> {
    pub(super) fn drift(&self, text: &mut String) {
        let all = &self.audit.results.drifts;
        if all.is_empty() {
            return;
        }
        let is_told = |drift: &&Drift| match drift.change {
            DriftClass::Changed | DriftClass::Gone => true,
            DriftClass::New => self.all,
            DriftClass::Unchanged => false,
        };
        let told: Vec<&Drift> = all.iter().filter(is_told).collect();
        if !told.is_empty() {
            text.push_str("Drift from accepted values\n\n");
            let most = if self.all { usize::MAX } else { MOST_TOLD };
            let mut last = "";
            for drift in told.iter().take(most) {
                if drift.id != last {
                    self.paragraph(text, "  ", &drift.id);
                    last = &drift.id;
                }
                self.drifted(drift, text);
            }
            if told.len() > most {
                let more = counted(told.len() - most, "more value");
                self.paragraph(text, "  ", &format!("and {more}; --all shows them"));
            }
            text.push('\n');
        }
        let mut numbers: BTreeMap<DriftClass, usize> = BTreeMap::new();
        for drift in all {
            *numbers.entry(drift.change).or_default() += 1;
        }
        self.paragraph(text, "", &drifted(&numbers));
        text.push('\n');
    }

    fn drifted(&self, drift: &Drift, text: &mut String) {
        let name = name_of(&self.audit.results, drift.registry.as_str());
        let mut head = format!("{name}   {}   `{}`", drift.change, drift.fact);
        if !drift.parameters.is_empty() {
            put!(head, "   {}", parameters(&drift.parameters));
        }
        self.paragraph(text, "    ", &head);
        if drift.places.is_empty() {
            self.detail(text, "accepted", &word_of(&drift.before));
            self.detail(text, "seen", &word_of(&drift.after));
        }
        for place in drift.places.iter().take(MOST_PLACES) {
            self.detail(text, "at", &moved(place));
        }
        let shown = drift.places.len().min(MOST_PLACES);
        let all = usize::try_from(drift.differences).unwrap_or(usize::MAX);
        if all > shown && shown > 0 {
            let more = counted(all - shown, "more place");
            self.detail(text, "", &format!("and {more}"));
        }
    }
}
