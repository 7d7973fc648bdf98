//! Evaluates loops: `all`, `exists`, `exists_one`, `map` and `filter`.

use super::environment::EvalError;
use super::evaluate::{Evaluator, Local, Outcome};
use super::tree::{Loop, Node};
use super::value::first_words;
use super::{LONGEST_LIST, List, Val};

/// What one round of a loop yields.
enum Step<'e> {
    Is(bool),
    Made(Val<'e>),
}

impl<'e> Evaluator<'e> {
    /// Returns the items of a list, or the keys of an object.
    fn items(&mut self, of: &'e Node) -> Result<Vec<Val<'e>>, EvalError> {
        let value = self.eval(of)?;
        let count = match &value {
            Val::List(list) => list.len(),
            Val::Map(map) => map.len(),
            Val::Group(group) => {
                self.read(&group.clone(), &group.prefix)?;
                let names = first_words(&group.observation.facts, &group.prefix);
                return Ok(names.into_iter().map(Val::text).collect());
            }
            other => {
                return Err(EvalError::Wrong {
                    message: format!(
                        "a loop runs over a list or the keys of an object, not {}",
                        other.words()
                    ),
                    range: of.at.clone(),
                });
            }
        };
        if count > LONGEST_LIST {
            return Err(EvalError::TooMuch);
        }
        self.charge(count)?;
        Ok(match &value {
            Val::List(list) => list.iter().collect(),
            Val::Map(map) => map.keys(),
            _ => Vec::new(),
        })
    }

    /// Runs a loop.
    pub(super) fn looped(
        &mut self,
        kind: Loop,
        of: &'e Node,
        variable: &'e str,
        first: &'e Node,
        second: Option<&'e Node>,
    ) -> Outcome<'e> {
        let mut made = Vec::new();
        let mut found = 0_usize;
        let mut trouble = None;
        let decides = kind == Loop::Exists;
        for item in self.items(of)? {
            self.locals.push(Local {
                name: variable,
                value: item.clone(),
                over: of,
            });
            let step = self.step(kind, first, second);
            self.locals.pop();
            match (kind, step) {
                // As `&&` and `||`: an error counts only if no other item decides.
                (Loop::All | Loop::Exists, Err(error)) if !error.is_final() => {
                    trouble = trouble.or(Some(error));
                }
                (_, Err(error)) => return Err(error),
                (Loop::All | Loop::Exists, Ok(Step::Is(flag))) if flag == decides => {
                    return Ok(Val::Bool(decides));
                }
                (Loop::Filter, Ok(Step::Is(true))) => made.push(item),
                (Loop::ExistsOne, Ok(Step::Is(true))) => found += 1,
                (_, Ok(Step::Made(value))) => made.push(value),
                (_, Ok(Step::Is(_))) => {}
            }
        }
        match (kind, trouble) {
            (Loop::All | Loop::Exists, Some(error)) => Err(error),
            (Loop::All | Loop::Exists, None) => Ok(Val::Bool(!decides)),
            (Loop::ExistsOne, _) => Ok(Val::Bool(found == 1)),
            (Loop::Map | Loop::Filter, _) => Ok(Val::List(List::Owned(made.into()))),
        }
    }

    fn step(
        &mut self,
        kind: Loop,
        first: &'e Node,
        second: Option<&'e Node>,
    ) -> Result<Step<'e>, EvalError> {
        match (kind, second) {
            (Loop::Map, None) => self.eval(first).map(Step::Made),
            (Loop::Map, Some(second)) => {
                if self.condition(first)? {
                    self.eval(second).map(Step::Made)
                } else {
                    Ok(Step::Is(false))
                }
            }
            (Loop::All | Loop::Exists | Loop::ExistsOne | Loop::Filter, _) => {
                self.condition(first).map(Step::Is)
            }
        }
    }
}
