//! The words of comparisons: their rules with arguments, normalizers, and all keys.

use super::basis;
use super::keys::{Shape, Table, may, must};
use super::poll;

/// Rules of comparison with their arguments.
pub(super) const RULES: &[(&str, &Table)] = &[
    ("equal", &NO_ARGS),
    ("one_of", &ONE_OF),
    ("within_ratio", &WITHIN_RATIO),
    ("within_abs", &WITHIN_ABS),
    ("ordered", &ORDERED),
    ("disjoint", &NO_ARGS),
    ("exactly_one", &NO_ARGS),
    ("at_most_one", &NO_ARGS),
    ("quorum", &QUORUM),
    ("subset_of_common", &NO_ARGS),
    ("union_covers", &UNION_COVERS),
    ("report", &NO_ARGS),
];

/// Names of the rules.
const RULE_WORDS: &[&str] = &[
    "equal",
    "one_of",
    "within_ratio",
    "within_abs",
    "ordered",
    "disjoint",
    "exactly_one",
    "at_most_one",
    "quorum",
    "subset_of_common",
    "union_covers",
    "report",
];

/// Names of normalizers.
pub(super) const NORMALIZERS: &[&str] = &[
    "sort",
    "unique",
    "lower",
    "whitespace",
    "final_dot",
    "sort_keys",
    "urls",
    "utc_seconds",
    "handle_pattern",
    "times",
    "shape",
];

const NO_ARGS: Table = Table {
    name: "rule without arguments",
    about: "This rule has no arguments.",
    keys: &[],
};
const ONE_OF: Table = Table {
    name: "`args` of `one_of`",
    about: "Each value is one of these.",
    keys: &[must(
        "values",
        Shape::List(&Shape::Any),
        "the values that are allowed",
    )],
};
const WITHIN_RATIO: Table = Table {
    name: "`args` of `within_ratio`",
    about: "The largest value over the smallest is at most this.",
    keys: &[must(
        "ratio",
        Shape::Number,
        "largest over smallest, at least 1",
    )],
};
const WITHIN_ABS: Table = Table {
    name: "`args` of `within_abs`",
    about: "Each value is this near to a reference.",
    keys: &[
        must("abs", Shape::Quantity, "how near, with the value's unit"),
        may(
            "reference",
            Shape::Text,
            "`median`, the id of a registry, or a constant; default `median`",
        ),
    ],
};
const ORDERED: Table = Table {
    name: "`args` of `ordered`",
    about: "Named values do not decrease in this order.",
    keys: &[
        must("sequence", Shape::List(&Shape::Text), "names in order"),
        may("max_gap", Shape::Quantity, "largest step between neighbors"),
    ],
};
const QUORUM: Table = Table {
    name: "`args` of `quorum`",
    about: "A group of equal values has at least this many members.",
    keys: &[
        must(
            "agree",
            Shape::Count,
            "members of the largest group, at least",
        ),
        may("of", Shape::Count, "participants with a value, at least"),
    ],
};
const UNION_COVERS: Table = Table {
    name: "`args` of `union_covers`",
    about: "The values together cover a set.",
    keys: &[must("set", Shape::Template, "`${…}` that yields the set")],
};

/// Keys of `tolerance`.
pub(super) const TOLERANCE: Table = Table {
    name: "tolerance",
    about: "Difference that is still equal.",
    keys: &[
        may(
            "symmetric_difference",
            Shape::Share,
            "largest share of members that are in one set only",
        ),
        may(
            "absolute",
            Shape::Quantity,
            "largest difference of numbers, with their unit",
        ),
    ],
};

/// Keys of a comparison.
pub(super) const COMPARISON: Table = Table {
    name: "comparison",
    about: "What should agree among registries, or along an axis of the matrix.",
    keys: &[
        must(
            "id",
            Shape::Name,
            "its name within the scenario, never reused",
        ),
        may(
            "title",
            Shape::Text,
            "one sentence: what should agree; default from the catalogue id it covers",
        ),
        basis::LEVEL,
        basis::REF,
        basis::OPERATOR,
        basis::COVERS,
        must(
            "value",
            Shape::AnyOf(&[Shape::Expression, Shape::MapOf(&Shape::Expression)]),
            "an expression with one value per participant; for `ordered` a mapping of names to expressions",
        ),
        may(
            "when",
            Shape::Expression,
            "participants for which this does not hold are excluded",
        ),
        must(
            "rule",
            Shape::Word(RULE_WORDS),
            "what must hold of the values",
        ),
        may(
            "declared",
            Shape::Expression,
            "with `report`: what the registry declares the value to be, such as `registry.parameters['rpki.manifest-window']`; shown beside what is measured",
        ),
        may("args", Shape::MapOf(&Shape::Any), "arguments of the rule"),
        may(
            "min_participants",
            Shape::Count,
            "fewest participants with a value, fewer are insufficient; default 3, or 2 along an axis",
        ),
        may(
            "missing",
            Shape::Word(&["exclude", "outlier", "inconclusive"]),
            "what a participant without a value is; default `inconclusive`",
        ),
        may(
            "attribute",
            Shape::Word(&["set", "outlier"]),
            "whose a divergence is; `outlier` makes it the outliers' `fail`, which needs a clause; default `set`",
        ),
        may(
            "grace",
            Shape::Duration,
            "how long a divergence must have been seen before it counts",
        ),
        may(
            "tolerance",
            Shape::Record(&TOLERANCE),
            "difference that is still equal",
        ),
        may(
            "normalize",
            Shape::Words(NORMALIZERS),
            "named changes of the value before it is compared, in order",
        ),
        may(
            "across",
            Shape::Identifier,
            "compares the values of this axis within each registry, instead of registries",
        ),
        may(
            "group_by",
            Shape::Expression,
            "splits the participants; each group is compared by itself",
        ),
        poll::OVER_TIME,
        basis::SINCE,
        basis::RENAMED_FROM,
        basis::CAUSE,
    ],
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_has_its_arguments() {
        let words: Vec<&str> = RULES.iter().map(|(word, _)| *word).collect();
        assert_eq!(words, RULE_WORDS);
    }
}
