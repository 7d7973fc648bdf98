//! A tree of DER: made, perhaps edited (`edit.rs`), then encoded.
//!
//! What wraps DER in octets (extension values, keys, contents) is a node too, so that a
//! fault can reach any place of an object before it is signed.

use jiff::Timestamp;

/// An element, before it is octets. Tags are of the low form, one octet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Der {
    /// A tag and its contents.
    Leaf(u8, Vec<u8>),
    /// A tag and elements as its contents.
    Node(u8, Vec<Der>),
    /// Octets as they are.
    Raw(Vec<u8>),
}

impl Der {
    /// Returns the encoding.
    pub(super) fn encode(&self) -> Vec<u8> {
        let mut out = Vec::new();
        self.write(&mut out);
        out
    }

    fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::Raw(octets) => out.extend(octets),
            Self::Leaf(tag, octets) => write_element(*tag, octets, out),
            Self::Node(tag, items) => {
                let mut contents = Vec::new();
                for item in items {
                    item.write(&mut contents);
                }
                write_element(*tag, &contents, out);
            }
        }
    }
}

fn write_element(tag: u8, contents: &[u8], out: &mut Vec<u8>) {
    out.push(tag);
    let length = contents.len().to_be_bytes();
    match u8::try_from(contents.len()) {
        Ok(short) if short < 0x80 => out.push(short),
        _ => {
            let octets: Vec<u8> = length.into_iter().skip_while(|o| *o == 0).collect();
            // A length has at most eight octets.
            out.push(0x80 | u8::try_from(octets.len()).unwrap_or(8));
            out.extend(octets);
        }
    }
    out.extend(contents);
}

/// Returns a SEQUENCE.
pub(super) fn sequence(items: impl Into<Vec<Der>>) -> Der {
    Der::Node(0x30, items.into())
}

/// Returns a SET OF, its elements in the order of their encodings.
pub(super) fn set_of(items: impl Into<Vec<Der>>) -> Der {
    let mut items = items.into();
    items.sort_by_cached_key(Der::encode);
    Der::Node(0x31, items)
}

/// Returns an element in explicit context tags, `[number]`.
pub(super) fn explicit(number: u8, items: impl Into<Vec<Der>>) -> Der {
    Der::Node(0xa0 | number, items.into())
}

/// Returns a primitive element with an implicit context tag, `[number]`.
pub(super) fn implicit(number: u8, octets: &[u8]) -> Der {
    Der::Leaf(0x80 | number, octets.to_vec())
}

/// Returns an INTEGER of an unsigned number.
pub(super) fn integer(number: u64) -> Der {
    unsigned(&number.to_be_bytes())
}

/// Returns an INTEGER of an unsigned number in big-endian octets.
pub(super) fn unsigned(octets: &[u8]) -> Der {
    let mut short: Vec<u8> = octets.iter().copied().skip_while(|o| *o == 0).collect();
    if short.first().is_none_or(|first| *first >= 0x80) {
        short.insert(0, 0);
    }
    Der::Leaf(0x02, short)
}

/// Returns BOOLEAN TRUE.
pub(super) fn truth() -> Der {
    Der::Leaf(0x01, vec![0xff])
}

/// Returns NULL.
pub(super) fn null() -> Der {
    Der::Leaf(0x05, Vec::new())
}

/// Returns an OBJECT IDENTIFIER from its dotted form.
pub(super) fn oid(dotted: &str) -> Der {
    let mut arcs = dotted.split('.').map(|arc| arc.parse::<u64>().unwrap_or(0));
    let top = arcs.next().unwrap_or(0).saturating_mul(40);
    let first = top.saturating_add(arcs.next().unwrap_or(0));
    let mut out = Vec::new();
    for arc in std::iter::once(first).chain(arcs) {
        write_arc(arc, &mut out);
    }
    Der::Leaf(0x06, out)
}

/// Writes a number in groups of seven bits, the highest first; all but the last have the top bit.
fn write_arc(arc: u64, out: &mut Vec<u8>) {
    let mut shift = 63;
    while shift > 0 && arc >> shift == 0 {
        shift -= 7;
    }
    loop {
        let [.., low] = (arc >> shift).to_be_bytes();
        if shift == 0 {
            out.push(low & 0x7f);
            break;
        }
        out.push(low | 0x80);
        shift -= 7;
    }
}

/// Returns a BIT STRING; the last `unused` bits of the octets do not count.
pub(super) fn bits(unused: u8, octets: &[u8]) -> Der {
    Der::Leaf(0x03, [&[unused], octets].concat())
}

/// Returns a BIT STRING that holds DER.
pub(super) fn bits_of(inner: Der) -> Der {
    Der::Node(0x03, vec![Der::Raw(vec![0]), inner])
}

/// Returns an OCTET STRING.
pub(super) fn octets(octets: &[u8]) -> Der {
    Der::Leaf(0x04, octets.to_vec())
}

/// Returns an OCTET STRING that holds DER.
pub(super) fn octets_of(inner: Der) -> Der {
    Der::Node(0x04, vec![inner])
}

/// Returns an IA5String.
pub(super) fn ia5(text: &str) -> Der {
    Der::Leaf(0x16, text.as_bytes().to_vec())
}

/// Returns a PrintableString.
pub(super) fn printable(text: &str) -> Der {
    Der::Leaf(0x13, text.as_bytes().to_vec())
}

/// Returns a GeneralizedTime, whole seconds.
pub(super) fn generalized(time: Timestamp) -> Der {
    Der::Leaf(
        0x18,
        time.strftime("%Y%m%d%H%M%SZ").to_string().into_bytes(),
    )
}

/// Returns a Time: UTCTime until 2049, GeneralizedTime from then on (RFC 5280, section 4.1.2.5).
pub(super) fn time(time: Timestamp) -> Der {
    let year = time.strftime("%Y").to_string();
    if year.as_str() < "2050" {
        Der::Leaf(
            0x17,
            time.strftime("%y%m%d%H%M%SZ").to_string().into_bytes(),
        )
    } else {
        generalized(time)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(der: &Der) -> String {
        data_encoding::HEXLOWER.encode(&der.encode())
    }

    #[test]
    fn elements_have_the_shortest_encoding() {
        for (der, expected) in [
            (integer(0), "020100"),
            (integer(127), "02017f"),
            (integer(128), "02020080"),
            (integer(4_294_967_295), "020500ffffffff"),
            (oid("1.2.840.113549.1.1.11"), "06092a864886f70d01010b"),
            (oid("2.5.29.15"), "0603551d0f"),
            (null(), "0500"),
            (sequence([truth(), integer(1)]), "30060101ff020101"),
            (set_of([integer(2), integer(1)]), "3106020101020102"),
            (octets_of(null()), "04020500"),
            (bits(7, &[0x80]), "03020780"),
        ] {
            assert_eq!(hex(&der), expected);
        }
        assert_eq!(octets(&[0; 200]).encode()[..3], [0x04, 0x81, 200]);
        assert_eq!(octets(&[0; 300]).encode()[..4], [0x04, 0x82, 1, 44]);
    }

    #[test]
    fn times_change_their_form_in_2050() {
        let at = |text: &str| hex(&time(text.parse().unwrap()));
        let ascii = |text: &str| data_encoding::HEXLOWER.encode(text.as_bytes());
        assert_eq!(
            at("2049-12-31T23:59:59Z"),
            format!("170d{}", ascii("491231235959Z"))
        );
        assert_eq!(
            at("2050-01-01T00:00:00Z"),
            format!("180f{}", ascii("20500101000000Z"))
        );
    }
}
