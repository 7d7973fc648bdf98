//! Edits of a tree of DER before it is signed.

use super::der::Der;
use super::notation::named;

/// One edit of a tree.
///
/// A place is a path from `/`, which is the whole tree: every step is the index of an element,
/// or the name of an object identifier for the element that begins with it, such as
/// `/7/0/key-usage/2`. For an element that is inserted, `-` as the last step is the end.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DerEdit {
    /// Puts octets in the place of an element.
    Set(String, Vec<u8>),
    /// Puts octets before the element of a place.
    Insert(String, Vec<u8>),
    /// Takes an element away.
    Remove(String),
    /// Has an element stand there so many times; for later edits these are one element.
    Repeat(String, usize),
}

impl DerEdit {
    fn path(&self) -> &str {
        let (Self::Set(path, _)
        | Self::Insert(path, _)
        | Self::Remove(path)
        | Self::Repeat(path, _)) = self;
        path
    }
}

impl Der {
    /// Changes the tree; an edit whose place does not exist changes nothing.
    pub(super) fn edit(&mut self, edit: &DerEdit) {
        if let DerEdit::Set(path, octets) = edit
            && path == "/"
        {
            *self = Self::Raw(octets.clone());
            return;
        }
        let mut steps: Vec<&str> = edit.path().split('/').skip(1).collect();
        let Some(last) = steps.pop() else { return };
        let mut place = self;
        for step in steps {
            let Self::Node(_, items) = place else { return };
            let Some(next) = index(items, step).and_then(|i| items.get_mut(i)) else {
                return;
            };
            place = next;
        }
        let Self::Node(_, items) = place else { return };
        let Some(index) = index(items, last) else {
            return;
        };
        match edit {
            DerEdit::Insert(_, octets) => items.insert(index, Self::Raw(octets.clone())),
            DerEdit::Set(_, octets) => {
                if let Some(item) = items.get_mut(index) {
                    *item = Self::Raw(octets.clone());
                }
            }
            DerEdit::Remove(_) => {
                if index < items.len() {
                    items.remove(index);
                }
            }
            DerEdit::Repeat(_, times) => {
                if let Some(item) = items.get_mut(index) {
                    *item = Self::Raw(item.encode().repeat(*times));
                }
            }
        }
    }
}

/// Returns the index that a step leads to; not above the number of elements.
fn index(items: &[Der], step: &str) -> Option<usize> {
    if step == "-" {
        return Some(items.len());
    }
    if let Ok(number) = step.parse() {
        return Some(number).filter(|number| *number <= items.len());
    }
    let id = named(step)?;
    items.iter().position(|item| match item {
        Der::Node(_, parts) => parts.first() == Some(&id),
        Der::Leaf(..) | Der::Raw(_) => false,
    })
}

#[cfg(test)]
mod tests {
    use super::super::der::{integer, null, octets_of, sequence};
    use super::*;

    #[track_caller]
    fn check(edits: &[DerEdit], expected: &str) {
        let usage = named("key-usage").unwrap();
        let mut tree = sequence([
            octets_of(sequence([integer(1), integer(2)])),
            sequence([usage, null()]),
        ]);
        edits.iter().for_each(|edit| tree.edit(edit));
        assert_eq!(
            data_encoding::HEXLOWER.encode(&tree.encode()),
            expected.replace(' ', "")
        );
    }

    #[test]
    fn an_edit_reaches_through_what_wraps() {
        let path = |text: &str| text.to_owned();
        check(&[], "3013 0408 3006 020101 020102 3007 0603551d0f 0500");
        check(
            &[
                DerEdit::Set(path("/0/0/1"), vec![0x02, 0x01, 0x09]),
                DerEdit::Remove(path("/0/0/0")),
                DerEdit::Repeat(path("/0/0/0"), 2),
                DerEdit::Insert(path("/key-usage/1"), vec![0x01, 0x01, 0xff]),
                DerEdit::Insert(path("/-"), vec![0x05, 0x00]),
                DerEdit::Set(path("/-"), vec![0x05, 0x01]),
                DerEdit::Remove(path("/9/9")),
                DerEdit::Remove(path("/signing-time")),
            ],
            "3018 0408 3006 020109 020109 300a 0603551d0f 0101ff 0500 0500",
        );
        check(&[DerEdit::Set(path("/"), Vec::new())], "");
    }
}
