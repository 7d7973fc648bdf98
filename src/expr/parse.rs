//! Text to a tree: bounds that hold before anything is parsed, then the grammar of CEL.
//!
//! The `cel` crate parses; its tree is lowered to one of our own that knows the
//! place of every node and keeps macros as they were written. The crate's
//! interpreter is not used: it has no limit on work, loses units, and a failed
//! probe could not be told from an absent member.

use std::ops::Range;
use std::sync::Arc;

use cel::common::ast::{CallExpr, EntryExpr, Expr, IdedExpr, LiteralValue, SourceInfo, operators};

use super::bound::{bound, place, reword};
use super::tree::{Form, Loop, Node, Op};
use super::{Problem, Val};

/// Highest tree: member chains and sums count too. Evaluation recurses this deep.
const HIGHEST: usize = 100;

/// Deepest nesting and longest text that are parsed on the caller's stack.
///
/// A debug build of the parser takes up to 200 KB of stack per level of brackets: 6
/// levels came near to 2 MiB, 32 fitted into 8 MiB (tried).
const ON_THE_SPOT: (usize, usize) = (3, 200);

/// Stack of the thread that parses the others; pages that are not touched cost nothing.
const STACK: usize = 32 << 20;

/// Parses an expression.
pub(super) fn parse(text: &str) -> Result<Node, Vec<Problem>> {
    let nesting = bound(text).map_err(|problem| vec![problem])?;
    let (levels, octets) = ON_THE_SPOT;
    if nesting <= levels && text.len() <= octets {
        return parse_here(text);
    }
    let owned = text.to_owned();
    let thread = std::thread::Builder::new().stack_size(STACK);
    let parsed = thread
        .spawn(move || parse_here(&owned))
        .ok()
        .and_then(|t| t.join().ok());
    parsed.unwrap_or_else(|| {
        let message = "this expression cannot be parsed: there is no thread for it";
        Err(vec![Problem::new(0..text.len(), message)])
    })
}

/// Parses on the stack of this thread, which the tree of the crate needs as well.
fn parse_here(text: &str) -> Result<Node, Vec<Problem>> {
    // An environment without macros leaves `x.all(…)` as it is written.
    let parser = cel::Env::default().parser().error_recovery_limit(3);
    match parser.parse_with_source_info(text) {
        Ok((tree, info)) => {
            let mut lowering = Lowering {
                text,
                info: &info,
                problems: Vec::new(),
            };
            let node = lowering.node(&tree);
            match node {
                Some(node) if lowering.problems.is_empty() && node.height() > HIGHEST => {
                    let message =
                        format!("expression is higher than {HIGHEST} steps; split it with `let`");
                    Err(vec![Problem::new(0..text.len(), message)])
                }
                Some(node) if lowering.problems.is_empty() => Ok(node),
                _ => Err(lowering.problems),
            }
        }
        Err(errors) => {
            // What follows the first error is mostly its echo.
            let first = errors.errors.iter().min_by_key(|e| e.pos);
            let (position, message) = first.map_or(((1, 1), ""), |e| (e.pos, e.msg.as_str()));
            Err(vec![Problem::new(place(text, position), reword(message))])
        }
    }
}

struct Lowering<'t> {
    text: &'t str,
    info: &'t SourceInfo,
    problems: Vec<Problem>,
}

