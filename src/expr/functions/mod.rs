//! The functions of expressions: CEL's own and ours, in one table with examples that are tested.

mod lists;
mod numbers;
mod resources;
mod text;
mod transfers;

use super::Val;
use super::scope::Type;

/// A function: `name(a, b)`, or `a.name(b)` alike.
#[derive(Debug)]
pub struct Function {
    /// Its name.
    pub name: &'static str,
    /// Its arguments and what it yields, such as `pick(list, count, seed) list`.
    pub signature: &'static str,
    /// What it does, and where it refuses.
    pub meaning: &'static str,
    /// An expression that uses it.
    pub example: &'static str,
    /// What the example yields, as rendered.
    pub result: &'static str,
    /// Fewest arguments.
    pub(super) least: usize,
    /// What each argument may be; as many as there are arguments at most.
    pub(super) params: &'static [Want],
    /// What it yields, by the types of its arguments.
    pub(super) yields: fn(&[Type]) -> Type,
    /// Does it.
    pub(super) run: Run,
}

/// The code of a function.
pub(super) type Run = for<'e> fn(&[Val<'e>]) -> Result<Val<'e>, String>;

/// What an argument may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Want {
    /// Anything.
    Any,
    /// Text.
    Text,
    /// A whole number.
    Int,
    /// A number.
    Number,
    /// A number, size or duration.
    Quantity,
    /// A list.
    List,
    /// Text, a list, an object or a set: what has a size.
    Sized,
    /// A set of addresses or AS numbers, or text or JSON that says one.
    Resources,
}

impl Want {
    pub(super) const fn words(self) -> &'static str {
        match self {
            Self::Any => "anything",
            Self::Text => "text",
            Self::Int => "a whole number",
            Self::Number => "a number",
            Self::Quantity => "a number, size or duration",
            Self::List => "a list",
            Self::Sized => "text, a list, an object or a set",
            Self::Resources => "addresses, AS numbers, or text that says some",
        }
    }

    #[expect(
        clippy::match_like_matches_macro,
        reason = "one line for each want reads as a table"
    )]
    pub(super) const fn takes(self, kind: &Type) -> bool {
        use Type as T;
        match (self, kind) {
            (_, T::Dynamic) | (Self::Any, _) => true,
            (Self::Text, T::Text) | (Self::Int, T::Int) | (Self::List, T::List(_)) => true,
            (Self::Number, T::Int | T::Double) => true,
            (Self::Quantity, T::Int | T::Double | T::Bytes | T::Duration) => true,
            (
                Self::Sized,
                T::Text | T::List(_) | T::Map | T::Members(_) | T::Record { .. } | T::Probe { .. },
            ) => true,
            (Self::Sized | Self::Resources, T::Addresses | T::Asns) => true,
            (Self::Resources, T::Text | T::Int | T::List(_) | T::Map | T::Record { .. }) => true,
            _ => false,
        }
    }
}

/// All functions, by what they are about.
pub const FUNCTIONS: &[&[Function]] = &[
    lists::FUNCTIONS,
    text::FUNCTIONS,
    numbers::FUNCTIONS,
    resources::FUNCTIONS,
    transfers::FUNCTIONS,
];

/// Iterates over all functions.
pub fn all() -> impl Iterator<Item = &'static Function> {
    FUNCTIONS.iter().flat_map(|group| group.iter())
}

/// Returns the function with a name; `None` if there is none.
pub(super) fn named(name: &str) -> Option<&'static Function> {
    all().find(|f| f.name == name)
}

/// Longest pattern, in octets.
const LONGEST_PATTERN: usize = 500;

/// Compiles a pattern of `matches`, within bounds on its text and its program.
pub(super) fn pattern(text: &str) -> Result<regex::Regex, String> {
    if text.len() > LONGEST_PATTERN {
        return Err(format!("pattern is longer than {LONGEST_PATTERN} octets"));
    }
    let built = regex::RegexBuilder::new(text).size_limit(1 << 20).build();
    built.map_err(|error| {
        let last = error.to_string();
        let reason = last.lines().last().unwrap_or_default().trim();
        format!(
            "this is not a pattern: {}",
            reason.strip_prefix("error: ").unwrap_or(reason)
        )
    })
}

/// Returns an argument that must be text.
fn text_of<'a>(args: &'a [Val<'_>], at: usize) -> Result<&'a str, String> {
    match args.get(at) {
        Some(Val::Text(text)) => Ok(text),
        other => Err(expected("text", other)),
    }
}

/// Returns an argument that must be a whole number.
fn int_of(args: &[Val<'_>], at: usize) -> Result<i64, String> {
    match args.get(at) {
        Some(Val::Int(int)) => Ok(*int),
        other => Err(expected("a whole number", other)),
    }
}

/// Says what was expected and what was given.
fn expected(what: &str, given: Option<&Val<'_>>) -> String {
    format!(
        "{what} is expected, not {}",
        given.map_or("nothing", Val::words)
    )
}

const fn bool_type(_: &[Type]) -> Type {
    Type::Bool
}

const fn int_type(_: &[Type]) -> Type {
    Type::Int
}

const fn double_type(_: &[Type]) -> Type {
    Type::Double
}

const fn text_type(_: &[Type]) -> Type {
    Type::Text
}

fn texts_type(_: &[Type]) -> Type {
    Type::List(Box::new(Type::Text))
}

/// The type of the first argument.
fn same_type(kinds: &[Type]) -> Type {
    kinds.first().cloned().unwrap_or(Type::Dynamic)
}

/// The type of the items of the first argument.
fn item_type(kinds: &[Type]) -> Type {
    match kinds.first() {
        Some(Type::List(item)) => (**item).clone(),
        _ => Type::Dynamic,
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Environment, Expression, Scope};
    use super::*;

    #[test]
    fn every_example_yields_what_it_says() {
        for function in all() {
            let example = function.example;
            assert!(
                example.contains(function.name),
                "{example} does not use {}",
                function.name
            );
            let expression = Expression::compile(example, &Scope::new())
                .unwrap_or_else(|problems| panic!("{example}: {problems:?}"));
            let environment = Environment::new();
            let value = expression
                .evaluate(&environment)
                .unwrap_or_else(|e| panic!("{example}: {e}"));
            assert_eq!(value.render(), function.result, "{example}");
            assert!(
                function
                    .signature
                    .starts_with(&format!("{}(", function.name)),
                "{}",
                function.name
            );
            assert!(!function.meaning.is_empty() && function.least <= function.params.len());
        }
    }

    #[test]
    fn names_are_unique() {
        let mut names: Vec<&str> = all().map(|f| f.name).collect();
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), count);
    }
}
