//! The tree of an expression: places of nodes, macros as they were written.

use std::ops::Range;
use std::sync::Arc;

use cel::common::ast::operators;

use super::Val;
use super::functions::Function;

/// A node of the tree and the octets it stands in.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) at: Range<usize>,
    pub(super) form: Form,
}

impl Node {
    /// Returns the number of nodes on the longest way down, this one included.
    pub(super) fn height(&self) -> usize {
        let below = match &self.form {
            Form::Literal(_) | Form::Name(_) => 0,
            Form::Member { of, .. } => of.height(),
            Form::Has(a) | Form::Not(a) | Form::Negate(a) => a.height(),
            Form::Index { of: a, key: b }
            | Form::And(a, b)
            | Form::Or(a, b)
            | Form::Binary(_, a, b) => a.height().max(b.height()),
            Form::If(a, b, c) => a.height().max(b.height()).max(c.height()),
            Form::List(items) | Form::Call { args: items, .. } => {
                items.iter().map(Self::height).max().unwrap_or(0)
            }
            Form::Map(entries) => {
                let heights = entries.iter().map(|(k, v)| k.height().max(v.height()));
                heights.max().unwrap_or(0)
            }
            Form::Loop {
                of, first, second, ..
            } => {
                let second = second.as_ref().map_or(0, |s| s.height());
                of.height().max(first.height()).max(second)
            }
        };
        below + 1
    }
}

/// What a node is.
#[derive(Debug)]
pub(super) enum Form {
    Literal(Val<'static>),
    Name(Arc<str>),
    Member {
        of: Box<Node>,
        name: Arc<str>,
    },
    Index {
        of: Box<Node>,
        key: Box<Node>,
    },
    /// `has(…)` around a member or an index.
    Has(Box<Node>),
    Not(Box<Node>),
    Negate(Box<Node>),
    And(Box<Node>, Box<Node>),
    Or(Box<Node>, Box<Node>),
    If(Box<Node>, Box<Node>, Box<Node>),
    Binary(Op, Box<Node>, Box<Node>),
    List(Vec<Node>),
    Map(Vec<(Node, Node)>),
    /// A function; the receiver is the first argument.
    Call {
        name: Arc<str>,
        name_at: Range<usize>,
        args: Vec<Node>,
        /// What the name stands for; set when the tree is checked.
        function: Option<&'static Function>,
        /// The pattern of `matches`, if it is a literal; set when the tree is checked.
        pattern: Option<regex::Regex>,
    },
    Loop {
        kind: Loop,
        of: Box<Node>,
        variable: Arc<str>,
        first: Box<Node>,
        second: Option<Box<Node>>,
    },
}

/// An operator with two sides that both are evaluated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Op {
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
    Equal,
    NotEqual,
    Less,
    AtMost,
    Greater,
    AtLeast,
    In,
}

impl Op {
    /// Says whether it compares.
    pub(super) const fn compares(self) -> bool {
        matches!(
            self,
            Self::Equal
                | Self::NotEqual
                | Self::Less
                | Self::AtMost
                | Self::Greater
                | Self::AtLeast
        )
    }

    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Add => "+",
            Self::Subtract => "-",
            Self::Multiply => "*",
            Self::Divide => "/",
            Self::Remainder => "%",
            Self::Equal => "==",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::AtMost => "<=",
            Self::Greater => ">",
            Self::AtLeast => ">=",
            Self::In => "in",
        }
    }

    /// Returns what the parser's crate calls by a name; `None` if that is none.
    pub(super) fn named(name: &str) -> Option<Self> {
        Some(match name {
            operators::ADD => Self::Add,
            operators::SUBSTRACT => Self::Subtract,
            operators::MULTIPLY => Self::Multiply,
            operators::DIVIDE => Self::Divide,
            operators::MODULO => Self::Remainder,
            operators::EQUALS => Self::Equal,
            operators::NOT_EQUALS => Self::NotEqual,
            operators::LESS => Self::Less,
            operators::LESS_EQUALS => Self::AtMost,
            operators::GREATER => Self::Greater,
            operators::GREATER_EQUALS => Self::AtLeast,
            operators::IN => Self::In,
            _ => return None,
        })
    }
}

/// The loops of CEL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Loop {
    All,
    Exists,
    ExistsOne,
    Map,
    Filter,
}

impl Loop {
    pub(super) const NAMES: &[&str] = &["all", "exists", "exists_one", "map", "filter", "has"];

    /// Returns what the parser's crate calls by a name; `None` if that is none.
    pub(super) fn named(name: &str) -> Option<Self> {
        Some(match name {
            operators::ALL => Self::All,
            operators::EXISTS => Self::Exists,
            operators::EXISTS_ONE | "existsOne" => Self::ExistsOne,
            operators::MAP => Self::Map,
            operators::FILTER => Self::Filter,
            _ => return None,
        })
    }
}
