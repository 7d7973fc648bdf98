//! How fault files write a value of DER: hex, or a mapping with its type as the one key.

use super::der::{
    Der, bits, ia5, implicit, integer, octets, octets_of, oid, printable, sequence, set_of,
};
use super::keys;
use super::plan::Prefix;
use super::resources::prefix_bits;
use crate::mock::decode::Decoder;
use crate::yaml::Node;

/// Object identifiers that have a name in fault files, as steps of a path and as values.
const NAMES: &[(&str, &str)] = &[
    ("common-name", "2.5.4.3"),
    ("organization", "2.5.4.10"),
    ("subject-key", "2.5.29.14"),
    ("key-usage", "2.5.29.15"),
    ("issuer-name", "2.5.29.18"),
    ("basic-constraints", "2.5.29.19"),
    ("crl-number", "2.5.29.20"),
    ("crl-reason", "2.5.29.21"),
    ("crl-points", "2.5.29.31"),
    ("policies", "2.5.29.32"),
    ("any-policy", "2.5.29.32.0"),
    ("authority-key", "2.5.29.35"),
    ("policy-constraints", "2.5.29.36"),
    ("extended-usage", "2.5.29.37"),
    ("issuer-access", "1.3.6.1.5.5.7.1.1"),
    ("addresses", "1.3.6.1.5.5.7.1.7"),
    ("as-numbers", "1.3.6.1.5.5.7.1.8"),
    ("subject-access", "1.3.6.1.5.5.7.1.11"),
    ("cps", "1.3.6.1.5.5.7.2.1"),
    ("user-notice", "1.3.6.1.5.5.7.2.2"),
    ("server-auth", "1.3.6.1.5.5.7.3.1"),
    ("policy-v2", "1.3.6.1.5.5.7.14.3"),
    ("ocsp", "1.3.6.1.5.5.7.48.1"),
    ("ca-issuers", "1.3.6.1.5.5.7.48.2"),
    ("time-stamping", "1.3.6.1.5.5.7.48.3"),
    ("ca-repository", "1.3.6.1.5.5.7.48.5"),
    ("rpki-manifest", "1.3.6.1.5.5.7.48.10"),
    ("signed-object", "1.3.6.1.5.5.7.48.11"),
    ("rpki-notify", "1.3.6.1.5.5.7.48.13"),
    ("rsa-pss", "1.2.840.113549.1.1.10"),
    ("sha512-with-rsa", "1.2.840.113549.1.1.13"),
    ("data", "1.2.840.113549.1.7.1"),
    ("content-type", "1.2.840.113549.1.9.3"),
    ("message-digest", "1.2.840.113549.1.9.4"),
    ("signing-time", "1.2.840.113549.1.9.5"),
    ("capabilities", "1.2.840.113549.1.9.15"),
    ("binary-signing-time", "1.2.840.113549.1.9.16.2.46"),
    ("ghostbusters", "1.2.840.113549.1.9.16.1.35"),
    ("p-384", "1.3.132.0.34"),
    ("sha1", "1.3.14.3.2.26"),
    ("sha512", "2.16.840.1.101.3.4.2.3"),
];

/// Returns the object identifier of a name, or of its dotted form.
pub(super) fn named(text: &str) -> Option<Der> {
    let known = NAMES.iter().find(|(name, _)| *name == text);
    let is_dotted = text.contains('.') && text.split('.').all(|arc| arc.parse::<u64>().is_ok());
    let dotted = known
        .map(|(_, dotted)| *dotted)
        .or(is_dotted.then_some(text));
    dotted.map(oid)
}

/// What stands before a value.
const KINDS: &str = "`oid`, `integer`, `octets`, `bits`, `prefix`, `ia5`, `printable`, `utf8`, \
     `uri`, `utc`, `generalized`, `sequence`, `set`, `text`, `key` or a tag of two hex digits";

