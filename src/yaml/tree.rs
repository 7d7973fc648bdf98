//! The tree of a document, built from the parser's events.

use std::borrow::Cow;
use std::collections::HashMap;

use serde_yaml::granit_parser as granit;

use super::diagnostic::Diagnostic;
use super::read::{Limits, explain};
use super::{Entry, Node, Scalar, Source, Span, Value};

/// An open collection.
enum Frame {
    Sequence {
        items: Vec<Node>,
    },
    Mapping {
        entries: Vec<Entry>,
        places: HashMap<String, Span>,
        key: Option<Key>,
        merges: Vec<Node>,
    },
}

/// A key that waits for its value.
struct Key {
    text: String,
    span: Span,
    merge: bool,
}

/// An open collection with what is needed when it closes.
struct Open {
    frame: Frame,
    start: Span,
    anchor: usize,
    depth_below: usize,
    flow: bool,
}

/// A node that aliases may repeat, with what repeating it costs.
struct Anchored {
    node: Node,
    nodes: usize,
    octets: usize,
    depth: usize,
}

/// Builds the tree of one document from the parser's events.
pub(super) struct Builder<'s> {
    source: &'s Source,
    limits: Limits,
    events: usize,
    copied: usize,
    documents: usize,
    stack: Vec<Open>,
    anchors: HashMap<usize, Anchored>,
    root: Option<Node>,
}

impl<'s> Builder<'s> {
    pub(super) fn new(source: &'s Source, limits: Limits) -> Self {
        Self {
            source,
            limits,
            events: 0,
            copied: 0,
            documents: 0,
            stack: Vec::new(),
            anchors: HashMap::new(),
            root: None,
        }
    }

    /// Returns the tree; `None` if there was no document.
    pub(super) fn finished(self) -> Option<Node> {
        self.root
    }

    fn complain(&self, span: Span, message: impl Into<String>) -> Diagnostic {
        Diagnostic::new(self.source, span, message)
    }

    fn count(&mut self, events: usize, span: Span) -> Result<(), Diagnostic> {
        self.events = self.events.saturating_add(events);
        if self.events > self.limits.events {
            let limit = self.limits.events;
            return Err(self.complain(
                span,
                format!("more than {limit} values, aliases expanded; split the file"),
            ));
        }
        Ok(())
    }

