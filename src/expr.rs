//! Placeholder of the `expr` room until it lands.

/// A compiled CEL expression.
#[derive(Clone, Debug)]
pub struct Expression;

/// Text with `${…}`.
#[derive(Clone, Debug)]
pub struct Template;

/// A compiled JSONPath.
#[derive(Clone, Debug)]
pub struct Selector;
