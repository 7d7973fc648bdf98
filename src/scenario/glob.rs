//! Ids with `*` and `**` by whole components.

/// Says whether an id matches a pattern.
///
/// Components are separated by `.` and `/`. `**` stands for any number of components,
/// `*` for one, and within a component for any characters: `rdap.link.self-*`.
pub fn matches(pattern: &str, id: &str) -> bool {
    // Most ids differ from most patterns at once, and thousands are compared.
    if !begins_alike(pattern, id) {
        return false;
    }
    let pattern: Vec<&str> = pattern.split(['.', '/']).collect();
    let id: Vec<&str> = id.split(['.', '/']).collect();
    components(&pattern, &id)
}

/// Says whether an id begins with what stands before the first `*` of a pattern.
fn begins_alike(pattern: &str, id: &str) -> bool {
    let is_separator = |octet: u8| matches!(octet, b'.' | b'/');
    let head = pattern.split('*').next().unwrap_or_default();
    let head = head.trim_end_matches(['.', '/']);
    let same = |(a, b): (u8, u8)| a == b || is_separator(a) && is_separator(b);
    head.len() <= id.len() && head.bytes().zip(id.bytes()).all(same)
}

/// Keeps the positions of the id that are reachable after each part of the pattern, so
/// that the work is the product of both lengths whatever the pattern.
fn components(pattern: &[&str], id: &[&str]) -> bool {
    let mut reached: Vec<bool> = (0..=id.len()).map(|at| at == 0).collect();
    for part in pattern {
        let mut next = vec![false; id.len() + 1];
        let mut any = false;
        for (at, slot) in next.iter_mut().enumerate() {
            let before = at.checked_sub(1);
            let was = |at: usize| reached.get(at).copied().unwrap_or(false);
            if *part == "**" {
                any |= was(at);
                *slot = any;
            } else if let Some(before) = before {
                *slot = was(before) && id.get(before).is_some_and(|text| component(part, text));
            }
        }
        reached = next;
    }
    reached.last().copied().unwrap_or(false)
}

/// Matches one component, in which `*` stands for any characters.
fn component(pattern: &str, text: &str) -> bool {
    let Some((head, tail)) = pattern.split_once('*') else {
        return pattern == text;
    };
    let Some(mut rest) = text.strip_prefix(head) else {
        return false;
    };
    let mut pieces: Vec<&str> = tail.split('*').collect();
    let last = pieces.pop().unwrap_or_default();
    for piece in pieces {
        match rest.split_once(piece) {
            Some((_, behind)) => rest = behind,
            None => return false,
        }
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(pattern: &str, id: &str, expected: bool) {
        assert_eq!(matches(pattern, id), expected, "{pattern} on {id}");
    }

    #[test]
    fn a_star_is_one_component() {
        check("rdap.*", "rdap.help", true);
        check("rdap.*", "rdap.help.profile", false);
        check("rdap.*.profile", "rdap.help.profile", true);
        check("rdap.help/*", "rdap.help/answers", true);
        check("rdap.help.*", "rdap/help/answers", true);
        check("rdap.help", "rdap.hel", false);
        check("*", "rdap", true);
        check("*", "rdap.help", false);
    }

    #[test]
    fn two_stars_are_any_number_of_components() {
        check("**", "rdap.help.profile/answers", true);
        check("rdap.**", "rdap", true);
        check("rdap.**", "rdap.help.profile/answers", true);
        check("**/answers", "rdap.help.profile/answers", true);
        check("rdap.**.profile", "rdap.profile", true);
        check("**.x.**.x.**.x", "x.x.y.x", true);
    }

    #[test]
    fn a_star_within_a_component_is_any_characters() {
        check("rdap.link.self-*", "rdap.link.self-type", true);
        check("rdap.link.*-each-*", "rdap.link.self-each-object", true);
        check("rdap.link.self-*", "rdap.link.type", false);
        check("a*a", "a", false);
    }

    #[test]
    fn many_stars_end_quickly() {
        let pattern = "**.a.".repeat(12) + "b";
        check(&pattern, &"a.".repeat(30), false);
    }
}
