//! Values of the extensions that the RPKI's profiles have.
//!
//! Each reader returns `None` where the value is not of its ASN.1 type.
//!
//! Source: RFC 5280, sections 4.2.1 and 4.2.2.

use super::der::{BIT_STRING, BOOLEAN, INTEGER, Item, OID, SEQUENCE};

/// Tag of a URI among the forms of `GeneralName`.
pub(super) const URI: u8 = 0x86;

/// `BasicConstraints`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Basic<'a> {
    pub at: usize,
    pub is_ca: bool,
    /// Offset of an encoded `cA FALSE`, which DER leaves out.
    pub explicit_false: Option<usize>,
    pub path_length: Option<Item<'a>>,
}

impl<'a> Basic<'a> {
    pub(super) fn read(item: &Item<'a>) -> Option<Self> {
        let mut reader = sequence(item)?;
        let flag = reader.take(BOOLEAN);
        let is_ca = flag.is_some_and(|item| !item.is_zero());
        let path_length = reader.take(INTEGER);
        reader.is_empty().then_some(Self {
            at: item.at,
            is_ca,
            explicit_false: flag.filter(|_| !is_ca).map(|item| item.at),
            path_length,
        })
    }
}

fn sequence<'a>(item: &Item<'a>) -> Option<super::der::Reader<'a>> {
    (item.tag == SEQUENCE).then(|| item.reader())
}

/// Reads `KeyUsage`: bit 0 is the highest of sixteen.
pub(super) fn key_usage(item: &Item<'_>) -> Option<(u16, usize)> {
    if item.tag != BIT_STRING {
        return None;
    }
    let (_, octets) = item.bits()?;
    let octet = |index: usize| u16::from(octets.get(index).copied().unwrap_or_default());
    (octets.len() <= 2).then(|| (octet(0) << 8 | octet(1), item.at))
}

/// `AuthorityKeyIdentifier`.
#[derive(Clone, Copy, Debug)]
pub(super) struct AuthorityKey<'a> {
    pub at: usize,
    pub key: Option<Item<'a>>,
    /// `authorityCertIssuer` or `authorityCertSerialNumber`, whichever comes first.
    pub other: Option<Item<'a>>,
}

impl<'a> AuthorityKey<'a> {
    pub(super) fn read(item: &Item<'a>) -> Option<Self> {
        let mut reader = sequence(item)?;
        let key = reader.take(0x80);
        let issuer = reader.take(0xA1);
        let serial = reader.take(0x82);
        reader.is_empty().then_some(Self {
            at: item.at,
            key,
            other: issuer.or(serial),
        })
    }
}

/// Reads `ExtKeyUsageSyntax`.
pub(super) fn purposes<'a>(item: &Item<'a>) -> Option<Vec<Item<'a>>> {
    let mut reader = sequence(item)?;
    let mut purposes = Vec::with_capacity(1);
    while let Some(purpose) = reader.take(OID) {
        purposes.push(purpose);
    }
    (reader.is_empty() && !purposes.is_empty()).then_some(purposes)
}

/// `CRLDistributionPoints`: how many, and the first of them.
#[derive(Clone, Debug)]
pub(super) struct Points<'a> {
    pub at: usize,
    pub number: usize,
    /// Offset of the first one's name relative to the CRL issuer.
    pub relative: Option<usize>,
    /// Offset of the first one's reasons.
    pub reasons: Option<usize>,
    /// Offset of the first one's CRL issuer.
    pub issuer: Option<usize>,
    /// The first one's full name, in its parts; `None` if there is none.
    pub names: Option<Vec<Item<'a>>>,
}

impl<'a> Points<'a> {
    pub(super) fn read(item: &Item<'a>) -> Option<Self> {
        let mut reader = sequence(item)?;
        let mut points = Self {
            at: item.at,
            number: 0,
            relative: None,
            reasons: None,
            issuer: None,
            names: None,
        };
        while let Some(point) = reader.take(SEQUENCE) {
            points.number += 1;
            if points.number > 1 {
                continue;
            }
            let mut fields = point.reader();
            if let Some(name) = fields.take(0xA0) {
                points.read_name(&name)?;
            }
            points.reasons = fields.take(0x81).map(|item| item.at);
            points.issuer = fields.take(0xA2).map(|item| item.at);
            if !fields.is_empty() {
                return None;
            }
        }
        reader.is_empty().then_some(points)
    }

    fn read_name(&mut self, name: &Item<'a>) -> Option<()> {
        let mut reader = name.reader();
        if let Some(full) = reader.take(0xA0) {
            self.names = Some(names(&full)?);
        } else {
            self.relative = Some(reader.take(0xA1)?.at);
        }
        reader.is_empty().then_some(())
    }

    /// Iterates over the URIs of the first point.
    pub(super) fn uris(&self) -> impl Iterator<Item = (usize, &'a str)> + '_ {
        self.names.iter().flatten().filter_map(uri)
    }
}

/// Returns offset and text of a name that is a URI.
fn uri<'a>(name: &Item<'a>) -> Option<(usize, &'a str)> {
    (name.tag == URI).then_some(())?;
    Some((name.at, name.text()?))
}

