//! DNS messages, octet by octet.
//!
//! The data of records is kept in canonical form (RFC 4034, section 6.2), since that is what
//! signatures are about: names in it are expanded and in lower case where that section says so.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::name::Name;

/// Types of records, as IANA numbers them.
pub mod kind {
    /// An IPv4 address.
    pub const A: u16 = 1;
    /// A name server.
    pub const NS: u16 = 2;
    /// An alias.
    pub const CNAME: u16 = 5;
    /// The start of a zone.
    pub const SOA: u16 = 6;
    /// A name.
    pub const PTR: u16 = 12;
    /// A mail server.
    pub const MX: u16 = 15;
    /// Text.
    pub const TXT: u16 = 16;
    /// An IPv6 address.
    pub const AAAA: u16 = 28;
    /// A service.
    pub const SRV: u16 = 33;
    /// An alias of a subtree.
    pub const DNAME: u16 = 39;
    /// What EDNS adds to a message.
    pub const OPT: u16 = 41;
    /// A digest of a key, at the parent.
    pub const DS: u16 = 43;
    /// A signature.
    pub const RRSIG: u16 = 46;
    /// A proof of absence.
    pub const NSEC: u16 = 47;
    /// A key.
    pub const DNSKEY: u16 = 48;
    /// A proof of absence by hashes.
    pub const NSEC3: u16 = 50;

    /// Returns the word for a type; `TYPE99` for one without a word here.
    pub fn word(kind: u16) -> String {
        let word = match kind {
            A => "A",
            NS => "NS",
            CNAME => "CNAME",
            SOA => "SOA",
            PTR => "PTR",
            MX => "MX",
            TXT => "TXT",
            AAAA => "AAAA",
            SRV => "SRV",
            DNAME => "DNAME",
            OPT => "OPT",
            DS => "DS",
            RRSIG => "RRSIG",
            NSEC => "NSEC",
            DNSKEY => "DNSKEY",
            NSEC3 => "NSEC3",
            other => return format!("TYPE{other}"),
        };
        word.to_owned()
    }
}

/// Class of the Internet (RFC 1035, section 3.2.4).
pub const IN: u16 = 1;

/// Bits of the second word of a header (RFC 1035, section 4.1.1; RFC 4035, section 3.1.6).
const QR: u16 = 0x8000;
const AA: u16 = 0x0400;
const TC: u16 = 0x0200;
const AD: u16 = 0x0020;

/// A message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Message {
    /// Whether it is an answer.
    pub is_response: bool,
    /// The AA bit.
    pub authoritative: bool,
    /// The TC bit.
    pub truncated: bool,
    /// The AD bit.
    pub authenticated: bool,
    /// The response code, its upper bits from EDNS.
    pub code: u16,
    /// Name and type of what is asked.
    pub question: Option<(Name, u16)>,
    /// The answer section.
    pub answers: Vec<Record>,
    /// The authority section.
    pub authority: Vec<Record>,
    /// The additional section, what EDNS adds not among it.
    pub additional: Vec<Record>,
}

/// A record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Whose it is.
    pub name: Name,
    /// Its type.
    pub kind: u16,
    /// Its class.
    pub class: u16,
    /// Its time to live, in seconds.
    pub ttl: u32,
    /// Its data in canonical form.
    pub data: Vec<u8>,
}

/// Why octets are no message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WireError {
    /// They end too early.
    #[error("the message ends in the middle of a record")]
    Cut,
    /// A name is too long, or a pointer in it does not lead back.
    #[error("a name in the message is too long or leads in a circle")]
    Name,
    /// The data of a record is longer or shorter than its length says.
    #[error("the data of a record is not as long as it says")]
    Length,
}

