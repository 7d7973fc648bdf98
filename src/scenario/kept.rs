//! Values that are kept beside a baseline: the matcher `snapshot`, and `within` of the baseline.

use super::compare::normalizer;
use super::compare_keys::NORMALIZERS;
use super::decode::Decoder;
use super::fields::{Fields as _, first_key};
use super::keys::{Shape, Table, must};
use super::model::{Basis, Condition, Expectation, Left, Matcher, Scenario};
use crate::yaml::{Node, Span};

/// The word for a value that is kept as it is.
const AS_IT_IS: &str = "as_is";

/// What may stand behind `snapshot`.
pub(super) const SNAPSHOT: Shape =
    Shape::AnyOf(&[Shape::Word(&[AS_IT_IS]), Shape::Record(&NORMALIZED)]);

/// Keys of `snapshot`.
pub(super) const NORMALIZED: Table = Table {
    name: "`snapshot`",
    about: "A value that is compared with what was accepted; how it stands to that is drift, and no verdict.",
    keys: &[must(
        "normalize",
        Shape::Words(NORMALIZERS),
        "named changes of the value before it is kept and compared, in this order",
    )],
};

/// Reads what stands behind `snapshot`, whose shape was checked.
pub(super) fn snapshot(node: &Node) -> Matcher {
    let words = node.texts_at("normalize");
    Matcher::Snapshot(words.iter().filter_map(|word| normalizer(word)).collect())
}

/// Reports a snapshot of what differs from run to run.
pub(super) fn volatile(decoder: Decoder<'_>, span: Span, left: &Left, matchers: &[Matcher]) {
    let Left::Fact { probe, path } = left else {
        return;
    };
    let is_time = path == "at" || path == "timing" || path.starts_with("timing.");
    if is_time && matchers.iter().any(|m| matches!(m, Matcher::Snapshot(_))) {
        decoder.error(
            span,
            format!("`{probe}.{path}` differs from run to run, so that every snapshot of it would; expected another fact, or `within` of the baseline"),
        );
    }
}

/// Reports a check that only takes snapshots at a level at which checks can fail.
pub(super) fn level(decoder: Decoder<'_>, node: &Node, basis: &Basis, condition: &Condition) {
    let Condition::Expect(lines) = condition else {
        return;
    };
    let only_kept = |line: &Expectation| {
        let mut all = line.matchers.iter();
        all.all(|m| matches!(m, Matcher::Snapshot(_))) && !line.matchers.is_empty()
    };
    if !lines.is_empty() && lines.iter().all(only_kept) && basis.level.can_fail() {
        let span = node.at("level").map_or_else(|| first_key(node), |n| n.span);
        decoder.error(
            span,
            format!(
                "check takes snapshots only, which always hold, so its level cannot be `{}`; expected `observe`",
                basis.level
            ),
        );
    }
}

/// Reports checks that keep values of a sampled axis: another draw has others.
pub(super) fn sampled(decoder: Decoder<'_>, checks: &[&Node], scenario: &Scenario) {
    let Some(axis) = scenario.matrix.iter().find(|a| a.values.is_sampled()) else {
        return;
    };
    for check in scenario
        .checks
        .iter()
        .filter(|check| keeps(&check.condition))
    {
        let name = check.id.rsplit('/').next();
        let mut nodes = checks.iter();
        let Some(node) = nodes.find(|node| node.text_at("id") == name) else {
            continue;
        };
        let span = node
            .at("expect")
            .map_or_else(|| first_key(node), |n| n.span);
        let message = format!(
            "axis `{}` is sampled, and a baseline holds the values of all instances; expected an axis whose values are written",
            axis.name
        );
        decoder.error(span, message);
    }
}

/// Says whether a check keeps values beside a baseline.
pub(super) fn keeps(condition: &Condition) -> bool {
    match condition {
        Condition::Expect(lines) => lines.iter().any(Expectation::is_kept),
        Condition::Expression { .. } => false,
    }
}
