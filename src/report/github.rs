//! Annotations of a GitHub workflow: a line for each failure, at the line of the scenario.
//!
//! The form of workflow commands: `::error file=…,line=…,col=…,title=…::message`. GitHub shows ten of
//! each kind in a step, so what fails the gate comes first and the rest is summed up.

use std::io;

use super::words::{name_of, titled, word_of, write_page};
use super::{Format, Options};
use crate::audit::Audit;
use crate::judge::words::put_line;
use crate::verdict::results::Place;
use crate::verdict::{Agreement, Outcome, Weight};

/// Most annotations of one kind; GitHub shows no more in a step.
const MOST: usize = 10;

/// Writes annotations.
#[derive(Debug)]
pub(super) struct Github;

impl Format for Github {
    fn name(&self) -> &'static str {
        "github"
    }

    fn summary(&self) -> &'static str {
        "annotations of a GitHub workflow: a line for each failure, those that gate first"
    }

    fn file(&self) -> Option<&'static str> {
        None
    }

    fn write(&self, audit: &Audit, _options: &Options, sink: &mut dyn io::Write) -> io::Result<()> {
        let mut text = String::new();
        let lines = lines(audit);
        for kind in ["error", "warning", "notice"] {
            let own: Vec<&Line> = lines.iter().filter(|line| line.kind == kind).collect();
            for line in own.iter().take(MOST) {
                line.write(&mut text);
            }
            if own.len() > MOST {
                let more = own.len() - MOST;
                put_line!(text, "::{kind} title=quintet::and {more} more of this kind");
            }
        }
        let gate = data(&word_of(&audit.gate.words()));
        let kind = if audit.gate.is_met() {
            "notice"
        } else {
            "error"
        };
        put_line!(text, "::{kind} title=quintet::{gate}");
        write_page(&text, sink)
    }
}

struct Line {
    kind: &'static str,
    place: Place,
    title: String,
    message: String,
}

impl Line {
    fn write(&self, text: &mut String) {
        put_line!(
            text,
            "::{} file={},line={},col={},title={}::{}",
            self.kind,
            property(&self.place.file),
            self.place.line,
            self.place.column,
            property(&self.title),
            data(&self.message)
        );
    }
}

/// Returns what is told: failures and divergences, and gated checks without a verdict.
fn lines(audit: &Audit) -> Vec<Line> {
    let kind = |weight, counts: bool| match weight {
        Weight::Fails => "error",
        Weight::Unjudged => "warning",
        Weight::None | Weight::Before if counts => "warning",
        Weight::None | Weight::Before => "notice",
    };
    let mut lines = Vec::new();
    let own = audit.results.checks.iter();
    for check in own.filter(|c| c.operator.is_registry() && c.erratum.is_none()) {
        if check.outcome != Outcome::Fail && check.gate != Weight::Unjudged {
            continue;
        }
        let name = name_of(&audit.results, check.registry.as_str());
        let id = titled(&check.id, &check.parameters);
        let message = if check.message.is_empty() {
            &check.title
        } else {
            &check.message
        };
        let waiver = check.waiver.iter().map(|id| format!(" ({id})"));
        lines.push(Line {
            kind: kind(check.gate, check.level.counts() && check.waiver.is_none()),
            place: check.source.clone(),
            title: format!("{id} at {name}: {}", check.outcome),
            message: word_of(message) + &waiver.collect::<String>(),
        });
    }
    let divergent = audit.results.comparisons.iter().filter(|c| {
        c.agreement == Agreement::Divergent && c.level.can_fail() && c.erratum.is_none()
    });
    for comparison in divergent {
        lines.push(Line {
            kind: kind(
                comparison.gate,
                comparison.level.counts() && comparison.waiver.is_none(),
            ),
            place: comparison.source.clone(),
            title: format!(
                "{}: divergent",
                titled(&comparison.id, &comparison.parameters)
            ),
            message: word_of(&comparison.message),
        });
    }
    lines
}

/// Escapes the message of a workflow command.
fn data(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

/// Escapes a property of a workflow command.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_ends_no_command() {
        assert_eq!(
            property("a:b,c\n::error::x%"),
            "a%3Ab%2Cc%0A%3A%3Aerror%3A%3Ax%25"
        );
        assert_eq!(data("100% of\r\n::x"), "100%25 of%0D%0A::x");
    }
}