impl Message {
    /// Reads a message; what stands behind its last record is left.
    ///
    /// # Errors
    ///
    /// [`WireError`] for the first thing that cannot be read.
    pub fn read(octets: &[u8]) -> Result<Self, WireError> {
        let mut reader = Reader { octets, at: 2 };
        let flags = reader.u16()?;
        let counts = [reader.u16()?, reader.u16()?, reader.u16()?, reader.u16()?];
        let [questions, answers, authority, additional] = counts;
        let mut message = Self {
            is_response: flags & QR != 0,
            authoritative: flags & AA != 0,
            truncated: flags & TC != 0,
            authenticated: flags & AD != 0,
            code: flags & 0x000F,
            ..Self::default()
        };
        for _ in 0..questions {
            let question = (reader.name()?, reader.u16()?);
            reader.u16()?;
            message.question.get_or_insert(question);
        }
        message.answers = reader.records(answers)?;
        message.authority = reader.records(authority)?;
        message.additional = reader.records(additional)?;
        for record in &message.additional {
            if record.kind == kind::OPT {
                // RFC 6891, section 6.1.3: the upper eight bits of the code stand in the time to live.
                let upper = u16::try_from(record.ttl >> 24).unwrap_or_default();
                message.code |= upper << 4;
            }
        }
        message.additional.retain(|record| record.kind != kind::OPT);
        Ok(message)
    }

    /// Iterates over the records of a name and type in the answer section.
    pub fn answers_of(&self, name: &Name, kind: u16) -> impl Iterator<Item = &Record> {
        let all = self.answers.iter();
        all.filter(move |record| record.kind == kind && record.class == IN && record.name == *name)
    }

    /// Returns the apex of the zone that the answer is from, as its start of authority names it;
    /// `None` if the message has none.
    pub fn apex(&self) -> Option<&Name> {
        let all = self.answers.iter().chain(&self.authority);
        let mut starts = all.filter(|record| record.kind == kind::SOA);
        starts.next().map(|record| &record.name)
    }

    /// Returns the registered word for its code, such as `NXDOMAIN`.
    pub fn code_word(&self) -> String {
        let word = match self.code {
            0 => "NOERROR",
            1 => "FORMERR",
            2 => "SERVFAIL",
            3 => "NXDOMAIN",
            4 => "NOTIMP",
            5 => "REFUSED",
            9 => "NOTAUTH",
            16 => "BADVERS",
            other => return format!("RCODE{other}"),
        };
        word.to_owned()
    }
}

impl Record {
    /// Returns the address of a record of type A or AAAA; `None` for another one.
    pub fn address(&self) -> Option<IpAddr> {
        let v4 = || <[u8; 4]>::try_from(self.data.as_slice()).ok();
        let v6 = || <[u8; 16]>::try_from(self.data.as_slice()).ok();
        match self.kind {
            kind::A => v4().map(|octets| Ipv4Addr::from(octets).into()),
            kind::AAAA => v6().map(|octets| Ipv6Addr::from(octets).into()),
            _ => None,
        }
    }

    /// Returns the name that is the data of a record of type NS, CNAME or PTR; `None` for another one.
    pub fn target(&self) -> Option<Name> {
        let named = matches!(self.kind, kind::NS | kind::CNAME | kind::PTR);
        named.then(|| Reader::of(&self.data).name().ok())?
    }
}

