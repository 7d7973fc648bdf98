//! Single fields: numbers and addresses, with whether they are written as they should be.

use std::net::Ipv6Addr;

/// Most fields of a record whose content is read; the NRO's combined file has nine.
pub(super) const MOST: usize = 9;

/// The fields of a line.
#[derive(Debug)]
pub(super) struct Fields<'a> {
    /// The first of them, without white space at their ends, which means nothing; empty where there are fewer.
    pub(super) parts: [&'a [u8]; MOST],
    /// How many there are.
    pub(super) count: usize,
}

impl<'a> Fields<'a> {
    /// Cuts a line at every `|`.
    pub(super) fn of(line: &'a [u8]) -> Self {
        let mut parts: [&[u8]; MOST] = [&[]; MOST];
        let mut rest = line.split(|octet| *octet == b'|');
        let mut count = 0_usize;
        for slot in &mut parts {
            let Some(part) = rest.next() else {
                return Self { parts, count };
            };
            *slot = part.trim_ascii();
            count = count.saturating_add(1);
        }
        count = count.saturating_add(rest.count());
        Self { parts, count }
    }
}

/// Reads digits and nothing else; `None` beyond `u64` too.
pub(super) fn decimal(field: &[u8]) -> Option<u64> {
    if field.is_empty() {
        return None;
    }
    field.iter().try_fold(0_u64, |number, octet| {
        let digit = octet.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        number.checked_mul(10)?.checked_add(u64::from(digit))
    })
}

/// Says whether digits have no zero before them.
pub(super) const fn is_plain(field: &[u8]) -> bool {
    !matches!(field, [b'0', _, ..])
}

/// Reads an address of IPv4, zeros before its octets tolerated; the flag says that there are none.
pub(super) fn ipv4(field: &[u8]) -> Option<(u128, bool)> {
    let (mut address, mut parts, mut plain) = (0_u128, 0_u8, true);
    for part in field.split(|octet| *octet == b'.') {
        if part.len() > 3 {
            return None;
        }
        let octet = decimal(part).and_then(|n| u8::try_from(n).ok())?;
        plain &= is_plain(part);
        address = address << 8 | u128::from(octet);
        parts = parts.saturating_add(1);
    }
    (parts == 4).then_some((address, plain))
}

/// Reads an address of IPv6; the flag says that it is written as RFC 5952 has it.
pub(super) fn ipv6(field: &[u8]) -> Option<(u128, bool)> {
    if let Some(address) = short(field) {
        return Some((address, true));
    }
    let text = std::str::from_utf8(field).ok()?;
    let address: Ipv6Addr = text.parse().ok()?;
    Some((address.to_bits(), address.to_string() == text))
}

/// Reads the form that nearly all have, at most six groups without zeros and `::`; `None` for every other.
fn short(field: &[u8]) -> Option<u128> {
    let groups = field.strip_suffix(b"::")?;
    let (mut bits, mut count) = (0_u128, 0_u32);
    for group in groups.split(|octet| *octet == b':') {
        if group.is_empty() || group.len() > 4 || group.first() == Some(&b'0') || count == 6 {
            return None;
        }
        let mut number = 0_u128;
        for octet in group {
            let digit = match octet {
                b'0'..=b'9' => octet.wrapping_sub(b'0'),
                b'a'..=b'f' => octet.wrapping_sub(b'a').wrapping_add(10),
                _ => return None,
            };
            number = number << 4 | u128::from(digit);
        }
        bits = bits << 16 | number;
        count = count.saturating_add(1);
    }
    Some(bits << (16 * 8_u32.saturating_sub(count)))
}

/// Cuts hostile text for a message; what is not printable is shown as `\x00`.
pub(super) fn shown(field: &[u8]) -> String {
    const LONGEST: usize = 60;
    let mut text: String = field
        .iter()
        .take(LONGEST)
        .flat_map(|octet| std::ascii::escape_default(*octet))
        .map(char::from)
        .collect();
    if field.len() > LONGEST {
        text.push('…');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_cut_at_every_bar() {
        let fields = Fields::of(b"a| b |c");
        assert_eq!(fields.count, 3);
        assert_eq!(fields.parts[..4], [&b"a"[..], b"b", b"c", b""]);
        assert_eq!(Fields::of(b"").count, 1);
        assert_eq!(Fields::of(b"||||||||||").count, 11);
    }

    #[test]
    fn numbers_are_digits() {
        assert_eq!(decimal(b"18446744073709551615"), Some(u64::MAX));
        for field in ["", "+1", "-1", "1 ", "0x1", "18446744073709551616"] {
            assert_eq!(decimal(field.as_bytes()), None, "{field}");
        }
        assert!(is_plain(b"0") && is_plain(b"10") && !is_plain(b"010"));
    }

    #[test]
    fn addresses_of_ipv4_may_have_zeros_before_their_octets() {
        assert_eq!(ipv4(b"192.0.2.1"), Some((0xc000_0201, true)));
        assert_eq!(ipv4(b"008.030.000.000"), Some((0x081e_0000, false)));
        for field in [
            "1.2.3",
            "1.2.3.4.5",
            "1.2.3.256",
            "1.2.3.",
            "2001::",
            "1.2.3.0004",
        ] {
            assert_eq!(ipv4(field.as_bytes()), None, "{field}");
        }
    }

    #[test]
    fn addresses_of_ipv6_are_compared_with_their_canonical_text() {
        for (field, plain) in [
            ("2001:db8::", true),
            ("2c0f:1000::", true),
            ("::", true),
            ("2001:0db8::", false),
            ("2001:DB8::", false),
            ("2001:db8:0:0:1::", true),
            ("2001:db8:0:0::", false),
            ("2001:db8:1:2:3:4::", true),
            ("2001:db8:1:2:3:4:5::", false),
            ("2001:db8::1", true),
            ("2001:db8:0:1::", true),
            ("::ffff:192.0.2.1", true),
        ] {
            let address: Ipv6Addr = field.parse().unwrap();
            let expected = Some((address.to_bits(), plain));
            assert_eq!(ipv6(field.as_bytes()), expected, "{field}");
        }
        for field in [
            "",
            ":",
            "2001:db8",
            "2001:db8::/32",
            "192.0.2.1",
            ":::",
            "g::",
        ] {
            assert_eq!(ipv6(field.as_bytes()), None, "{field}");
        }
    }

    #[test]
    fn hostile_text_is_cut_and_escaped() {
        assert_eq!(shown(b"a\0\xff"), "a\\x00\\xff");
        assert_eq!(shown(&[b'a'; 100]).chars().count(), 61);
    }
}