impl Lowering<'_> {
    /// Returns the octets of the token that the crate noted for a node.
    fn token(&self, id: u64) -> Range<usize> {
        let Some((start, stop)) = self.info.offset_for(id) else {
            return 0..self.text.len();
        };
        let (start, stop) = (usize::try_from(start), usize::try_from(stop));
        match (start, stop) {
            (Ok(start), Ok(stop)) if start <= stop && stop < self.text.len() => start..stop + 1,
            _ => 0..self.text.len(),
        }
    }

    fn refuse(&mut self, at: Range<usize>, message: impl Into<String>) {
        self.problems.push(Problem::new(at, message));
    }

    fn boxed(&mut self, tree: &IdedExpr) -> Option<Box<Node>> {
        self.node(tree).map(Box::new)
    }

    fn node(&mut self, tree: &IdedExpr) -> Option<Node> {
        let token = self.token(tree.id);
        let (at, form) = match &tree.expr {
            Expr::Unspecified => {
                self.refuse(token, "this is not an expression");
                return None;
            }
            Expr::Ident(name) => (token, Form::Name(Arc::from(name.trim_start_matches('.')))),
            Expr::Literal(literal) => self.literal(literal, token)?,
            Expr::Select(select) => {
                let of = self.boxed(&select.operand)?;
                let end = self.end_of_word(token.end, &select.field);
                let name = Arc::from(select.field.as_str());
                (of.at.start..end, Form::Member { of, name })
            }
            Expr::List(list) => {
                let items: Option<Vec<Node>> = list.elements.iter().map(|e| self.node(e)).collect();
                let items = items?;
                let end = items.last().map_or(token.end, |i| i.at.end);
                (token.start..self.closed(end, ']'), Form::List(items))
            }
            Expr::Map(map) => {
                let mut entries = Vec::new();
                for entry in &map.entries {
                    let EntryExpr::MapEntry(entry) = &entry.expr else {
                        self.refuse(token, "messages are not known here");
                        return None;
                    };
                    entries.push((self.node(&entry.key)?, self.node(&entry.value)?));
                }
                let end = entries.last().map_or(token.end, |(_, v)| v.at.end);
                (token.start..self.closed(end, '}'), Form::Map(entries))
            }
            Expr::Struct(message) => {
                let name = &message.type_name;
                self.refuse(
                    token,
                    format!("messages such as `{name}{{…}}` are not known here"),
                );
                return None;
            }
            Expr::Comprehension(_) => {
                self.refuse(token, "this loop is not known here");
                return None;
            }
            Expr::Call(call) => self.call(call, token)?,
        };
        Some(Node { at, form })
    }

    fn literal(
        &mut self,
        literal: &LiteralValue,
        mut at: Range<usize>,
    ) -> Option<(Range<usize>, Form)> {
        let value = match literal {
            LiteralValue::Boolean(flag) => Val::Bool(*flag.inner()),
            LiteralValue::Int(int) => Val::Int(*int.inner()),
            LiteralValue::Double(double) => Val::Double(*double.inner()),
            LiteralValue::String(text) => Val::text(text.inner()),
            LiteralValue::Null => Val::Null,
            LiteralValue::UInt(uint) => match i64::try_from(*uint.inner()) {
                Ok(int) => Val::Int(int),
                Err(_) => {
                    self.refuse(at, "number is beyond 9223372036854775807");
                    return None;
                }
            },
            LiteralValue::Bytes(_) => {
                self.refuse(at, "octet texts are not known here; write text without `b`");
                return None;
            }
        };
        let negative =
            matches!(value, Val::Int(i64::MIN..=-1)) || matches!(value, Val::Double(d) if d < 0.0);
        let before = self.text.get(..at.start).unwrap_or_default();
        if negative && before.ends_with('-') {
            at.start -= 1;
        }
        Some((at, Form::Literal(value)))
    }

    /// Returns the end of a word that follows `from`, spaces skipped.
    fn end_of_word(&self, from: usize, word: &str) -> usize {
        let rest = self.text.get(from..).unwrap_or_default();
        rest.find(word).map_or(from, |at| from + at + word.len())
    }

    /// Returns the end behind a closing bracket that follows `from`, spaces skipped.
    fn closed(&self, from: usize, bracket: char) -> usize {
        let rest = self.text.get(from..).unwrap_or_default();
        let spaces = rest.len() - rest.trim_start().len();
        let behind = rest.trim_start().starts_with(bracket);
        if behind { from + spaces + 1 } else { from }
    }

    fn call(&mut self, call: &CallExpr, token: Range<usize>) -> Option<(Range<usize>, Form)> {
        let operator = self.operator(call, &token);
        if let Some(found) = operator {
            return found;
        }
        let name: Arc<str> = Arc::from(call.func_name.trim_start_matches('.'));
        let before = self.text.get(..token.start).unwrap_or_default().trim_end();
        let name_at = before.len().saturating_sub(name.len())..before.len();
        if let (Some(target), Some(kind)) = (&call.target, Loop::named(&name)) {
            return self.looped(kind, target, call, name_at);
        }
        let mut args = Vec::new();
        for part in call.target.iter().map(AsRef::as_ref).chain(&call.args) {
            args.push(self.node(part)?);
        }
        let end = args.last().map_or(token.end, |a| a.at.end.max(token.end));
        let start = args
            .first()
            .filter(|_| call.target.is_some())
            .map_or(name_at.start, |a| a.at.start);
        let at = start..self.closed(end, ')');
        if &*name == "has" && call.target.is_none() {
            let mut args = args.into_iter();
            return match (args.next(), args.next()) {
                (Some(arg), None)
                    if matches!(arg.form, Form::Member { .. } | Form::Index { .. }) =>
                {
                    Some((at, Form::Has(Box::new(arg))))
                }
                _ => {
                    self.refuse(
                        at,
                        "`has` takes one member, such as `has(help.json.notices)`",
                    );
                    None
                }
            };
        }
        Some((
            at,
            Form::Call {
                name,
                name_at,
                args,
                function: None,
                pattern: None,
            },
        ))
    }

    /// Lowers an operator; the outer `None` says that the call is none.
    #[expect(clippy::option_option, reason = "no operator, or one that was refused")]
    fn operator(
        &mut self,
        call: &CallExpr,
        token: &Range<usize>,
    ) -> Option<Option<(Range<usize>, Form)>> {
        let form = match (call.func_name.as_str(), call.args.as_slice()) {
            (operators::LOGICAL_NOT, [a]) => self.boxed(a).map(Form::Not),
            (operators::NEGATE, [a]) => self.boxed(a).map(Form::Negate),
            (operators::LOGICAL_AND, [a, b]) => self.pair(a, b).map(|(a, b)| Form::And(a, b)),
            (operators::LOGICAL_OR, [a, b]) => self.pair(a, b).map(|(a, b)| Form::Or(a, b)),
            (operators::INDEX, [of, key]) => {
                self.pair(of, key).map(|(of, key)| Form::Index { of, key })
            }
            (operators::CONDITIONAL, [a, b, c]) => match (self.boxed(a), self.pair(b, c)) {
                (Some(a), Some((b, c))) => Some(Form::If(a, b, c)),
                _ => None,
            },
            (name, [a, b]) => match Op::named(name) {
                Some(op) => self.pair(a, b).map(|(a, b)| Form::Binary(op, a, b)),
                None => return None,
            },
            _ => return None,
        };
        Some(form.map(|form| (self.around(&form, token), form)))
    }

    /// Returns the octets of an operator with its sides.
    fn around(&self, form: &Form, token: &Range<usize>) -> Range<usize> {
        let both = |a: &Node, b: &Node| a.at.start.min(token.start)..b.at.end.max(token.end);
        match form {
            Form::Not(a) | Form::Negate(a) => token.start..a.at.end.max(token.end),
            Form::And(a, b) | Form::Or(a, b) | Form::Binary(_, a, b) => both(a, b),
            Form::If(a, _, c) => both(a, c),
            Form::Index { of, key } => of.at.start..self.closed(key.at.end, ']'),
            Form::Literal(_)
            | Form::Name(_)
            | Form::Member { .. }
            | Form::Has(_)
            | Form::List(_)
            | Form::Map(_)
            | Form::Call { .. }
            | Form::Loop { .. } => token.clone(),
        }
    }

    fn pair(&mut self, a: &IdedExpr, b: &IdedExpr) -> Option<(Box<Node>, Box<Node>)> {
        Some((self.boxed(a)?, self.boxed(b)?))
    }

    fn looped(
        &mut self,
        kind: Loop,
        target: &IdedExpr,
        call: &CallExpr,
        name_at: Range<usize>,
    ) -> Option<(Range<usize>, Form)> {
        let of = self.boxed(target)?;
        let (variable, bodies) = match call.args.split_first() {
            Some((
                IdedExpr {
                    expr: Expr::Ident(variable),
                    ..
                },
                bodies,
            )) => (variable, bodies),
            _ => {
                let name = &call.func_name;
                self.refuse(
                    name_at,
                    format!("`{name}` takes a name first, such as `list.{name}(x, x != '')`"),
                );
                return None;
            }
        };
        let (first, second) = match bodies {
            [first] => (self.boxed(first)?, None),
            [first, second] if kind == Loop::Map => (self.boxed(first)?, Some(self.boxed(second)?)),
            _ => {
                let name = &call.func_name;
                self.refuse(name_at, format!("`{name}` takes a name and one expression"));
                return None;
            }
        };
        let end = second.as_ref().unwrap_or(&first).at.end;
        let at = of.at.start..self.closed(end, ')');
        let variable = Arc::from(variable.as_str());
        Some((
            at,
            Form::Loop {
                kind,
                of,
                variable,
                first,
                second,
            },
        ))
    }
}