fn names<'a>(outer: &Item<'a>) -> Option<Vec<Item<'a>>> {
    let mut reader = outer.reader();
    let mut names = Vec::with_capacity(1);
    while let Some(name) = reader.next() {
        names.push(name);
    }
    reader.is_empty().then_some(names)
}

/// `CertificatePolicies`: how many, and the first of them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Policies<'a> {
    pub at: usize,
    pub number: usize,
    pub first: Item<'a>,
    /// Qualifiers of the first policy: how many, and the first one's identifier and value.
    pub qualifiers: usize,
    pub qualifier: Option<(Item<'a>, Option<Item<'a>>)>,
    /// Whether there is an empty list of qualifiers, which its type does not allow.
    pub has_empty: bool,
}

impl<'a> Policies<'a> {
    pub(super) fn read(item: &Item<'a>) -> Option<Self> {
        let mut reader = sequence(item)?;
        let mut fields = reader.take(SEQUENCE)?.reader();
        let first = fields.take(OID)?;
        let mut policies = Self {
            at: item.at,
            number: 1,
            first,
            qualifiers: 0,
            qualifier: None,
            has_empty: false,
        };
        if let Some(list) = fields.take(SEQUENCE) {
            let mut list = list.reader();
            policies.has_empty = list.is_empty();
            while let Some(one) = list.take(SEQUENCE) {
                policies.qualifiers += 1;
                let mut one = one.reader();
                let id = one.take(OID)?;
                let value = one.next();
                policies.qualifier = policies.qualifier.or(Some((id, value)));
            }
            list.is_empty().then_some(())?;
        }
        fields.is_empty().then_some(())?;
        while reader.take(SEQUENCE).is_some() {
            policies.number += 1;
        }
        reader.is_empty().then_some(policies)
    }
}

/// An `AccessDescription`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Access<'a> {
    pub at: usize,
    pub method: &'a [u8],
    /// The location, a `GeneralName`.
    pub location: Item<'a>,
}

impl<'a> Access<'a> {
    /// Returns the location if it is a URI.
    pub(super) fn uri(&self) -> Option<&'a str> {
        uri(&self.location).map(|(_, text)| text)
    }
}

/// Reads `AuthorityInfoAccessSyntax` or `SubjectInfoAccessSyntax`.
pub(super) fn read_access<'a>(item: &Item<'a>) -> Option<Vec<Access<'a>>> {
    let mut reader = sequence(item)?;
    let mut all = Vec::with_capacity(3);
    while let Some(one) = reader.take(SEQUENCE) {
        let mut fields = one.reader();
        all.push(Access {
            at: one.at,
            method: fields.take(OID)?.octets,
            location: fields.next()?,
        });
        fields.is_empty().then_some(())?;
    }
    (reader.is_empty() && !all.is_empty()).then_some(all)
}

#[cfg(test)]
mod tests {
    use super::super::der::Reader;
    use super::*;

    fn item(octets: &[u8]) -> Item<'_> {
        Reader::new(octets, 0).next().unwrap()
    }

    #[test]
    fn basic_constraints_have_a_flag_and_a_length() {
        assert!(!Basic::read(&item(&[0x30, 0])).unwrap().is_ca);
        let all = [0x30, 6, 1, 1, 0xFF, 2, 1, 3];
        let basic = Basic::read(&item(&all)).unwrap();
        assert!(basic.is_ca && basic.path_length.unwrap().number() == Some(3));
        let basic = [0x30, 3, 1, 1, 0];
        assert_eq!(Basic::read(&item(&basic)).unwrap().explicit_false, Some(2));
        assert!(Basic::read(&item(&[0x30, 2, 4, 0])).is_none());
        assert!(Basic::read(&item(&[4, 0])).is_none());
    }

    #[test]
    fn key_usage_is_sixteen_bits() {
        assert_eq!(key_usage(&item(&[3, 2, 1, 6])), Some((0x0600, 0)));
        assert_eq!(key_usage(&item(&[3, 3, 7, 0, 0x80])), Some((0x0080, 0)));
        assert_eq!(key_usage(&item(&[3, 1, 0])), Some((0, 0)));
        assert_eq!(key_usage(&item(&[3, 4, 0, 1, 1, 1])), None);
    }

    #[test]
    fn distribution_points_are_counted_and_the_first_is_read() {
        let octets = [
            0x30, 0x11, 0x30, 0x0B, 0xA0, 6, 0xA0, 4, 0x86, 2, b'a', b':', 0x81, 1, 0, 0x30, 2,
            0xA2, 0,
        ];
        let points = Points::read(&item(&octets)).unwrap();
        assert_eq!(
            (points.number, points.reasons, points.issuer),
            (2, Some(12), None)
        );
        assert_eq!(points.uris().collect::<Vec<_>>(), [(8, "a:")]);
    }

    #[test]
    fn an_access_without_location_is_of_no_type() {
        assert!(read_access(&item(&[0x30, 0])).is_none());
        assert!(read_access(&item(&[0x30, 5, 0x30, 3, 6, 1, 0x2A])).is_none());
        let whole = [0x30, 8, 0x30, 6, 6, 1, 0x2A, 0x86, 1, b'x'];
        assert_eq!(read_access(&item(&whole)).unwrap()[0].uri(), Some("x"));
    }
}