    /// Takes the next event.
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "one kind of event exists only with a feature of the crate"
    )]
    pub(super) fn take(
        &mut self,
        event: granit::Event<'_>,
        at: &granit::Span,
    ) -> Result<(), Diagnostic> {
        let span = self.span(at);
        self.count(1, span)?;
        match event {
            granit::Event::DocumentStart(..) => {
                self.documents += 1;
                if self.documents > 1 {
                    return Err(self.complain(
                        span,
                        "a second document begins here; one file holds one document",
                    ));
                }
                Ok(())
            }
            granit::Event::Scalar(text, style, anchor, tag) => {
                self.refuse_tag(tag.as_deref(), at)?;
                let node = self.scalar(text, style, span);
                self.finish(node, anchor, 0)
            }
            granit::Event::SequenceStart(style, anchor, tag) => {
                self.refuse_tag(tag.as_deref(), at)?;
                self.open(Frame::Sequence { items: Vec::new() }, span, anchor, style)
            }
            granit::Event::MappingStart(style, anchor, tag) => {
                self.refuse_tag(tag.as_deref(), at)?;
                let frame = Frame::Mapping {
                    entries: Vec::new(),
                    places: HashMap::new(),
                    key: None,
                    merges: Vec::new(),
                };
                self.open(frame, span, anchor, style)
            }
            granit::Event::SequenceEnd | granit::Event::MappingEnd => self.close(span),
            granit::Event::Alias(anchor) => self.alias(anchor, span),
            granit::Event::UnresolvedAlias(name) => Err(self.complain(
                span,
                format!("alias `*{name}` has no anchor `&{name}` before it"),
            )),
            // Stream and document borders, and comments, which exist only with a feature of the crate.
            _ => Ok(()),
        }
    }

    fn refuse_tag(&self, tag: Option<&granit::Tag>, at: &granit::Span) -> Result<(), Diagnostic> {
        match tag {
            None => Ok(()),
            Some(tag) => {
                let span = at
                    .tag_span()
                    .map_or_else(|| self.span(at), |s| self.span(&s));
                let message = format!(
                    "tag `{}{}` has no meaning here; leave it out",
                    tag.original_handle(),
                    tag.suffix()
                );
                Err(self.complain(span, message))
            }
        }
    }

    fn scalar(&self, text: Cow<'_, str>, style: granit::ScalarStyle, mut span: Span) -> Node {
        let plain = style == granit::ScalarStyle::Plain;
        let mut text = text.into_owned();
        if plain && span.start == span.end {
            // The parser says `~` where nothing was written.
            text.clear();
        }
        if matches!(
            style,
            granit::ScalarStyle::Literal | granit::ScalarStyle::Folded
        ) {
            let written = self.source.slice(span);
            span.end = span.start + written.trim_end().len();
        }
        Node {
            span,
            value: Value::Scalar(Scalar { text, plain }),
        }
    }

    fn open(
        &mut self,
        frame: Frame,
        start: Span,
        anchor: usize,
        style: granit::StructureStyle,
    ) -> Result<(), Diagnostic> {
        if self.stack.len() >= self.limits.depth {
            return Err(self.too_deep(start));
        }
        if let Some(Open {
            frame: Frame::Mapping { key: None, .. },
            ..
        }) = self.stack.last()
        {
            return Err(self.complain(start, "this key is a collection; keys are text"));
        }
        self.stack.push(Open {
            frame,
            start,
            anchor,
            depth_below: 0,
            flow: style == granit::StructureStyle::Flow,
        });
        Ok(())
    }

    fn too_deep(&self, span: Span) -> Diagnostic {
        self.complain(
            span,
            format!("nested deeper than {} levels", self.limits.depth),
        )
    }

    fn close(&mut self, end: Span) -> Result<(), Diagnostic> {
        let Some(open) = self.stack.pop() else {
            return Ok(());
        };
        let depth = open.depth_below.saturating_add(1);
        let (value, last) = match open.frame {
            Frame::Sequence { items } => {
                let last = items.last().map(|n| n.span.end);
                (Value::Sequence(items), last)
            }
            Frame::Mapping {
                mut entries,
                mut places,
                merges,
                ..
            } => {
                let last = entries
                    .iter()
                    .map(|e| e.value.span.end.max(e.key_span.end))
                    .next_back();
                for merged in merges {
                    merge(&mut entries, &mut places, merged);
                }
                (Value::Mapping(entries), last)
            }
        };
        let mut span = open.start;
        span.end = if open.flow {
            end.end
        } else {
            last.unwrap_or(span.end).max(span.end)
        };
        self.finish(Node { span, value }, open.anchor, depth)
    }

    fn alias(&mut self, anchor: usize, span: Span) -> Result<(), Diagnostic> {
        let Some(anchored) = self.anchors.get(&anchor) else {
            return Err(self.complain(span, "this alias stands inside its own anchor"));
        };
        let (nodes, octets, depth) = (anchored.nodes, anchored.octets, anchored.depth);
        // Counted before anything is copied, so that an alias bomb costs nothing.
        self.count(nodes, span)?;
        self.copied = self.copied.saturating_add(octets);
        if self.copied > self.limits.bytes {
            return Err(self.complain(span, "aliases repeat more text than a file may hold"));
        }
        if self.stack.len().saturating_add(depth) > self.limits.depth {
            return Err(self.too_deep(span));
        }
        let Some(mut node) = self.anchors.get(&anchor).map(|a| a.node.clone()) else {
            return Ok(());
        };
        node.span = span;
        self.finish(node, 0, depth)
    }

    /// Puts a finished node where it belongs; `depth` is its height, 0 for a scalar.
    fn finish(&mut self, node: Node, anchor: usize, depth: usize) -> Result<(), Diagnostic> {
        if anchor != 0 {
            let (nodes, octets) = weigh(&node);
            self.count(nodes, node.span)?;
            self.copied = self.copied.saturating_add(octets);
            self.anchors.insert(
                anchor,
                Anchored {
                    node: node.clone(),
                    nodes,
                    octets,
                    depth,
                },
            );
        }
        let source = self.source;
        let Some(open) = self.stack.last_mut() else {
            self.root = Some(node);
            return Ok(());
        };
        open.depth_below = open.depth_below.max(depth);
        match &mut open.frame {
            Frame::Sequence { items } => items.push(node),
            Frame::Mapping {
                entries,
                places,
                key,
                merges,
            } => match key.take() {
                None => *key = Some(key_of(source, places, node)?),
                Some(key) => {
                    places.insert(key.text.clone(), key.span);
                    if key.merge {
                        merges.extend(mergeable(source, node)?);
                    } else {
                        entries.push(Entry {
                            key: key.text,
                            key_span: key.span,
                            value: node,
                        });
                    }
                }
            },
        }
        Ok(())
    }

    /// Turns an error of the parser into a complaint.
    pub(super) fn refused(&self, error: &granit::ScanError) -> Diagnostic {
        let marker = error.marker();
        let span = self.span(&granit::Span::empty(*marker));
        if matches!(error.kind(), granit::ErrorKind::RecursionLimitExceeded) {
            return self.too_deep(span);
        }
        let (message, hint) = explain(error);
        let diagnostic = self.complain(span, message);
        match hint {
            Some(hint) => diagnostic.note(format!("hint: {hint}")),
            None => diagnostic,
        }
    }

    fn span(&self, at: &granit::Span) -> Span {
        let start = at.start.byte_offset().unwrap_or_default();
        let end = at.end.byte_offset().unwrap_or(start);
        let column = at.start.col();
        // A byte order mark is no column.
        let column = if at.start.line() == 1 && self.source.text.starts_with('\u{feff}') {
            self.source.span(start..end).column
        } else {
            u32::try_from(column).unwrap_or(u32::MAX).saturating_add(1)
        };
        Span {
            start,
            end: end.max(start),
            line: u32::try_from(at.start.line()).unwrap_or(u32::MAX),
            column,
        }
    }
}

