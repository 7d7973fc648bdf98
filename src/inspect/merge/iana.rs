//! IANA's registries as rows of statistics, for days on which nobody has made such a file.
//!
//! Whose a block is, is told by [`Entry::whose`]; what is filled in where IANA says no day is what
//! the program fills in.

use super::combine::{laid, pool};
use super::pieces::minus;
use super::row::{Numbers, Rows, read};
use super::write::write_rows;
use crate::inspect::iana::{Document, Entry, Kind, Names, Status, Whose};
use crate::registry::RegistryId;
use crate::resource::AddressRange;

/// The day of AS numbers whose entry says none.
const ASN_DAY: &str = "19921201";

/// The day of AS numbers that nobody was given.
const FREE_ASN_DAY: &str = "20061129";

/// The day of special AS numbers.
const SPECIAL_ASN_DAY: &str = "20140311";

/// The day of addresses whose entry names a document instead.
const DOCUMENT_DAY: &str = "19960801";

/// The beginning of global unicast IPv6 that no other registry speaks of.
const FIRST_OF_UNICAST: &str = "iana|ZZ|ipv6|2000::|16|19960801|reserved|ietf|iana\n";

/// Writes registries as rows of statistics, each number once; `name` is what statistics call a registry.
///
/// Of what is special, IPv4 blocks of /29 and longer are left out, as parts of larger ones; of IPv6
/// only what is for documentation is taken. The rest of the number space is IANA's, `available`.
pub fn iana_rows(
    documents: &[Document],
    names: &Names,
    name: impl Fn(&RegistryId) -> String,
) -> String {
    let mut layers = String::new();
    let mut back = String::new();
    for kind in Kind::ALL {
        let entries = documents.iter().flat_map(|document| &document.entries);
        for entry in entries.filter(|entry| entry.kind == Some(*kind)) {
            let text = if *kind == Kind::Ipv4Recovered {
                &mut back
            } else {
                &mut layers
            };
            lines(entry, *kind, names, &name, text);
        }
        if *kind == Kind::Ipv6 {
            layers.push_str(FIRST_OF_UNICAST);
        }
        // What came back belongs to nobody until it is allocated again.
        if *kind == Kind::Ipv4Recovered && !back.is_empty() {
            let mut rest = Rows::default();
            for numbers in Numbers::ALL {
                let (all, gone) = (read(&layers).0, read(&back).0);
                *rest.of_mut(numbers) = minus(&laid(all.of(numbers)), &laid(gone.of(numbers)));
            }
            layers = written(&rest);
        }
    }
    let (all, _) = read(&layers);
    let mut rows = Rows::default();
    for numbers in Numbers::ALL {
        let mut own = laid(all.of(numbers));
        own.extend(minus(&pool(numbers), &own));
        own.sort_by_key(|row| row.first);
        *rows.of_mut(numbers) = own;
    }
    written(&rows).replace("|ianapool|", "|available|")
}

fn written(rows: &Rows<'_>) -> String {
    let mut octets = Vec::new();
    // Writing to memory does not fail.
    write_rows(&mut octets, rows, "").ok();
    octets.push(b'\n');
    String::from_utf8(octets).unwrap_or_default()
}

