//! Files of expected changes: what may differ between two targets, and why.

use super::data::known_registries;
use super::decode::{Decoder, Problems};
use super::fields::Fields as _;
use super::keys::{Shape, Table, may, must};
use crate::registry::RegistryId;
use crate::verdict::twin::ExpectedChange;
use crate::yaml::{Diagnostics, Source, parse};

/// Keys of a file of expected changes.
pub(super) const EXPECTED: Table = Table {
    name: "expected changes",
    about: "What may differ between two targets, such as production and staging before a release.",
    keys: &[must(
        "expected",
        Shape::List(&Shape::Record(&CHANGE)),
        "the changes",
    )],
};

/// Keys of an expected change.
const CHANGE: Table = Table {
    name: "expected change",
    about: "What may differ, where, and why.",
    keys: &[
        must(
            "change",
            Shape::Glob,
            "which facts, as `<scenario>/<probe>.<fact>` with `*` and `**`",
        ),
        may(
            "at",
            Shape::Text,
            "where in them: a JSON Pointer with `*` and `**`, with all that is below; default anywhere",
        ),
        may(
            "registries",
            Shape::List(&Shape::Registry),
            "at which registries; default all",
        ),
        must("reason", Shape::Text, "why"),
    ],
};

/// Reads a file of expected changes.
///
/// # Errors
///
/// Every mistake with its place.
pub fn expected(
    source: &Source,
    registries: &[RegistryId],
) -> Result<Vec<ExpectedChange>, Diagnostics> {
    let node = parse(source).map_err(|problem| Diagnostics(vec![problem]))?;
    let problems = Problems::default();
    let decoder = Decoder::new(source, &problems);
    decoder.check(&node, &Shape::Record(&EXPECTED));
    let changes = node
        .nodes_at("expected")
        .into_iter()
        .map(|change| ExpectedChange {
            change: change.string_at("change"),
            at: change.string_at("at"),
            registries: change
                .at("registries")
                .map(|node| known_registries(decoder, node, registries))
                .unwrap_or_default(),
            reason: change.string_at("reason"),
        })
        .collect();
    let (errors, _) = problems.into_parts();
    if errors.is_empty() {
        Ok(changes)
    } else {
        Err(errors)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<ExpectedChange>, String> {
        let registries = [RegistryId::parse("apnic").unwrap()];
        let source = Source::new("release.yaml", text);
        expected(&source, &registries).map_err(|errors| errors.render(false))
    }

    #[test]
    fn changes_are_read_and_mistakes_have_their_place() {
        let all = read("expected:\n  - { change: rdap.help/help.json, at: /notices/**, registries: [apnic], reason: New terms }\n").unwrap();
        assert_eq!(all.len(), 1);
        assert_eq!(all[0].at, "/notices/**");
        let wrong = read("expected:\n  - { change: rdap.help/help.json, registries: [apnik] }\n")
            .unwrap_err();
        assert!(
            wrong.contains("release.yaml:2:7") && wrong.contains("`reason`"),
            "{wrong}"
        );
        assert!(wrong.contains("did you mean `apnic`"), "{wrong}");
    }
}
