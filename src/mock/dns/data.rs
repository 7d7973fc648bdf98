//! Names, records and their data as octets.

use data_encoding::HEXLOWER;

/// Numbers of types of records, as IANA registers them.
pub(super) const A: u16 = 1;
pub(super) const NS: u16 = 2;
pub(super) const SOA: u16 = 6;
pub(super) const PTR: u16 = 12;
pub(super) const TXT: u16 = 16;
pub(super) const AAAA: u16 = 28;
pub(super) const OPT: u16 = 41;
pub(super) const DS: u16 = 43;
pub(super) const RRSIG: u16 = 46;
pub(super) const NSEC: u16 = 47;
pub(super) const DNSKEY: u16 = 48;
pub(super) const NSEC3: u16 = 50;
pub(super) const NSEC3PARAM: u16 = 51;

/// The class of the Internet.
pub(super) const IN: u16 = 1;

/// Returns the word for a type, as faults name it.
pub(super) fn word(kind: u16) -> String {
    let word = match kind {
        A => "A",
        NS => "NS",
        SOA => "SOA",
        PTR => "PTR",
        TXT => "TXT",
        AAAA => "AAAA",
        DS => "DS",
        DNSKEY => "DNSKEY",
        NSEC3PARAM => "NSEC3PARAM",
        other => return other.to_string(),
    };
    word.to_owned()
}

/// Records of one name and type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Set {
    /// Whose they are: lower case, without final dot; empty for the root.
    pub(super) name: String,
    pub(super) kind: u16,
    pub(super) ttl: u32,
    pub(super) data: Vec<Vec<u8>>,
}

/// Returns a name on the wire; labels that are too long are cut.
pub(super) fn wire(name: &str) -> Vec<u8> {
    let mut octets = Vec::new();
    for label in labels(name) {
        let label = label.as_bytes();
        let length = label.len().min(63);
        octets.extend(u8::try_from(length));
        octets.extend(label.iter().take(length));
    }
    octets.push(0);
    octets
}

/// Iterates over the labels of a name from the left; the root has none.
pub(super) fn labels(name: &str) -> impl DoubleEndedIterator<Item = &str> {
    name.split('.').filter(|label| !label.is_empty())
}

/// Returns what names are ordered by (RFC 4034, section 6.1).
pub(super) fn order(name: &str) -> Vec<&[u8]> {
    labels(name).rev().map(str::as_bytes).collect()
}

/// Says whether a name is another one, or below it; everything is below the root.
pub(super) fn is_within(name: &str, zone: &str) -> bool {
    let below = || {
        name.strip_suffix(zone)
            .is_some_and(|rest| rest.ends_with('.'))
    };
    zone.is_empty() || name == zone || below()
}

/// Returns the name one label up; `None` for the root.
pub(super) fn above(name: &str) -> Option<&str> {
    if name.is_empty() {
        return None;
    }
    Some(name.split_once('.').map_or("", |(_, above)| above))
}

/// Reads the data of a record from its presentation form; `None` for what is not of the type.
pub(super) fn read(kind: u16, text: &str) -> Option<Vec<u8>> {
    let mut words = text.split_whitespace();
    match kind {
        A => Some(text.parse::<std::net::Ipv4Addr>().ok()?.octets().to_vec()),
        AAAA => Some(text.parse::<std::net::Ipv6Addr>().ok()?.octets().to_vec()),
        NS | PTR => Some(wire(text.trim_end_matches('.'))),
        TXT => {
            let mut octets = vec![u8::try_from(text.len()).ok()?];
            octets.extend_from_slice(text.as_bytes());
            Some(octets)
        }
        DS => {
            let mut octets = words.next()?.parse::<u16>().ok()?.to_be_bytes().to_vec();
            octets.push(words.next()?.parse().ok()?);
            octets.push(words.next()?.parse().ok()?);
            let digest = words.next()?.to_ascii_lowercase();
            octets.extend(HEXLOWER.decode(digest.as_bytes()).ok()?);
            Some(octets)
        }
        DNSKEY => {
            let mut octets = words.next()?.parse::<u16>().ok()?.to_be_bytes().to_vec();
            octets.push(words.next()?.parse().ok()?);
            octets.push(words.next()?.parse().ok()?);
            octets.extend(
                data_encoding::BASE64
                    .decode(words.next()?.as_bytes())
                    .ok()?,
            );
            Some(octets)
        }
        SOA => {
            let mut octets = wire(words.next()?.trim_end_matches('.'));
            octets.extend(wire(words.next()?.trim_end_matches('.')));
            let numbers: Vec<u32> = words.filter_map(|word| word.parse().ok()).collect();
            (numbers.len() == 5).then_some(())?;
            octets.extend(numbers.iter().flat_map(|number| number.to_be_bytes()));
            Some(octets)
        }
        _ => None,
    }
}

