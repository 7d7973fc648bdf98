//! Edits of a node tree: how a fault changes the world before it is read.

use crate::yaml::{Entry, Node, Value};

/// One edit; paths are JSON Pointers (RFC 6901) into the world file.
#[derive(Clone, Debug, PartialEq)]
pub enum NodeEdit {
    /// Puts a node at a place, replacing what stands there; the parent must exist.
    Set(String, Node),
    /// Takes away what stands at a place, which must exist.
    Remove(String),
}

impl NodeEdit {
    /// Says whether it edits what a registry certifies and publishes in repositories, and nothing else.
    pub(in crate::mock) fn is_certified(&self) -> bool {
        self.path().split('/').nth(3) == Some("rpki")
    }

    /// Returns the place that is edited.
    pub(super) fn path(&self) -> &str {
        let (Self::Set(path, _) | Self::Remove(path)) = self;
        path
    }

    /// Changes a tree.
    ///
    /// # Errors
    ///
    /// A sentence saying which part of the path does not exist.
    pub fn apply(&self, tree: &mut Node) -> Result<(), String> {
        let (path, node) = match self {
            Self::Set(path, node) => (path, Some(node)),
            Self::Remove(path) => (path, None),
        };
        let mut parts: Vec<String> = path
            .strip_prefix('/')
            .ok_or_else(|| format!("`{path}` does not begin with `/`"))?
            .split('/')
            .map(|part| part.replace("~1", "/").replace("~0", "~"))
            .collect();
        let last = parts.pop().unwrap_or_default();
        let mut place = tree;
        for part in &parts {
            place = step(place, part)
                .ok_or_else(|| format!("the world has no `{part}` of `{path}`"))?;
        }
        let absent = || format!("the world has no `{last}` of `{path}`");
        match (&mut place.value, node) {
            (Value::Mapping(entries), Some(node)) => {
                match entries.iter_mut().find(|e| e.key == last) {
                    Some(entry) => entry.value = node.clone(),
                    None => entries.push(Entry {
                        key: last,
                        key_span: node.span,
                        value: node.clone(),
                    }),
                }
            }
            (Value::Mapping(entries), None) => {
                let before = entries.len();
                entries.retain(|e| e.key != last);
                if entries.len() == before {
                    return Err(absent());
                }
            }
            (Value::Sequence(items), Some(node)) if last == "-" => items.push(node.clone()),
            (Value::Sequence(items), node) => {
                let index: usize = last.parse().map_err(|_| absent())?;
                match (items.get_mut(index), node) {
                    (Some(item), Some(node)) => *item = node.clone(),
                    (Some(_), None) => {
                        items.remove(index);
                    }
                    (None, _) => return Err(absent()),
                }
            }
            (Value::Scalar(_), _) => return Err(absent()),
        }
        Ok(())
    }
}

fn step<'n>(node: &'n mut Node, part: &str) -> Option<&'n mut Node> {
    match &mut node.value {
        Value::Mapping(entries) => entries
            .iter_mut()
            .find(|e| e.key == part)
            .map(|e| &mut e.value),
        Value::Sequence(items) => items.get_mut(part.parse::<usize>().ok()?),
        Value::Scalar(_) => None,
    }
}
