//! Reading the suite for a verb, and words on pages about it.

use std::sync::Arc;

use anstyle::{AnsiColor, Style};

use super::guest::{Guest, Guests, NoGuest};
use super::shell::Shell;
use crate::bundle::Bundle;
use crate::judge::words::{counted, either, quoted};
use crate::registry::RegistryId;
use crate::scenario::suite::{Document, Suite};
use crate::yaml::hint;

/// Reads the suite; what is wrong with it was printed where this is `None`.
pub fn read(shell: &Shell) -> Option<Arc<Suite>> {
    read_with(shell, &Guests::default())
}

/// Reads the suite with files of targets beside it; what is wrong was printed where this is `None`.
pub fn read_with(shell: &Shell, guests: &Guests) -> Option<Arc<Suite>> {
    let beside = guests.all().map(Guest::file);
    match Suite::read_with(&shell.suite, beside.collect()) {
        Ok(suite) => is_pinned(&suite, shell).then_some(suite),
        Err(problems) => {
            shell.complain(&problems);
            let mistakes = counted(problems.len(), "mistake");
            shell.error(&format!("{mistakes} in `{}`", shell.suite.display()));
            None
        }
    }
}

/// Reads the suite with the files of targets that a bundle's run was given, if it was given any; what
/// else is wrong was printed where this is `None`.
///
/// # Errors
///
/// [`NoGuest::Lost`].
pub(super) fn read_for(shell: &Shell, bundle: &Bundle) -> Result<Option<Arc<Suite>>, NoGuest> {
    Ok(read_with(shell, &Guests::recorded(bundle)?))
}

/// Says whether a suite may be used: it is the pinned one, or none is. Says why not on stderr.
fn is_pinned(suite: &Suite, shell: &Shell) -> bool {
    let other = shell.pins.iter().find(|pin| **pin != suite.digest);
    if let Some(pin) = other {
        shell.error(&format!(
            "`{}` is not the suite that is pinned: its digest is {}, and {pin} was asked for",
            shell.suite.display(),
            suite.digest
        ));
    }
    other.is_none()
}

/// Returns which of the known words was probably meant, or what they are.
pub fn meant(word: &str, known: &[&str]) -> String {
    hint(word, known.iter().copied(), || {
        let known: Vec<String> = known.iter().map(|known| quoted(known)).collect();
        format!("expected {}", either(&known))
    })
}

/// Styles of a page; nothing is said by them alone.
#[derive(Clone, Copy, Debug)]
pub struct Page {
    color: bool,
}

impl Page {
    /// Returns the styles for results of a shell.
    pub const fn of(shell: &Shell) -> Self {
        Self {
            color: shell.color_out,
        }
    }

    /// Returns a heading.
    pub fn strong(self, text: &str) -> String {
        self.paint(text, Style::new().bold())
    }

    /// Returns the name of a line.
    pub fn label(self, text: &str) -> String {
        self.paint(text, AnsiColor::Blue.on_default())
    }

    /// Returns what matters less.
    pub fn faint(self, text: &str) -> String {
        self.paint(text, Style::new().dimmed())
    }

    fn paint(self, text: &str, style: Style) -> String {
        if self.color {
            format!("{style}{text}{style:#}")
        } else {
            text.to_owned()
        }
    }
}

/// Returns ids of registries, or `all 5` where they are all there are.
pub fn registries(ids: &[RegistryId], suite: &Suite) -> String {
    if ids.len() == suite.registries.len() && ids.len() > 1 {
        return format!("all {}", ids.len());
    }
    let ids: Vec<&str> = ids.iter().map(RegistryId::as_str).collect();
    ids.join(", ")
}

/// Returns where a section of a document can be read.
///
/// RFCs are linked to the section in the RFC Editor's HTML rendering; of other documents
/// the whole is linked.
pub fn clause_url(document: &Document, section: &str) -> String {
    let number = document
        .id
        .strip_prefix("rfc")
        .filter(|n| n.chars().all(|c| c.is_ascii_digit()));
    match number {
        Some(number) if !section.is_empty() => {
            format!("https://www.rfc-editor.org/rfc/rfc{number}#section-{section}")
        }
        _ => document.url.clone(),
    }
}

/// Wraps text to a width, with an indent on all lines but the first.
pub fn wrap(text: &str, width: usize, indent: usize) -> String {
    let mut lines: Vec<String> = vec![String::new()];
    for word in text.split_whitespace() {
        let used = lines.last().map_or(0, |l| l.chars().count());
        if used > 0 && used + 1 + word.chars().count() > width.saturating_sub(indent) {
            lines.push(String::new());
        }
        if let Some(line) = lines.last_mut() {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
    }
    lines.join(&format!("\n{}", " ".repeat(indent)))
}