/// Adds the rows of an entry.
fn lines(
    entry: &Entry,
    kind: Kind,
    names: &Names,
    name: &impl Fn(&RegistryId) -> String,
    text: &mut String,
) {
    let is_left_out = match kind {
        Kind::Ipv6Unicast => entry.status == Some(Status::Reserved),
        Kind::Ipv6 => entry.designee() == "Global Unicast",
        Kind::Ipv6Special => entry.designation != "Documentation",
        Kind::Ipv4
        | Kind::Ipv4Special
        | Kind::Ipv4Recovered
        | Kind::Ipv4Reallocated
        | Kind::Asns
        | Kind::AsnsSpecial => false,
    };
    if is_left_out {
        return;
    }
    let (status, holder) = match entry.whose(names) {
        Whose::Registry(id) => ("allocated", name(&id)),
        Whose::Free => ("available", "iana".to_owned()),
        Whose::Special | Whose::Unknown => ("reserved", "ietf".to_owned()),
    };
    let said = entry.date.map(|date| date.to_digits());
    let day = said.unwrap_or_else(|| {
        let day = match kind {
            Kind::AsnsSpecial => SPECIAL_ASN_DAY,
            Kind::Asns if status == "available" => FREE_ASN_DAY,
            Kind::Asns => ASN_DAY,
            Kind::Ipv4
            | Kind::Ipv4Special
            | Kind::Ipv4Recovered
            | Kind::Ipv4Reallocated
            | Kind::Ipv6
            | Kind::Ipv6Unicast
            | Kind::Ipv6Special => DOCUMENT_DAY,
        };
        day.to_owned()
    });
    let mut line = |kind: &str, start: &str, value: u128| {
        let row = format!("iana|ZZ|{kind}|{start}|{value}|{day}|{status}|{holder}|iana\n");
        text.push_str(&row);
    };
    for (first, last) in entry.asns.ranges() {
        let count = u64::from(last.0).saturating_sub(first.0.into());
        line("asn", &first.0.to_string(), u128::from(count) + 1);
    }
    for range in entry.addresses.ranges() {
        let start = range.first().to_string();
        if !range.is_ipv4() {
            for prefix in range.prefixes() {
                let start = prefix.address().to_string();
                line("ipv6", &start, prefix.length().into());
            }
            continue;
        }
        let is_part = |range: &AddressRange| {
            let future = start == "240.0.0.0";
            kind == Kind::Ipv4Special && (future || range.hull().length() >= 29)
        };
        if !is_part(&range) {
            line("ipv4", &start, range.count());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inspect::iana;

    #[test]
    fn registries_become_rows_that_tile_the_number_space() {
        let arin = RegistryId::parse("arin").unwrap();
        let ripe = RegistryId::parse("ripe-ncc").unwrap();
        let names = Names::new()
            .with_whois("whois.arin.net", &arin)
            .with_name("RIPE NCC", &ripe);
        let files = [
            "Prefix,Designation,Date,WHOIS,RDAP,Status,Note\n100/8,ARIN,2010-11,whois.arin.net,,ALLOCATED,\n224/8,Multicast,1981-09,,,RESERVED,\n",
            "Address Block,Name,RFC,Allocation Date\n100.64.0.0/10,Shared,[RFC6598],2012-04\n100.64.0.1/32,Part,x,2013-01\n",
            "Number,Description,WHOIS,RDAP,Reference,Registration Date\n0,Reserved,,,,\n1-10,Assigned by RIPE NCC,,,,\n11-65535,Unallocated,,,,\n",
            "IPv6 Prefix,Allocation,Reference,Notes\n0000::/8,Reserved by IETF,[RFC3513],\n2000::/3,Global Unicast,[RFC3513],\n",
        ];
        let documents: Vec<Document> = files.iter().map(|f| iana::read(f.as_bytes())).collect();
        let text = iana_rows(&documents, &names, |id| {
            id.as_str().replace("ripe-ncc", "ripencc")
        });
        let expected = "iana|ZZ|asn|0|1|19921201|reserved|ietf|iana
iana|ZZ|asn|1|10|19921201|allocated|ripencc|iana
iana|ZZ|asn|11|65525|20061129|available|iana|iana
iana|ZZ|asn|65536|4199934465|20061129|available|iana|iana
iana|ZZ|ipv4|0.0.0.0|1677721600|20120801|available|iana|iana
iana|ZZ|ipv4|100.0.0.0|4194304|20101101|allocated|arin|iana
iana|ZZ|ipv4|100.64.0.0|4194304|20120401|reserved|ietf|iana
iana|ZZ|ipv4|100.128.0.0|8388608|20101101|allocated|arin|iana
iana|ZZ|ipv4|101.0.0.0|2063597568|20120801|available|iana|iana
iana|ZZ|ipv4|224.0.0.0|16777216|19810901|reserved|ietf|iana
iana|ZZ|ipv4|225.0.0.0|520093696|20120801|available|iana|iana
iana|ZZ|ipv6|::|8|19960801|reserved|ietf|iana
iana|ZZ|ipv6|100::|8|19960801|available|iana|iana";
        assert!(text.starts_with(expected), "{text}");
        assert!(text.contains("iana|ZZ|ipv6|2000::|16|19960801|reserved|ietf|iana\n"));
    }
}