/// Reads a value: hex, or a mapping of one entry that says what it is.
pub(super) fn value(d: &Decoder, node: &Node) -> Option<Der> {
    if node.entries().is_none() {
        return hex(d, node).map(Der::Raw);
    }
    let [entry] = d.entries(node) else {
        d.complain(node.span, "a value has one type");
        return None;
    };
    let inner = &entry.value;
    let text = || d.scalar(inner);
    let ascii = |tag: u8| Some(Der::Leaf(tag, text()?.into_bytes()));
    match entry.key.as_str() {
        "oid" => {
            let id = text()?;
            let found = named(&id);
            if found.is_none() {
                d.complain(inner.span, format!("`{id}` names no object identifier"));
            }
            found
        }
        "integer" => Some(integer(d.parse(inner, "a whole number")?)),
        "octets" if inner.text().is_none() => Some(octets_of(value(d, inner)?)),
        "octets" => Some(octets(&hex(d, inner)?)),
        "bits" => Some(bits(0, &hex(d, inner)?)),
        "prefix" => {
            let prefix = text().and_then(|text| Prefix::parse(&text));
            if prefix.is_none() {
                d.complain(inner.span, "expected a prefix such as `192.0.2.0/24`");
            }
            prefix.map(|p| prefix_bits(p.space, p.address, p.length))
        }
        "ia5" => Some(ia5(&text()?)),
        "printable" => Some(printable(&text()?)),
        "utf8" => ascii(0x0c),
        "uri" => Some(implicit(6, text()?.as_bytes())),
        "utc" => ascii(0x17),
        "generalized" => ascii(0x18),
        "sequence" => Some(sequence(list(d, inner)?)),
        "set" => Some(set_of(list(d, inner)?)),
        "text" => Some(Der::Raw(text()?.into_bytes())),
        "key" => key(d, inner),
        other => match u8::from_str_radix(other, 16) {
            Ok(tag) if other.len() == 2 => Some(match inner.items() {
                Some(_) => Der::Node(tag, list(d, inner)?),
                None => Der::Leaf(tag, hex(d, inner)?),
            }),
            _ => {
                d.complain(
                    entry.key_span,
                    format!("unknown type `{other}`; expected {KINDS}"),
                );
                None
            }
        },
    }
}

fn list(d: &Decoder, node: &Node) -> Option<Vec<Der>> {
    let items = node.items();
    if items.is_none() {
        d.complain(node.span, "expected a sequence of values");
    }
    items?.iter().map(|item| value(d, item)).collect()
}

fn hex(d: &Decoder, node: &Node) -> Option<Vec<u8>> {
    let text = d.scalar(node)?.replace(' ', "");
    let octets = data_encoding::HEXLOWER_PERMISSIVE.decode(text.as_bytes());
    if octets.is_err() {
        d.complain(node.span, format!("`{text}` is not hex"));
    }
    octets.ok()
}

/// Returns the `SubjectPublicKeyInfo` of an authority by its number, or of the `long` key.
fn key(d: &Decoder, node: &Node) -> Option<Der> {
    let found = match node.text() {
        Some("long") => keys::long().ok(),
        _ => keys::authority(d.parse(node, "`long` or the number of a key")?).ok(),
    };
    found.map(|key| key.info())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::{Source, parse};

    #[track_caller]
    fn check(text: &str, expected: Option<&str>) {
        let source = Source::new("value.yaml", text);
        let d = Decoder::new(&source);
        let read = value(&d, &parse(&source).unwrap());
        let read = d
            .finish(read)
            .ok()
            .map(|der| data_encoding::HEXLOWER.encode(&der.encode()));
        assert_eq!(read, expected.map(|text| text.replace(' ', "")), "{text}");
    }

    #[test]
    fn values_are_hex_or_have_a_type() {
        check("'02 01 05'", Some("020105"));
        check("{ integer: 300 }", Some("0202012c"));
        check("{ oid: key-usage }", Some("0603551d0f"));
        check("{ oid: 2.5.29.15 }", Some("0603551d0f"));
        check("{ octets: '0001' }", Some("04020001"));
        check("{ octets: { integer: 1 } }", Some("0403020101"));
        check("{ bits: 'ff' }", Some("030200ff"));
        check("{ prefix: 10.32.0.0/12 }", Some("0303040a20"));
        check("{ uri: 'a:b' }", Some("8603613a62"));
        check("{ text: ab }", Some("6162"));
        check(
            "{ sequence: [{ ia5: a }, { set: [] }] }",
            Some("3005 160161 3100"),
        );
        check("{ a1: [{ integer: 1 }] }", Some("a103020101"));
        check("{ '82': '0f' }", Some("82010f"));
        for wrong in [
            "xyz",
            "{}",
            "{ oid: no-such }",
            "{ kind: 1 }",
            "{ prefix: x }",
            "{ set: 1 }",
            "{ key: x }",
        ] {
            check(wrong, None);
        }
    }
}
