//! Cases by ordered pair of registries: a line for each pair, and one for each case that is not clean.

use super::Page;
use crate::judge::words::counted as number_of;
use crate::report::pairs::{counted, pairs};
use crate::report::words::{name_of, parameters};
use crate::verdict::Punctuality;

impl Page<'_> {
    pub(super) fn pairs(&self, text: &mut String) {
        let all = pairs(self.audit);
        if all.is_empty() {
            return;
        }
        text.push_str("Cases between two registries\n\n");
        for pair in &all {
            let results = &self.audit.results;
            let (source, recipient) = (
                name_of(results, pair.source),
                name_of(results, pair.recipient),
            );
            let cases = number_of(pair.cases.len(), "case");
            let words = format!("{source} to {recipient}: {cases}, {}", counted(pair));
            self.paragraph(text, "  ", &words);
            let shown =
                { pair.cases.iter() }.filter(|case| self.all || case.verdict != Punctuality::Clean);
            for case in shown {
                let named = parameters(&case.parameters);
                let mut words = format!("{named} in {}: {}", case.scenario, case.verdict);
                if !case.reason.is_empty() {
                    words = format!("{words}, {}", case.reason);
                }
                self.paragraph(text, "    ", &words);
            }
        }
        text.push('\n');
    }
}
