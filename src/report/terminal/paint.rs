//! Color for those who like it; every colored word says the same without.

use anstyle::{AnsiColor, Style};

use crate::judge::words::{put, put_line};

/// Colors symbols with the words beside them, and headings.
pub(in crate::report) fn paint(text: &str) -> String {
    let mut painted = String::with_capacity(text.len() * 2);
    for line in text.lines() {
        if is_heading(line) {
            let style = Style::new().bold();
            put_line!(painted, "{style}{line}{style:#}");
        } else {
            paint_line(line, &mut painted);
            painted.push('\n');
        }
    }
    painted
}

fn is_heading(line: &str) -> bool {
    line.starts_with("PARTIAL RUN")
        || matches!(
            line,
            "Divergences"
                | "Side by side"
                | "Parameters side by side"
                | "Failures"
                | "Proposed, never counted"
                | "What others operate, counted for no registry"
                | "Not judged"
                | "Waivers"
        )
}

fn paint_line(line: &str, painted: &mut String) {
    let mut before = ' ';
    let mut characters = line.char_indices().peekable();
    while let Some((at, character)) = characters.next() {
        let follows_space = characters.peek().is_some_and(|(_, next)| *next == ' ');
        // A dot between values begins nothing.
        let begins = match character {
            '·' => line
                .get(..at)
                .is_some_and(|l| l.is_empty() || l.ends_with("  ")),
            _ => before == ' ',
        };
        match style_of(character).filter(|_| begins && follows_space) {
            None => painted.push(character),
            Some(style) => {
                // Symbol and word end at two spaces or at the end of the line.
                let rest = line.get(at..).unwrap_or_default();
                let length = rest.find("  ").unwrap_or(rest.len());
                let (own, _) = rest.split_at_checked(length).unwrap_or((rest, ""));
                put!(painted, "{style}{own}{style:#}");
                for _ in own.chars().skip(1) {
                    characters.next();
                }
            }
        }
        before = character;
    }
}

fn style_of(character: char) -> Option<Style> {
    let color = |color: AnsiColor| Some(color.on_default());
    match character {
        '✓' => color(AnsiColor::Green),
        '✗' | '≠' => color(AnsiColor::Red),
        '?' => color(AnsiColor::Yellow),
        '!' => color(AnsiColor::Magenta),
        '–' | '·' => Some(Style::new().dimmed()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn color_changes_no_word() {
        let text = "x  ✓ pass   ✗ fail\nDivergences\nname   1h · 2h ×2  –\n";
        let painted = paint(text);
        assert!(painted.contains("1h · 2h ×2"), "{painted}");
        assert!(painted.contains("\u{1b}["));
        let mut bare = String::new();
        let mut within = false;
        for c in painted.chars() {
            match c {
                '\u{1b}' => within = true,
                'm' if within => within = false,
                c if !within => bare.push(c),
                _ => {}
            }
        }
        assert_eq!(bare, text);
    }
}