/// The key that takes over the entries of other mappings.
const MERGE: &str = "<<";

/// Checks a node that stands as a key.
fn key_of(source: &Source, places: &HashMap<String, Span>, node: Node) -> Result<Key, Diagnostic> {
    let span = node.span;
    let Value::Scalar(scalar) = node.value else {
        return Err(Diagnostic::new(
            source,
            span,
            "this key is a collection; keys are text",
        ));
    };
    if scalar.plain && scalar.text.is_empty() {
        return Err(Diagnostic::new(source, span, "a key is missing before `:`"));
    }
    if let Some(first) = places.get(&scalar.text) {
        let message = format!(
            "key `{}` stands twice in this mapping; keep one",
            Shown(&scalar.text)
        );
        let earlier = format!("first: line {}, column {}", first.line, first.column);
        return Err(Diagnostic::new(source, span, message).note(earlier));
    }
    let merge = scalar.plain && scalar.text == MERGE;
    Ok(Key {
        text: scalar.text,
        span,
        merge,
    })
}

/// Cuts a long key for a message.
struct Shown<'a>(&'a str);

impl std::fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0.char_indices().nth(80) {
            Some((at, _)) => write!(f, "{}…", self.0.get(..at).unwrap_or_default()),
            None => f.write_str(self.0),
        }
    }
}

/// Returns the mappings that a merge key names.
fn mergeable(source: &Source, node: Node) -> Result<Vec<Node>, Diagnostic> {
    let wrong = |span| {
        Diagnostic::new(
            source,
            span,
            "`<<` takes an alias of a mapping, or a list of them",
        )
    };
    match node.value {
        Value::Mapping(_) => Ok(vec![node]),
        Value::Sequence(items) => match items.iter().find(|i| i.entries().is_none()) {
            Some(item) => Err(wrong(item.span)),
            None => Ok(items),
        },
        Value::Scalar(_) => Err(wrong(node.span)),
    }
}

/// Adds the entries of a merged mapping whose keys are not there yet.
fn merge(entries: &mut Vec<Entry>, places: &mut HashMap<String, Span>, merged: Node) {
    let Value::Mapping(added) = merged.value else {
        return;
    };
    for entry in added {
        if !places.contains_key(&entry.key) {
            places.insert(entry.key.clone(), entry.key_span);
            entries.push(entry);
        }
    }
}

/// Counts the nodes of a tree and the octets of its text.
fn weigh(node: &Node) -> (usize, usize) {
    match &node.value {
        Value::Scalar(scalar) => (1, scalar.text.len()),
        Value::Sequence(items) => items.iter().map(weigh).fold((1, 0), plus),
        Value::Mapping(entries) => entries
            .iter()
            .map(|e| plus(weigh(&e.value), (1, e.key.len())))
            .fold((1, 0), plus),
    }
}

const fn plus(a: (usize, usize), b: (usize, usize)) -> (usize, usize) {
    (a.0.saturating_add(b.0), a.1.saturating_add(b.1))
}
