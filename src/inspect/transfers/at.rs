//! Places in a document, written as JSON Pointers only where something is found.

use std::fmt;

/// A place in a document.
#[derive(Clone, Copy, Debug)]
pub(super) struct At<'a> {
    above: Option<&'a At<'a>>,
    step: Step<'a>,
}

#[derive(Clone, Copy, Debug)]
enum Step<'a> {
    Name(&'a str),
    Index(usize),
}

impl<'a> At<'a> {
    /// Returns the place of a member of the root.
    pub(super) const fn member(name: &'a str) -> Self {
        Self {
            above: None,
            step: Step::Name(name),
        }
    }

    /// Returns the place of a member of what is here.
    pub(super) const fn name(&'a self, name: &'a str) -> Self {
        Self {
            above: Some(self),
            step: Step::Name(name),
        }
    }

    /// Returns the place of an item of what is here.
    pub(super) const fn index(&'a self, index: usize) -> Self {
        Self {
            above: Some(self),
            step: Step::Index(index),
        }
    }
}

impl fmt::Display for At<'_> {
    /// Writes the JSON Pointer (RFC 6901).
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(above) = self.above {
            above.fmt(f)?;
        }
        match self.step {
            Step::Name(name) => write!(f, "/{}", name.replace('~', "~0").replace('/', "~1")),
            Step::Index(index) => write!(f, "/{index}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_json_pointers() {
        let root = At::member("transfers");
        let entry = root.index(3);
        let odd = entry.name("a/b~");
        assert_eq!(odd.to_string(), "/transfers/3/a~1b~0");
        assert_eq!(root.to_string(), "/transfers");
    }
}
