//! The words of matchers, and the shape of what stands behind each.

use super::decode::Decoder;
use super::kept::SNAPSHOT;
use super::keys::{Shape, Table, may, must};
use crate::yaml::{Node, hint};

const OPERAND: Shape = Shape::Any;
const OPERANDS: Shape = Shape::List(&Shape::Any);

/// Keys of `within`.
pub(super) const WITHIN: Table = Table {
    name: "`within`",
    about: "Near another value.",
    keys: &[
        must(
            "of",
            OPERAND,
            "the other value, often `${…}`, or `baseline`: the value that was accepted",
        ),
        may(
            "ratio",
            Shape::Share,
            "how near, as a share of the other value",
        ),
        may("abs", Shape::Quantity, "how near, in its unit"),
    ],
};

/// Keys of `count`.
pub(super) const COUNT: Table = Table {
    name: "`count`",
    about: "Bounds on the number of items or nodes.",
    keys: &[
        may("min", Shape::Count, "at least"),
        may("max", Shape::Count, "at most"),
        may("equals", Shape::Count, "exactly"),
    ],
};

/// Keys of `age`.
pub(super) const AGE: Table = Table {
    name: "`age`",
    about: "How long ago a time is, by the run's clock.",
    keys: &[
        may("min", Shape::Duration, "at least"),
        may("max", Shape::Duration, "at most"),
    ],
};

/// Keys of `expires_in`.
pub(super) const EXPIRES_IN: Table = Table {
    name: "`expires_in`",
    about: "How far ahead a time is, by the run's clock.",
    keys: &[must("min", Shape::Duration, "at least")],
};

/// JSON types that `type` knows.
const TYPES: &[&str] = &[
    "string", "number", "integer", "boolean", "array", "object", "null",
];

/// Matchers in the order in which they are documented.
pub(super) const MATCHERS: Table = Table {
    name: "matcher",
    about: "What must hold of a value; all of them. A bare value means `equals`.",
    keys: &[
        may("equals", OPERAND, "equal; a bare value means this"),
        may(
            "not",
            Shape::Matchers,
            "none of these hold; a bare value means not equal",
        ),
        may("one_of", OPERANDS, "equal to one of these"),
        may("none_of", OPERANDS, "equal to none of these"),
        may("present", Shape::Flag, "there (`true`) or not (`false`)"),
        may(
            "absent",
            Shape::Flag,
            "not there (`true`) or there (`false`)",
        ),
        may("type", Shape::Word(TYPES), "of this JSON type"),
        may(
            "matches",
            Shape::Text,
            "text that matches a regular expression somewhere",
        ),
        may("contains", OPERAND, "text or a list that contains this"),
        may(
            "contains_all",
            OPERANDS,
            "a list that contains all of these",
        ),
        may(
            "contains_none",
            OPERANDS,
            "text or a list that contains none of these",
        ),
        may("starts_with", Shape::Template, "text that begins with this"),
        may("ends_with", Shape::Template, "text that ends with this"),
        may(
            "media_type",
            Shape::Text,
            "a media type, parameters and case ignored",
        ),
        may("min", OPERAND, "at least this, with its unit"),
        may("max", OPERAND, "at most this, with its unit"),
        may(
            "between",
            OPERANDS,
            "at least the first, at most the second",
        ),
        may("within", Shape::Record(&WITHIN), "near another value"),
        may(
            "count",
            Shape::AnyOf(&[Shape::Count, Shape::Record(&COUNT)]),
            "the number of items or nodes",
        ),
        may(
            "each",
            Shape::Matchers,
            "every item or node holds these; an empty list holds",
        ),
        may("any", Shape::Matchers, "some item or node holds these"),
        may("none", Shape::Matchers, "no item or node holds these"),
        may("unique", Shape::Flag, "no two items are equal"),
        may("sorted", Shape::Flag, "items are in ascending order"),
        may("before", Shape::Template, "a time before this"),
        may("after", Shape::Template, "a time after this"),
        may(
            "age",
            Shape::Record(&AGE),
            "a time this long ago, by the run's clock",
        ),
        may(
            "expires_in",
            Shape::Record(&EXPIRES_IN),
            "a time this far ahead, by the run's clock",
        ),
        may(
            "subset_of",
            Shape::OneOrMany(&Shape::Template),
            "every item, address or AS number is in this",
        ),
        may(
            "superset_of",
            Shape::OneOrMany(&Shape::Template),
            "every item, address or AS number of this is there",
        ),
        may(
            "disjoint_from",
            Shape::OneOrMany(&Shape::Template),
            "nothing in common with this",
        ),
        may(
            "covers",
            Shape::OneOrMany(&Shape::Template),
            "addresses or AS numbers that contain all of this",
        ),
        may(
            "empty",
            Shape::Flag,
            "nothing in it (`true`), or something (`false`)",
        ),
        may(
            "snapshot",
            SNAPSHOT,
            "kept and compared with what was accepted: `as_is`, or normalized; always holds",
        ),
    ],
};

/// Matchers that the language reserves.
const RESERVED: &[&str] = &["schema"];

/// Checks the shape of the right side of an expectation.
pub(super) fn check(decoder: Decoder<'_>, node: &Node) {
    let Some(entries) = node.entries() else {
        return;
    };
    if entries.is_empty() {
        decoder.error(
            node.span,
            "no matcher stands here; expected one such as `min`",
        );
    }
    for entry in entries {
        match MATCHERS.key(&entry.key) {
            Some(key) => {
                decoder.check(&entry.value, &key.shape);
            }
            None if RESERVED.contains(&entry.key.as_str()) => decoder.error(
                entry.key_span,
                format!("matcher `{}` is reserved; it is not there yet", entry.key),
            ),
            None => {
                let hint = hint(&entry.key, MATCHERS.names(), || {
                    "expected one such as `equals`, `min`, `contains` or `count`".to_owned()
                });
                decoder.error(
                    entry.key_span,
                    format!("unknown matcher `{}`; {hint}", entry.key),
                );
            }
        }
    }
}
