//! Where pages stand, and how one leads to another: always relative, so that a site works from a
//! folder as from a server.

use crate::fact::Digest;
use crate::judge::words::put;

/// Longest part of a path, in characters; file systems take 255 octets.
const LONGEST: usize = 120;

/// Returns a text as part of a path: letters, digits, `.`, `-`, `_` and `/` stay, everything else is
/// written as `~` and its number.
///
/// Two texts never have the same path: no part begins with a dot, and capital letters are written by
/// their number, as some file systems take them for small ones.
pub(super) fn slug(text: &str) -> String {
    let mut slug = String::with_capacity(text.len());
    for part in text.split('/') {
        if !slug.is_empty() {
            slug.push('/');
        }
        slug.push_str(&self::part(part));
    }
    slug
}

fn part(text: &str) -> String {
    let mut part = String::with_capacity(text.len());
    for character in text.chars().take(LONGEST + 1) {
        match character {
            'a'..='z' | '0'..='9' | '-' | '_' => part.push(character),
            '.' if !part.is_empty() => part.push('.'),
            other => put!(part, "~{:x}.", u32::from(other)),
        }
    }
    if part.is_empty() {
        return "~".to_owned();
    }
    if part.len() > LONGEST {
        let digest = Digest::of(text.as_bytes());
        part.truncate(LONGEST - 33);
        let short: String = digest.hex().chars().take(32).collect();
        put!(part, "~{short}");
    }
    part
}

/// Returns where the page of a check or rule stands.
pub(super) fn check(id: &str) -> String {
    format!("checks/{}.html", slug(id))
}

/// Returns where the page of a comparison stands.
pub(super) fn comparison(id: &str) -> String {
    format!("comparisons/{}.html", slug(id))
}

/// Returns where the page of a scenario stands.
pub(super) fn scenario(id: &str) -> String {
    format!("scenarios/{}.html", slug(id))
}

/// Returns where the page of a registry stands.
pub(super) fn registry(id: &str) -> String {
    format!("registries/{}.html", slug(id))
}

/// Returns where the page of an area stands.
pub(super) fn area(name: &str) -> String {
    format!("compare/{}.html", slug(name))
}

/// Returns where the page of a run stands; its name is its time, written by us.
pub(super) fn run(name: &str) -> String {
    format!("runs/{name}.html")
}

/// Returns where the page of the difference of two runs stands; its name is written by us.
pub(super) fn difference(name: &str) -> String {
    format!("differences/{name}.html")
}

/// Returns where the page of a body of evidence stands.
pub(super) fn evidence(digest: &str) -> String {
    let hex = digest.strip_prefix("sha256:").unwrap_or(digest);
    format!("evidence/{}.html", slug(hex))
}

/// Returns where the page of the observations of a scenario stands that are about a subject.
pub(super) fn observations(scenario: &str, subject: &str) -> String {
    format!("observations/{}/{}.html", slug(scenario), slug(subject))
}

/// Returns where the excerpt of a body of evidence stands as a file.
pub(super) fn excerpt(digest: &str, extension: &str) -> String {
    let hex = digest.strip_prefix("sha256:").unwrap_or(digest);
    format!("evidence/{}.{extension}", slug(hex))
}

/// Returns where the feed of a registry stands.
pub(super) fn feed(id: &str) -> String {
    format!("registries/{}.atom", slug(id))
}

/// Returns where the badge of a registry stands.
pub(super) fn badge(id: &str, extension: &str) -> String {
    format!("badges/{}.{extension}", slug(id))
}

/// Returns a path as seen from the page at another one.
pub(super) fn from(page: &str, to: &str) -> String {
    let depth = page.matches('/').count();
    let mut path = "../".repeat(depth);
    path.push_str(to);
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_stays_within_the_site() {
        for (text, expected) in [
            ("rdap.help/answers", "rdap.help/answers"),
            ("../../etc/passwd", "~2e../~2e../etc/passwd"),
            ("/", "~/~"),
            ("", "~"),
            ("A b", "~41.~20.b"),
            (".a", "~2e.a"),
            ("a\\..\\b", "a~5c...~5c.b"),
            ("a:b\u{0}", "a~3a.b~0."),
        ] {
            assert_eq!(slug(text), expected);
        }
        assert!(slug(&"x".repeat(1_000)).len() <= LONGEST);
        assert_ne!(slug(&"x".repeat(1_000)), slug(&"x".repeat(1_001)));
    }

    #[test]
    fn a_link_leads_up_as_often_as_its_page_is_deep() {
        assert_eq!(from("index.html", "matrix.html"), "matrix.html");
        assert_eq!(
            from("checks/rdap.help/answers.html", "legend.html"),
            "../../legend.html"
        );
    }
}
