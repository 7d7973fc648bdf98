//! Text with `${…}`.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

use super::bound::unquoted;
use super::{Environment, EvalError, Expression, Problem, Read, Scope, Type, Val};

/// Most `${…}` in one text.
const MOST: usize = 20;

/// Longest text, in octets.
const LONGEST: usize = 10_000;

/// A compiled text with `${…}`. `$${` stands for `${`. Cloning is cheap.
#[derive(Clone, Debug)]
pub struct Template(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    text: Arc<str>,
    pieces: Vec<Piece>,
}

#[derive(Debug)]
enum Piece {
    Text(String),
    /// An expression, and the octet of the template where it begins.
    Expression(Expression, usize),
}

impl Template {
    /// Compiles a text; places of problems are octets of the whole text.
    ///
    /// # Errors
    ///
    /// All [`Problem`]s of all `${…}`, or of a `${` without its `}`.
    pub fn compile(text: &str, scope: &Scope) -> Result<Self, Vec<Problem>> {
        let mut pieces = Vec::new();
        let mut problems = Vec::new();
        if text.len() > LONGEST {
            let message = format!("text is longer than {LONGEST} octets");
            return Err(vec![Problem::new(0..text.len(), message)]);
        }
        for part in parts(text).map_err(|problem| vec![problem])? {
            match part {
                Part::Text(part) => pieces.push(Piece::Text(part)),
                Part::Expression(at) => {
                    let inner = text.get(at.clone()).unwrap_or_default();
                    match Expression::compile(inner, scope) {
                        Ok(expression) => pieces.push(Piece::Expression(expression, at.start)),
                        Err(found) => problems.extend(found.into_iter().map(|p| p.moved(at.start))),
                    }
                }
            }
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        Ok(Self(Arc::new(Inner {
            text: Arc::from(text),
            pieces,
        })))
    }

    /// Returns the text as written.
    pub fn text(&self) -> &str {
        &self.0.text
    }

    /// Returns the text if there is nothing to evaluate; `None` otherwise.
    pub fn literal(&self) -> Option<&str> {
        match self.0.pieces.as_slice() {
            [] => Some(""),
            [Piece::Text(text)] => Some(text),
            _ => None,
        }
    }

    fn expressions(&self) -> impl Iterator<Item = &Expression> {
        self.0.pieces.iter().filter_map(|piece| match piece {
            Piece::Expression(expression, _) => Some(expression),
            Piece::Text(_) => None,
        })
    }

    /// Returns what it yields: of a single `${…}` and nothing else the type of the expression, else text.
    pub fn kind(&self) -> Type {
        match self.0.pieces.as_slice() {
            [Piece::Expression(expression, _)] => expression.kind().clone(),
            _ => Type::Text,
        }
    }

    /// Returns the names that are read, each once, in alphabetical order.
    pub fn roots(&self) -> BTreeSet<&str> {
        self.expressions().flat_map(Expression::roots).collect()
    }

    /// Returns the facts that may be read.
    pub fn reads(&self) -> BTreeSet<Read> {
        self.expressions()
            .flat_map(|e| e.reads().iter().cloned())
            .collect()
    }

    /// Evaluates: a single `${…}` and nothing else keeps its kind, everything else is text.
    ///
    /// # Errors
    ///
    /// The first [`EvalError`]; its place is one of the whole text.
    pub fn evaluate<'e>(&'e self, environment: &'e Environment<'e>) -> Result<Val<'e>, EvalError> {
        match self.0.pieces.as_slice() {
            [Piece::Expression(expression, start)] => expression
                .evaluate(environment)
                .map_err(|error| moved(error, *start)),
            _ => self.render(environment).map(Val::text),
        }
    }

    /// Evaluates to text.
    ///
    /// # Errors
    ///
    /// As [`Template::evaluate`].
    pub fn render(&self, environment: &Environment<'_>) -> Result<String, EvalError> {
        let mut text = String::new();
        for piece in &self.0.pieces {
            match piece {
                Piece::Text(piece) => text.push_str(piece),
                Piece::Expression(expression, start) => {
                    let value = expression
                        .evaluate(environment)
                        .map_err(|error| moved(error, *start))?;
                    text.push_str(&value.render());
                }
            }
        }
        Ok(text)
    }
}

