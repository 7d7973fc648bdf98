//! Tables of keys: one table per mapping drives decoding, the JSON Schema and "did you mean".
//!
//! A table says which keys a mapping may have, what may stand behind each, and what it
//! means. [`Decoder::check`](super::decode::Decoder::check) walks a node tree along the
//! tables and reports every mistake; decoders then read what is known to be well-formed.

/// The keys of one kind of mapping.
#[derive(Debug)]
pub(super) struct Table {
    /// Its name in schemas and messages, without article: `check`.
    pub(super) name: &'static str,
    /// One sentence: what the mapping describes.
    pub(super) about: &'static str,
    /// The keys in the order in which they are documented.
    pub(super) keys: &'static [Key],
}

/// A key of a mapping.
#[derive(Debug)]
pub(super) struct Key {
    /// The key.
    pub(super) name: &'static str,
    /// What may stand behind it.
    pub(super) shape: Shape,
    /// Whether it must be there.
    pub(super) required: bool,
    /// What it means, and its default.
    pub(super) meaning: &'static str,
}

/// Declares a key that must be there.
pub(super) const fn must(name: &'static str, shape: Shape, meaning: &'static str) -> Key {
    Key {
        name,
        shape,
        required: true,
        meaning,
    }
}

/// Declares a key that may be there.
pub(super) const fn may(name: &'static str, shape: Shape, meaning: &'static str) -> Key {
    Key {
        name,
        shape,
        required: false,
        meaning,
    }
}

/// What may stand behind a key.
#[derive(Clone, Copy, Debug)]
pub(super) enum Shape {
    /// Any scalar, read as the text that was written.
    Text,
    /// A dotted id of lower-case words: `rdap.help.profile`.
    Id,
    /// One lower-case word with `-`: `one-asn-model`.
    Name,
    /// A name that expressions can read: letters, digits and `_`.
    Identifier,
    /// An id of a check, rule or comparison: dotted words, with `/` before a check's.
    CheckId,
    /// Ids with `*` for one component and `**` for any number.
    Glob,
    /// A clause or agreement: `rfc9083#4.2`.
    Reference,
    /// The id of a registry.
    Registry,
    /// One of some words.
    Word(&'static [&'static str]),
    /// One of some words, or a list of them.
    Words(&'static [&'static str]),
    /// `true` or `false`.
    Flag,
    /// A whole number.
    Count,
    /// A decimal number.
    Number,
    /// A share such as `5%`, or a number.
    Share,
    /// A duration such as `20s`.
    Duration,
    /// A size such as `8 MiB`.
    Size,
    /// A number, or a quantity with any unit.
    Quantity,
    /// A rate such as `2/s`.
    Rate,
    /// A day such as `2026-11-22`.
    Date,
    /// A point in time such as `2026-11-22T06:00:00Z`.
    Time,
    /// An absolute URL.
    Url,
    /// A CEL expression.
    Expression,
    /// Text with `${…}`.
    Template,
    /// One of the shape, or a list of them.
    OneOrMany(&'static Shape),
    /// A list.
    List(&'static Shape),
    /// A mapping with free keys.
    MapOf(&'static Shape),
    /// A mapping with identifiers as keys.
    NamesOf(&'static Shape),
    /// A mapping with ids of registries, or `default`, as keys.
    PerRegistry(&'static Shape),
    /// A mapping with known keys.
    Record(&'static Table),
    /// A mapping whose table depends on which key is there.
    Choice(&'static Choice),
    /// One of several shapes, told apart by scalar, sequence or mapping.
    AnyOf(&'static [Shape]),
    /// A probe: the key of its kind and that kind's arguments.
    Probe,
    /// Lines of `expect`: what is looked at, and matchers.
    Expect,
    /// What must hold of a value: the value itself, or a mapping of matchers.
    Matchers,
    /// Any value.
    Any,
}

/// Tables told apart by a key.
#[derive(Debug)]
pub(super) struct Choice {
    /// A key, and the table that holds where it is there.
    pub(super) by: &'static [(&'static str, &'static Table)],
    /// The table that holds otherwise.
    pub(super) otherwise: &'static Table,
}

impl Shape {
    /// Returns what is expected, with its article and an example.
    pub(super) fn words(&self) -> String {
        match self {
            Self::Text => "text".to_owned(),
            Self::Id => "an id of lower-case words such as `rdap.help`".to_owned(),
            Self::Name => "a lower-case name such as `one-asn-model`".to_owned(),
            Self::Identifier => "a name of letters, digits and `_`, such as `help`".to_owned(),
            Self::CheckId => "an id such as `rdap.help/answers`".to_owned(),
            Self::Glob => "ids such as `rdap.link.*`".to_owned(),
            Self::Reference => "a clause such as `rfc9083#4.2`".to_owned(),
            Self::Registry => "the id of a registry such as `apnic`".to_owned(),
            Self::Word(words) => one_of(words),
            Self::Words(words) => format!("{}, or a list of them", one_of(words)),
            Self::Flag => "`true` or `false`".to_owned(),
            Self::Count => "a whole number".to_owned(),
            Self::Number => "a number".to_owned(),
            Self::Share => "a share such as `5%`".to_owned(),
            Self::Duration => "a duration such as `20s`".to_owned(),
            Self::Size => "a size such as `8 MiB`".to_owned(),
            Self::Quantity => "a number or a quantity such as `20s` or `8 MiB`".to_owned(),
            Self::Rate => "a rate such as `2/s`".to_owned(),
            Self::Date => "a day such as `2026-11-22`".to_owned(),
            Self::Time => "a time such as `2026-11-22T06:00:00Z`".to_owned(),
            Self::Url => "an absolute URL".to_owned(),
            Self::Expression => "an expression".to_owned(),
            Self::Template => "text".to_owned(),
            Self::OneOrMany(item) => format!("{}, or a list of them", item.words()),
            Self::List(_) => "a list".to_owned(),
            Self::MapOf(_) | Self::NamesOf(_) => "a mapping".to_owned(),
            Self::PerRegistry(_) => "a mapping with ids of registries as keys".to_owned(),
            Self::Record(table) => format!("a mapping that describes a {}", table.name),
            Self::Choice(choice) => {
                format!("a mapping that describes a {}", choice.otherwise.name)
            }
            Self::AnyOf(shapes) => {
                let words: Vec<String> = shapes.iter().map(Self::words).collect();
                words.join(", or ")
            }
            Self::Probe => "a mapping that describes a probe".to_owned(),
            Self::Expect => "a mapping of facts to matchers".to_owned(),
            Self::Matchers => "a value, or a mapping of matchers".to_owned(),
            Self::Any => "a value".to_owned(),
        }
    }
}

impl Table {
    /// Returns the key with a name; `None` if there is none.
    pub(super) fn key(&self, name: &str) -> Option<&'static Key> {
        self.keys.iter().find(|k| k.name == name)
    }

    /// Iterates over the names of the keys.
    pub(super) fn names(&self) -> impl Iterator<Item = &'static str> {
        self.keys.iter().map(|k| k.name)
    }
}

/// Returns `one of `a`, `b` or `c``; at most twelve words are shown.
pub(super) fn one_of(words: &[&str]) -> String {
    const SHOWN: usize = 12;
    let quoted: Vec<String> = words.iter().take(SHOWN).map(|w| format!("`{w}`")).collect();
    match quoted.split_last() {
        None => "nothing".to_owned(),
        Some((last, [])) => last.clone(),
        Some(_) if words.len() > SHOWN => format!("{} …", quoted.join(", ")),
        Some((last, rest)) => format!("{} or {last}", rest.join(", ")),
    }
}
