//! Getters for mappings whose shape was checked.

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};

use super::units;
use crate::registry::RegistryId;
use crate::yaml::{Node, Span};

/// Getters for mappings that were checked: what is absent or was reported is `None` or empty.
pub(super) trait Fields {
    /// Returns the value of a key that is neither absent nor null.
    fn at(&self, key: &str) -> Option<&Node>;

    /// Returns the text of a scalar.
    fn text_at(&self, key: &str) -> Option<&str> {
        self.at(key)?.text()
    }

    /// Returns the text of a scalar, empty where there is none.
    fn string_at(&self, key: &str) -> String {
        self.text_at(key).unwrap_or_default().to_owned()
    }

    /// Returns the nodes of one or many.
    fn nodes_at(&self, key: &str) -> Vec<&Node> {
        self.at(key).map(many).unwrap_or_default()
    }

    /// Returns the texts of one or many.
    fn texts_at(&self, key: &str) -> Vec<String> {
        let nodes = self.nodes_at(key);
        nodes
            .iter()
            .filter_map(|n| n.text())
            .map(str::to_owned)
            .collect()
    }

    /// Returns a flag.
    fn flag_at(&self, key: &str) -> Option<bool> {
        match self.text_at(key)? {
            "true" => Some(true),
            "false" => Some(false),
            _ => None,
        }
    }

    /// Returns a whole number.
    fn count_at(&self, key: &str) -> Option<u64> {
        units::count(self.text_at(key)?)
    }

    /// Returns a duration.
    fn duration_at(&self, key: &str) -> Option<SignedDuration> {
        units::duration(self.text_at(key)?)
    }

    /// Returns a size.
    fn size_at(&self, key: &str) -> Option<u64> {
        units::size(self.text_at(key)?)
    }

    /// Returns a share or number.
    fn share_at(&self, key: &str) -> Option<f64> {
        units::share(self.text_at(key)?)
    }

    /// Returns a day.
    fn date_at(&self, key: &str) -> Option<Date> {
        units::date(self.text_at(key)?)
    }

    /// Returns a time.
    fn time_at(&self, key: &str) -> Option<Timestamp> {
        units::time(self.text_at(key)?)
    }

    /// Returns the id of a registry.
    fn registry_at(&self, key: &str) -> Option<RegistryId> {
        RegistryId::parse(self.text_at(key)?).ok()
    }

    /// Returns a word of a closed set.
    fn word_at<T: std::str::FromStr>(&self, key: &str) -> Option<T> {
        self.text_at(key)?.parse().ok()
    }
}

impl Fields for Node {
    fn at(&self, key: &str) -> Option<&Node> {
        self.get(key).filter(|n| !n.is_null())
    }
}

/// Returns the items of a sequence, or the node itself.
pub(super) fn many(node: &Node) -> Vec<&Node> {
    node.items()
        .map_or_else(|| vec![node], |items| items.iter().collect())
}

/// Returns the place of a mapping's first key, which says more than the whole mapping.
pub(super) fn first_key(node: &Node) -> Span {
    node.entries()
        .and_then(|e| e.first())
        .map_or(node.span, |e| e.key_span)
}

/// Reads what may be absent: `None` if it is there and `read` reported a mistake.
#[expect(clippy::option_option, reason = "absent, or there with a mistake")]
pub(super) fn optional<T>(
    node: Option<&Node>,
    read: impl FnOnce(&Node) -> Option<T>,
) -> Option<Option<T>> {
    match node {
        Some(node) => read(node).map(Some),
        None => Some(None),
    }
}