/// Moves the place of an error.
fn moved(error: EvalError, by: usize) -> EvalError {
    match error {
        EvalError::Wrong { message, range } => EvalError::Wrong {
            message,
            range: range.start + by..range.end + by,
        },
        other => other,
    }
}

enum Part {
    Text(String),
    Expression(Range<usize>),
}

/// Splits a text; the end of a `${` is found with quotes and braces in mind.
fn parts(text: &str) -> Result<Vec<Part>, Problem> {
    let mut parts = Vec::new();
    let mut plain = String::new();
    let mut count = 0;
    let mut at = 0;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let Some(next) = rest.find('$') else {
            plain.push_str(rest);
            break;
        };
        let (before, from) = rest.split_at_checked(next).unwrap_or((rest, ""));
        plain.push_str(before);
        at += next;
        if from.starts_with("$${") {
            plain.push_str("${");
            at += 3;
        } else if from.starts_with("${") {
            let start = at + 2;
            let Some(length) = closing(text.get(start..).unwrap_or_default()) else {
                return Err(Problem::new(
                    at..text.len(),
                    "`${` has no `}`; a plain `${` is written `$${`",
                ));
            };
            count += 1;
            if count > MOST {
                return Err(Problem::new(
                    at..text.len(),
                    format!("more than {MOST} expressions in one text"),
                ));
            }
            if !plain.is_empty() {
                parts.push(Part::Text(std::mem::take(&mut plain)));
            }
            parts.push(Part::Expression(start..start + length));
            at = start + length + 1;
        } else {
            plain.push('$');
            at += 1;
        }
    }
    if !plain.is_empty() {
        parts.push(Part::Text(plain));
    }
    Ok(parts)
}

/// Returns the octets before the `}` that closes an expression; `None` if there is none.
fn closing(text: &str) -> Option<usize> {
    let mut open = 0_usize;
    for (at, character) in unquoted(text) {
        match character {
            '{' => open += 1,
            '}' if open == 0 => return Some(at),
            '}' => open -= 1,
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn scope() -> Scope {
        Scope::new().with("vars", Type::Dynamic)
    }

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let vars = json!({"name": "x", "list": ["a", "b"], "n": 5});
        let template = Template::compile(text, &scope()).unwrap();
        let mut environment = Environment::new();
        environment.set_json("vars", &vars);
        assert_eq!(template.render(&environment).unwrap(), expected);
    }

    #[test]
    fn expressions_stand_between_text() {
        check("ip/${vars.name}?n=${vars.n + 1}", "ip/x?n=6");
        check("no expression", "no expression");
        check("", "");
        check("costs $5, $ and $$", "costs $5, $ and $$");
        check("literal $${vars.name}", "literal ${vars.name}");
        check("${vars.list}", "[a, b]");
    }

    #[test]
    fn braces_and_quotes_inside_do_not_end_it() {
        check("<${ {'a': '}'}.a }>", "<}>");
        check("${'it\\'s }' + \"}\"}!", "it's }}!");
    }

    #[test]
    fn a_single_expression_keeps_its_kind() {
        let vars = json!({"list": ["a", "b"]});
        let mut environment = Environment::new();
        environment.set_json("vars", &vars);
        let template = Template::compile("${vars.list}", &scope()).unwrap();
        assert_eq!(
            template.evaluate(&environment).unwrap().to_json(),
            json!(["a", "b"])
        );
        let template = Template::compile("${vars.list} ", &scope()).unwrap();
        assert_eq!(
            template.evaluate(&environment).unwrap().to_json(),
            json!("[a, b] ")
        );
        assert_eq!(
            Template::compile("x", &scope()).unwrap().literal(),
            Some("x")
        );
        assert_eq!(template.literal(), None);
        assert_eq!(template.roots().into_iter().collect::<Vec<_>>(), ["vars"]);
    }

    #[test]
    fn problems_have_places_in_the_whole_text() {
        let problems = Template::compile("a ${vras.x} b ${vars.}", &scope()).unwrap_err();
        let places: Vec<_> = problems.iter().map(|p| p.range.clone()).collect();
        assert_eq!(places[0], 4..8);
        assert_eq!(
            problems[0].message,
            "unknown name `vras`; did you mean `vars`?"
        );
        assert_eq!(places.len(), 2);
        let problems = Template::compile("ab ${vars.x", &scope()).unwrap_err();
        assert_eq!((problems[0].range.clone(), problems.len()), (3..11, 1));
    }
}