/// Reads octets from left to right.
#[derive(Clone, Debug)]
pub(super) struct Reader<'a> {
    octets: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    /// Returns a reader at the beginning of some octets.
    pub(super) const fn of(octets: &'a [u8]) -> Self {
        Self { octets, at: 0 }
    }

    /// Reads so many octets.
    pub(super) fn take(&mut self, length: usize) -> Result<&'a [u8], WireError> {
        let end = self.at.saturating_add(length);
        let taken = self.octets.get(self.at..end).ok_or(WireError::Cut)?;
        self.at = end;
        Ok(taken)
    }

    /// Reads what is left.
    pub(super) fn rest(&mut self) -> &'a [u8] {
        let rest = self.octets.get(self.at..).unwrap_or_default();
        self.at = self.octets.len();
        rest
    }

    /// Says whether nothing is left.
    pub(super) fn is_done(&self) -> bool {
        self.at >= self.octets.len()
    }

    pub(super) fn u8(&mut self) -> Result<u8, WireError> {
        self.take(1)?.first().copied().ok_or(WireError::Cut)
    }

    pub(super) fn u16(&mut self) -> Result<u16, WireError> {
        let octets = self.take(2)?.first_chunk().ok_or(WireError::Cut)?;
        Ok(u16::from_be_bytes(*octets))
    }

    pub(super) fn u32(&mut self) -> Result<u32, WireError> {
        let octets = self.take(4)?.first_chunk().ok_or(WireError::Cut)?;
        Ok(u32::from_be_bytes(*octets))
    }

    /// Reads a name; a pointer must lead further back than the one before it.
    pub(super) fn name(&mut self) -> Result<Name, WireError> {
        let (mut labels, mut total) = (Vec::new(), 1_usize);
        let (mut at, mut back) = (self.at, self.at);
        let mut end = None;
        loop {
            let length = *self.octets.get(at).ok_or(WireError::Cut)?;
            let next = at.saturating_add(1);
            match length {
                0 => {
                    end.get_or_insert(next);
                    break;
                }
                1..=63 => {
                    let behind = next.saturating_add(usize::from(length));
                    labels.push(self.octets.get(next..behind).ok_or(WireError::Cut)?);
                    total = total.saturating_add(1).saturating_add(usize::from(length));
                    if total > 255 {
                        return Err(WireError::Name);
                    }
                    at = behind;
                }
                0xC0..=0xFF => {
                    let low = *self.octets.get(next).ok_or(WireError::Cut)?;
                    end.get_or_insert(next.saturating_add(1));
                    let to = usize::from(u16::from_be_bytes([length & 0x3F, low]));
                    if to >= back {
                        return Err(WireError::Name);
                    }
                    (at, back) = (to, to);
                }
                _ => return Err(WireError::Name),
            }
        }
        self.at = end.unwrap_or(at);
        Name::of_labels(labels.into_iter()).ok_or(WireError::Name)
    }

    fn records(&mut self, count: u16) -> Result<Vec<Record>, WireError> {
        (0..count).map(|_| self.record()).collect()
    }

    fn record(&mut self) -> Result<Record, WireError> {
        let name = self.name()?;
        let (kind, class, ttl) = (self.u16()?, self.u16()?, self.u32()?);
        let length = usize::from(self.u16()?);
        let end = self.at.saturating_add(length);
        if end > self.octets.len() {
            return Err(WireError::Cut);
        }
        // Names in the data may point to anything before it, and never to what is behind it.
        let mut inside = Reader {
            octets: self.octets.get(..end).ok_or(WireError::Cut)?,
            at: self.at,
        };
        let data = inside.data(kind).map_err(|error| match error {
            WireError::Cut => WireError::Length,
            WireError::Name | WireError::Length => error,
        })?;
        self.at = end;
        Ok(Record {
            name,
            kind,
            class,
            ttl,
            data,
        })
    }

    /// Reads the data of a record to its end, in canonical form.
    fn data(&mut self, kind: u16) -> Result<Vec<u8>, WireError> {
        // Octets before the names, names, and whether anything may follow.
        let (before, names, more) = match kind {
            kind::NS | kind::CNAME | kind::PTR | kind::DNAME => (0, 1, false),
            kind::SOA => (0, 2, true),
            kind::MX => (2, 1, false),
            kind::SRV => (6, 1, false),
            kind::RRSIG => (18, 1, true),
            _ => return Ok(self.rest().to_vec()),
        };
        let mut data = self.take(before)?.to_vec();
        for _ in 0..names {
            data.extend_from_slice(self.name()?.wire());
        }
        if !more && !self.is_done() {
            return Err(WireError::Length);
        }
        data.extend_from_slice(self.rest());
        Ok(data)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A header with these flags and numbers of records.
    fn header(flags: u16, counts: [u16; 4]) -> Vec<u8> {
        let mut octets = vec![0, 0];
        octets.extend(flags.to_be_bytes());
        octets.extend(counts.iter().flat_map(|count| count.to_be_bytes()));
        octets
    }

    /// Appends a record whose name and data are as given.
    fn record(octets: &mut Vec<u8>, name: &[u8], kind: u16, ttl: u32, data: &[u8]) {
        octets.extend_from_slice(name);
        octets.extend(kind.to_be_bytes());
        octets.extend(IN.to_be_bytes());
        octets.extend(ttl.to_be_bytes());
        octets.extend(u16::try_from(data.len()).unwrap().to_be_bytes());
        octets.extend_from_slice(data);
    }

    #[test]
    fn names_are_expanded_and_in_lower_case() {
        let mut octets = header(QR | AA, [1, 2, 0, 1]);
        octets.extend(b"\x03102\x07IN-addr\x04arpa\0\0\x02\0\x01");
        record(&mut octets, b"\xC0\x0C", kind::NS, 300, b"\x03NS1\xC0\x10");
        record(&mut octets, b"\xC0\x0C", kind::A, 300, &[192, 0, 2, 1]);
        record(&mut octets, b"\0", kind::OPT, 0x0100_0000, b"");
        let message = Message::read(&octets).unwrap();
        assert!(message.is_response && message.authoritative && !message.truncated);
        let zone = Name::parse("102.in-addr.arpa").unwrap();
        assert_eq!(message.question, Some((zone.clone(), kind::NS)));
        let server: Vec<_> = message.answers_of(&zone, kind::NS).collect();
        assert_eq!(server[0].target().unwrap().to_string(), "ns1.in-addr.arpa.");
        assert_eq!(server[0].data, b"\x03ns1\x07in-addr\x04arpa\0");
        assert_eq!(message.answers[1].address(), "192.0.2.1".parse().ok());
        assert_eq!((message.code, message.additional.len()), (16, 0));
        assert_eq!(message.code_word(), "BADVERS");
    }

    #[test]
    fn hostile_messages_are_refused() {
        let circle = {
            let mut octets = header(QR, [1, 0, 0, 0]);
            octets.extend(b"\x01a\xC0\x0C\0\x02\0\x01");
            octets
        };
        let forward = {
            let mut octets = header(QR, [1, 0, 0, 0]);
            octets.extend(b"\xC0\x20\0\x02\0\x01");
            octets
        };
        let long = {
            let mut octets = header(QR, [1, 0, 0, 0]);
            octets.extend(
                b"\x3F"
                    .iter()
                    .chain(&[b'a'; 63])
                    .copied()
                    .collect::<Vec<u8>>()
                    .repeat(5),
            );
            octets.extend(b"\0\0\x02\0\x01");
            octets
        };
        let odd = {
            let mut octets = header(QR, [1, 0, 0, 0]);
            octets.extend(b"\x80\0\0\x02\0\x01");
            octets
        };
        for (octets, error) in [
            (Vec::new(), WireError::Cut),
            (header(QR, [0, 1, 0, 0]), WireError::Cut),
            (circle, WireError::Name),
            (forward, WireError::Name),
            (long, WireError::Name),
            (odd, WireError::Name),
        ] {
            assert_eq!(Message::read(&octets), Err(error), "{octets:?}");
        }
        for (kind, data) in [
            (kind::NS, &b"\x01a\0\0"[..]),
            (kind::NS, b"\x05a"),
            (kind::SOA, b"\x01a\0"),
            (kind::MX, b"\0"),
            (kind::RRSIG, b"\0\x01"),
        ] {
            let mut octets = header(QR, [0, 1, 0, 0]);
            record(&mut octets, b"\0", kind, 0, data);
            assert_eq!(
                Message::read(&octets),
                Err(WireError::Length),
                "{kind} {data:?}"
            );
        }
    }
}
