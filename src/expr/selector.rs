//! JSONPath (RFC 9535): where in a document to look.

use std::sync::Arc;

use serde_json::Value;
use serde_json_path::{JsonPath, LocatedNode};

use super::bound::unquoted;
use super::{LONGEST_LIST, Problem};

/// Longest selector, in octets.
const LONGEST: usize = 1_000;

/// Most descendant segments (`..`): each multiplies the nodes that are visited.
const DESCENDANTS: usize = 2;

/// Deepest brackets; the parser of the crate recurses.
const DEEPEST: usize = 16;

/// A compiled JSONPath. Cloning is cheap.
#[derive(Clone, Debug)]
pub struct Selector(Arc<(String, JsonPath)>);

/// A node that was selected.
#[derive(Clone, Debug, PartialEq)]
pub struct Located<'d> {
    /// JSON Pointer, such as `/notices/0/links/1/href`.
    pub pointer: String,
    /// Normalized path, such as `$['notices'][0]['links'][1]['href']`.
    pub path: String,
    /// The value.
    pub value: &'d Value,
}

impl Selector {
    /// Compiles a selector that begins with `$`.
    ///
    /// # Errors
    ///
    /// One [`Problem`] with the place of the first mistake.
    pub fn compile(text: &str) -> Result<Self, Problem> {
        let whole = 0..text.len();
        if text.len() > LONGEST {
            return Err(Problem::new(
                whole,
                format!("selector is longer than {LONGEST} octets"),
            ));
        }
        if !text.starts_with('$') {
            return Err(Problem::new(
                whole,
                "a selector begins with `$`, such as `$.notices[*].links`",
            ));
        }
        bound(text)?;
        match JsonPath::parse(text) {
            Ok(path) => Ok(Self(Arc::new((text.to_owned(), path)))),
            Err(error) => {
                // The crate counts octets from 0, the `$` included.
                let at = error.position().min(text.len());
                let at = (0..=at)
                    .rev()
                    .find(|at| text.is_char_boundary(*at))
                    .unwrap_or(0);
                let end = text
                    .get(at..)
                    .and_then(|t| t.chars().next())
                    .map_or(at, |c| at + c.len_utf8());
                Err(Problem::new(
                    at..end,
                    format!("selector: {}", error.message()),
                ))
            }
        }
    }

    /// Returns the selector as written.
    pub fn text(&self) -> &str {
        &self.0.0
    }

    /// Says whether it selects at most one node, so that a matcher looks at that node
    /// and not at a list of nodes.
    pub fn is_single(&self) -> bool {
        let bare: String = unquoted(self.text()).map(|(_, c)| c).collect();
        !bare.contains("..") && !bare.contains(['*', '?', ':', ','])
    }

    /// Returns the nodes in document order, at most 10,000.
    pub fn select<'d>(&self, document: &'d Value) -> Vec<Located<'d>> {
        let nodes = self.0.1.query_located(document);
        nodes.iter().take(LONGEST_LIST).map(located).collect()
    }
}

fn located<'d>(node: &LocatedNode<'d>) -> Located<'d> {
    Located {
        pointer: node.location().to_json_pointer(),
        path: node.location().to_string(),
        value: node.node(),
    }
}

/// Refuses what would make the crate recurse or visit too much.
fn bound(text: &str) -> Result<(), Problem> {
    let mut open = 0_usize;
    let mut descendants = 0;
    let mut previous = ' ';
    for (at, character) in unquoted(text) {
        match character {
            '[' | '(' => open += 1,
            ']' | ')' => open = open.saturating_sub(1),
            '.' if previous == '.' => descendants += 1,
            _ => {}
        }
        previous = character;
        let here = at..at + character.len_utf8();
        if open > DEEPEST {
            return Err(Problem::new(
                here,
                format!("selector is nested deeper than {DEEPEST} brackets"),
            ));
        }
        if descendants > DESCENDANTS {
            return Err(Problem::new(
                here,
                format!("more than {DESCENDANTS} `..` in one selector"),
            ));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn nodes_come_with_their_places() {
        let document = json!({"notices": [{"links": [{"rel": "self", "href": "a"}, {"rel": "x/y", "href": "b"}]}]});
        let selector = Selector::compile("$.notices[*].links[?@.rel == 'x/y'].href").unwrap();
        assert_eq!(
            selector.select(&document),
            [Located {
                pointer: "/notices/0/links/1/href".to_owned(),
                path: "$['notices'][0]['links'][1]['href']".to_owned(),
                value: &json!("b"),
            }]
        );
        assert!(
            Selector::compile("$.nothing")
                .unwrap()
                .select(&document)
                .is_empty()
        );
    }

    #[track_caller]
    fn refused(text: &str, range: std::ops::Range<usize>, part: &str) {
        let problem = Selector::compile(text).unwrap_err();
        assert!(problem.message.contains(part), "{}", problem.message);
        assert_eq!(problem.range, range, "{}", problem.message);
    }

    #[test]
    fn mistakes_have_places() {
        refused("notices[0]", 0..10, "begins with `$`");
        refused("$.events[?@.a ==]", 14..15, "selector: ");
        refused("$.x[?foo(@)]", 5..6, "'foo' is not defined");
        refused("$..a..b..c", 8..9, "more than 2 `..`");
        refused(&format!("${}", "[?@".repeat(30)), 49..50, "nested deeper");
    }

    #[test]
    fn a_selector_of_one_node_is_told_from_one_of_many() {
        for (text, single) in [
            ("$", true),
            ("$.a.b[0]", true),
            ("$['a*b']", true),
            ("$.a[*]", false),
            ("$..a", false),
            ("$.a[0:2]", false),
            ("$.a[?@.b]", false),
            ("$['a','b']", false),
            (r"$['\''].a[*]", false),
            (r"$['\'*']", true),
        ] {
            assert_eq!(
                Selector::compile(text).unwrap().is_single(),
                single,
                "{text}"
            );
        }
    }

    #[test]
    fn hostile_documents_are_bounded() {
        let document = json!({"a": vec![0; 20_000]});
        assert_eq!(
            Selector::compile("$.a[*]").unwrap().select(&document).len(),
            LONGEST_LIST
        );
    }
}
