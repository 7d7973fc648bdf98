//! Literals of a kind: what may stand where a value of that kind is due.

use super::decode::{seen, shorten};
use super::units::{self, Quantity};
use crate::fact::{Json, Kind, TextSet, Value};
use crate::resource::{AddressSet, AsnSet};
use crate::yaml::Node;

/// Reads a literal of a kind; says what stands there instead where it is none.
pub(super) fn literal(node: &Node, kind: Kind) -> Result<Value, String> {
    if kind == Kind::Json {
        return Ok(Value::Json(Json::new(node.to_json())));
    }
    if matches!(kind, Kind::Texts | Kind::Set) {
        let items = node
            .items()
            .ok_or_else(|| format!("{} stands here", seen(node)))?;
        let texts: Option<Vec<&str>> = items.iter().map(Node::text).collect();
        let texts = texts.ok_or_else(|| "a list of other than texts stands here".to_owned())?;
        return Ok(if kind == Kind::Set {
            Value::Set(TextSet::of(texts.into_iter().map(str::to_owned)))
        } else {
            Value::Texts(texts.into_iter().map(std::sync::Arc::from).collect())
        });
    }
    let Some(text) = node.text() else {
        return Err(format!("{} stands here", seen(node)));
    };
    let value = match kind {
        Kind::Flag => match text {
            "true" => Some(Value::Flag(true)),
            "false" => Some(Value::Flag(false)),
            _ => None,
        },
        // JSON's grammar knows no `+5` and no `010`, which YAML reads as text.
        Kind::Count => serde_json::from_str(text).ok().map(Value::Count),
        Kind::Ratio => units::share(text).map(Value::Ratio),
        Kind::Bytes => units::size(text).map(Value::Bytes),
        Kind::Duration => units::duration(text).map(Value::Duration),
        Kind::Time => units::time(text).map(Value::Time),
        Kind::Text => Some(Value::text(text)),
        Kind::Addresses => text.parse::<AddressSet>().ok().map(Value::Addresses),
        Kind::Asns => text.parse::<AsnSet>().ok().map(Value::Asns),
        Kind::Json | Kind::Texts | Kind::Set | Kind::Records | Kind::Distribution(_) => None,
    };
    value.ok_or_else(|| match units::quantity(text) {
        Some(quantity)
            if !matches!(quantity, Quantity::Number(_))
                || kind == Kind::Bytes
                || kind == Kind::Duration =>
        {
            format!("`{}` is {}", shorten(text), quantity.words())
        }
        _ => format!("{} stands here", seen(node)),
    })
}

/// Returns an example of a literal of a kind.
pub(super) const fn example(kind: Kind) -> &'static str {
    match kind {
        Kind::Flag => "`true` or `false`",
        Kind::Count => "a whole number",
        Kind::Ratio => "a share such as `5%`",
        Kind::Bytes => "a size such as `8 MiB`",
        Kind::Duration => "a duration such as `20s`",
        Kind::Time => "a time such as `2026-11-22T06:00:00Z`",
        Kind::Text => "text",
        Kind::Json => "a value",
        Kind::Texts | Kind::Set => "a list of texts",
        Kind::Records => "`count`, or an `expr` over its records",
        Kind::Addresses => "addresses such as `192.0.2.0/24`",
        Kind::Distribution(_) => "an `expr` over its members",
        Kind::Asns => "AS numbers such as `AS64496-AS64511`",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::{Source, parse};

    #[test]
    fn a_count_is_written_plainly() {
        let read = |text: &str| {
            let tree = parse(&Source::new("t", &format!("a: {text}"))).unwrap();
            literal(tree.get("a").unwrap(), Kind::Count)
        };
        assert_eq!(read("200"), Ok(Value::Count(200)));
        assert_eq!(read("-1"), Ok(Value::Count(-1)));
        for bad in ["+5", "010", "1.5", "5s", "many"] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }
}