/// Returns the map of some types (RFC 4034, section 4.1.2), all of them below 256.
pub(super) fn map(types: &[u16]) -> Vec<u8> {
    let mut bits = [0_u8; 32];
    for kind in types {
        let place = bits.get_mut(usize::from(kind >> 3));
        if let Some(octet) = place {
            *octet |= 0x80 >> (kind & 7);
        }
    }
    let used = bits
        .iter()
        .rposition(|octet| *octet != 0)
        .map_or(0, |last| last + 1);
    let mut map = vec![0];
    map.extend(u8::try_from(used));
    map.extend(bits.iter().take(used));
    map
}

/// Writes a message: header, question, records, and what EDNS adds.
#[derive(Debug)]
pub(super) struct Packet {
    octets: Vec<u8>,
    /// Where the name of the question stands.
    asked: String,
    counts: [u16; 3],
}

/// Where a record stands in a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Section {
    Answer,
    Authority,
    Additional,
}

impl Packet {
    /// Begins a message with this id and these flags; `question` is the one asked, as sent.
    pub(super) fn new(id: u16, flags: u16, question: Option<(&str, u16)>) -> Self {
        let mut octets = id.to_be_bytes().to_vec();
        octets.extend(flags.to_be_bytes());
        octets.extend(u16::from(question.is_some()).to_be_bytes());
        octets.extend([0; 6]);
        let mut asked = String::new();
        if let Some((name, kind)) = question {
            octets.extend(wire(name));
            octets.extend(kind.to_be_bytes());
            octets.extend(IN.to_be_bytes());
            name.clone_into(&mut asked);
        }
        Self {
            octets,
            asked,
            counts: [0; 3],
        }
    }

    /// Adds a record; sections come in their order.
    pub(super) fn record(
        &mut self,
        section: Section,
        name: &str,
        kind: u16,
        ttl: u32,
        data: &[u8],
    ) {
        if !name.is_empty() && self.asked.eq_ignore_ascii_case(name) {
            // The question is the first thing behind the header.
            self.octets.extend([0xC0, 12]);
        } else {
            self.octets.extend(wire(name));
        }
        self.octets.extend(kind.to_be_bytes());
        self.octets.extend(IN.to_be_bytes());
        self.octets.extend(ttl.to_be_bytes());
        self.octets
            .extend(u16::try_from(data.len()).unwrap_or(u16::MAX).to_be_bytes());
        self.octets.extend_from_slice(data);
        self.count(section);
    }

    /// Adds what EDNS adds: the size we take, and whether signatures were asked for.
    pub(super) fn edns(&mut self, size: u16, dnssec: bool) {
        self.octets.push(0);
        self.octets.extend(OPT.to_be_bytes());
        self.octets.extend(size.to_be_bytes());
        self.octets
            .extend(if dnssec { [0, 0, 0x80, 0] } else { [0; 4] });
        self.octets.extend([0; 2]);
        self.count(Section::Additional);
    }

    fn count(&mut self, section: Section) {
        let count = match section {
            Section::Answer => self.counts.first_mut(),
            Section::Authority => self.counts.get_mut(1),
            Section::Additional => self.counts.last_mut(),
        };
        if let Some(count) = count {
            *count = count.saturating_add(1);
        }
    }

    /// Returns the message.
    pub(super) fn finish(mut self) -> Vec<u8> {
        let counts: Vec<u8> = self
            .counts
            .iter()
            .flat_map(|count| count.to_be_bytes())
            .collect();
        if let Some(place) = self.octets.get_mut(6..12) {
            place.copy_from_slice(&counts);
        }
        self.octets
    }
}
