//! IANA's number registries, as CSV and as XML, from what the world says was delegated.

use std::fmt::Write as _;

use jiff::Timestamp;

use super::{File, Owner, Place, Provider};
use crate::mock::number::{Block, Space};
use crate::mock::world::{Operator, World};

/// IANA's registries.
#[derive(Debug)]
pub(super) struct Iana;

impl Provider for Iana {
    fn find(&self, place: &Place<'_>) -> Option<File> {
        if !matches!(place.owner, Owner::Iana) {
            return None;
        }
        let path = place.path.strip_prefix("/assignments/")?;
        let registry = REGISTRIES
            .iter()
            .find(|r| r.csv.contains(&path) || r.xml == path)?;
        let part = registry.csv.iter().position(|csv| *csv == path);
        let modified = place.world.bootstrap_published();
        Some(match part {
            Some(part) => {
                let rows = (registry.rows)(place.world, part);
                File::text("text/csv", csv(registry, &rows), modified)
            }
            None => File::text("text/xml", xml(registry, place.world), modified),
        })
    }
}

/// One registry, or several parts of one.
struct Registry {
    id: &'static str,
    /// Paths of its parts as CSV.
    csv: &'static [&'static str],
    /// Path of the whole as XML.
    xml: &'static str,
    /// Headings of CSV, and elements of XML; a heading without an element stands in CSV only.
    columns: &'static [(&'static str, &'static str)],
    rows: fn(&World, usize) -> Vec<Row>,
}

/// The columns of both registries of addresses that registries were given.
const SPACE: &[(&str, &str)] = &[
    ("Prefix", "prefix"),
    ("Designation", "designation"),
    ("Date", "date"),
    ("WHOIS", "whois"),
    ("RDAP", "rdap"),
    ("Status [1]", "status"),
    ("Note", ""),
];

/// The columns of both registries of special addresses.
const SPECIAL: &[(&str, &str)] = &[
    ("Address Block", "address"),
    ("Name", "name"),
    ("RFC", ""),
    ("Allocation Date", "allocation"),
    ("Termination Date", ""),
];

const RECOVERED: &[(&str, &str)] = &[
    ("Start address", "start"),
    ("End address", "end"),
    ("Designation", "designation"),
    ("Date", "date"),
    ("WHOIS", "whois"),
    ("Status", "status"),
];

const REGISTRIES: &[Registry] = &[
    Registry {
        id: "ipv4-address-space",
        csv: &["ipv4-address-space/ipv4-address-space.csv"],
        xml: "ipv4-address-space/ipv4-address-space.xml",
        columns: SPACE,
        rows: |world, _| ipv4(world),
    },
    Registry {
        id: "ipv4-recovered-address-space",
        csv: &[
            "ipv4-recovered-address-space/ipv4-recovered-address-space-1.csv",
            "ipv4-recovered-address-space/ipv4-recovered-address-space-2.csv",
        ],
        xml: "ipv4-recovered-address-space/ipv4-recovered-address-space.xml",
        columns: RECOVERED,
        // Nothing of this world came back.
        rows: |_, _| Vec::new(),
    },
    Registry {
        id: "iana-ipv4-special-registry",
        csv: &["iana-ipv4-special-registry/iana-ipv4-special-registry-1.csv"],
        xml: "iana-ipv4-special-registry/iana-ipv4-special-registry.xml",
        columns: SPECIAL,
        rows: |world, _| special(world, Space::V4),
    },
    Registry {
        id: "ipv6-address-space",
        csv: &["ipv6-address-space/ipv6-address-space-1.csv"],
        xml: "ipv6-address-space/ipv6-address-space.xml",
        columns: &[
            ("IPv6 Prefix", "prefix"),
            ("Allocation", "description"),
            ("Reference", ""),
            ("Notes", ""),
        ],
        rows: |_, _| ipv6_space(),
    },
    Registry {
        id: "ipv6-unicast-address-assignments",
        csv: &["ipv6-unicast-address-assignments/ipv6-unicast-address-assignments.csv"],
        xml: "ipv6-unicast-address-assignments/ipv6-unicast-address-assignments.xml",
        columns: SPACE,
        rows: |world, _| ipv6(world),
    },
    Registry {
        id: "iana-ipv6-special-registry",
        csv: &["iana-ipv6-special-registry/iana-ipv6-special-registry-1.csv"],
        xml: "iana-ipv6-special-registry/iana-ipv6-special-registry.xml",
        columns: SPECIAL,
        rows: |world, _| special(world, Space::V6),
    },
    Registry {
        id: "as-numbers",
        csv: &["as-numbers/as-numbers-1.csv", "as-numbers/as-numbers-2.csv"],
        xml: "as-numbers/as-numbers.xml",
        columns: &[
            ("Number", "number"),
            ("Description", "description"),
            ("WHOIS", "whois"),
            ("RDAP", "rdap"),
            ("Reference", ""),
            ("Registration Date", "date"),
        ],
        rows: asns,
    },
    Registry {
        id: "iana-as-numbers-special-registry",
        csv: &["iana-as-numbers-special-registry/special-purpose-as-numbers.csv"],
        xml: "iana-as-numbers-special-registry/iana-as-numbers-special-registry.xml",
        columns: &[
            ("AS Number", "number"),
            ("Reason for Reservation", "description"),
            ("Reference", ""),
        ],
        rows: |_, _| {
            let all = ASNS.iter();
            all.map(|(first, last, what)| Row::new(&numbers(*first, *last), what))
                .collect()
        },
    },
];

/// AS numbers that nobody is given.
const ASNS: &[(u128, u128, &str)] = &[
    (0, 0, "Reserved"),
    (23_456, 23_456, "AS_TRANS"),
    (64_496, 64_511, "For documentation and sample code"),
    (64_512, 65_534, "Reserved for Private Use"),
    (65_535, 65_535, "Reserved"),
    (65_536, 65_551, "For documentation and sample code"),
    (65_552, 131_071, "Reserved"),
    (4_200_000_000, 4_294_967_294, "Reserved for Private Use"),
    (4_294_967_295, 4_294_967_295, "Reserved"),
];

/// The whole of IPv6.
///
/// Source: RFC 4291, section 2.4, and the registry of that name.
const IPV6: &[(&str, &str)] = &[
    ("0000::/8", "Reserved by IETF"),
    ("0100::/8", "Reserved by IETF"),
    ("0200::/7", "Reserved by IETF"),
    ("0400::/6", "Reserved by IETF"),
    ("0800::/5", "Reserved by IETF"),
    ("1000::/4", "Reserved by IETF"),
    ("2000::/3", "Global Unicast"),
    ("4000::/3", "Reserved by IETF"),
    ("6000::/3", "Reserved by IETF"),
    ("8000::/3", "Reserved by IETF"),
    ("a000::/3", "Reserved by IETF"),
    ("c000::/3", "Reserved by IETF"),
    ("e000::/4", "Reserved by IETF"),
    ("f000::/5", "Reserved by IETF"),
    ("f800::/6", "Reserved by IETF"),
    ("fc00::/7", "Unique Local Unicast"),
    ("fe00::/9", "Reserved by IETF"),
    ("fe80::/10", "Link-Scoped Unicast"),
    ("fec0::/10", "Reserved by IETF"),
    ("ff00::/8", "Multicast"),
];

/// One entry.
#[derive(Default)]
struct Row {
    numbers: String,
    designation: String,
    date: String,
    whois: String,
    rdap: Vec<String>,
    status: &'static str,
}

/// When ARIN began, 1997-12-22; blocks of IPv4 that were given before are called legacy.
const LEGACY_UNTIL: Timestamp = Timestamp::constant(882_748_800, 0);

impl Row {
    fn new(numbers: &str, designation: &str) -> Self {
        Self {
            numbers: numbers.to_owned(),
            designation: designation.to_owned(),
            ..Self::default()
        }
    }

    /// Returns the entry of a block that a registry was given.
    fn given(numbers: &str, words: &str, owner: &Operator, block: &Block) -> Self {
        let delegation = owner.delegated.iter().find(|d| d.block.covers(block));
        let date = delegation.map(|d| d.dates.registered.strftime("%Y-%m").to_string());
        Self {
            numbers: numbers.to_owned(),
            designation: format!("{words}{}", name(owner)),
            date: date.unwrap_or_default(),
            whois: owner.whois.iter().map(|w| w.host.clone()).collect(),
            rdap: services(owner),
            status: match delegation {
                Some(d) if block.space == Space::V4 && d.dates.registered < LEGACY_UNTIL => {
                    "LEGACY"
                }
                Some(_) | None => "ALLOCATED",
            },
        }
    }

    /// Returns what stands in a column.
    fn cell(&self, heading: &str) -> String {
        match heading {
            "Prefix" | "IPv6 Prefix" | "Address Block" | "Number" | "AS Number" => {
                self.numbers.clone()
            }
            "Designation" | "Description" | "Allocation" | "Name" | "Reason for Reservation" => {
                self.designation.clone()
            }
            "Date" | "Allocation Date" | "Registration Date" => self.date.clone(),
            "Termination Date" => "N/A".to_owned(),
            "WHOIS" => self.whois.clone(),
            "RDAP" => self.rdap.join("\n"),
            "Status [1]" | "Status" => self.status.to_owned(),
            _ => String::new(),
        }
    }
}

/// Returns the name that IANA has for a registry.
fn name(owner: &Operator) -> &str {
    owner.name.strip_suffix(" (mock)").unwrap_or(&owner.name)
}

/// Returns the RDAP services that IANA names: some registries have a second one in the clear, and
/// leave out the slash that bases end with.
fn services(owner: &Operator) -> Vec<String> {
    let base = owner.base_url();
    if owner.rdap.base == "/registry/" {
        let base = base.trim_end_matches('/').to_owned();
        let clear = base.replacen("https:", "http:", 1);
        vec![base, clear]
    } else {
        vec![base]
    }
}

/// Returns the registry that was delegated the most of a block.
fn owner<'w>(world: &'w World, block: &Block) -> Option<&'w Operator> {
    let mut all = world.registries();
    all.find(|o| o.delegated.iter().any(|d| d.block.overlaps(block)))
}

fn ipv4(world: &World) -> Vec<Row> {
    let octets = 0..=255_u128;
    let row = |octet: u128| {
        let numbers = format!("{octet:03}/8");
        let block = Block::prefix(Space::V4, octet << 24, 8)?;
        let special = world.special().iter().find(|s| s.block.covers(&block));
        Some(match (owner(world, &block), special) {
            (Some(owner), _) => Row::given(&numbers, "", owner, &block),
            (None, Some(special)) => Row {
                date: special.dates.registered.strftime("%Y-%m").to_string(),
                status: "RESERVED",
                ..Row::new(&numbers, &format!("IANA - {}", special.name))
            },
            (None, None) if octet >= 224 => Row {
                date: "1981-09".to_owned(),
                status: "RESERVED",
                ..Row::new(&numbers, "Multicast")
            },
            (None, None) => Row {
                status: "UNALLOCATED",
                ..Row::new(&numbers, "IANA")
            },
        })
    };
    octets.filter_map(row).collect()
}

fn ipv6_space() -> Vec<Row> {
    let all = IPV6.iter();
    all.map(|(prefix, what)| Row::new(prefix, what)).collect()
}

fn ipv6(world: &World) -> Vec<Row> {
    let mut rows = vec![(
        0x2001_u128 << 112,
        Row {
            date: "1999-07-01".to_owned(),
            whois: "whois.iana.org".to_owned(),
            status: "ALLOCATED",
            ..Row::new("2001:0000::/23", "IANA")
        },
    )];
    for registry in world.registries() {
        let own = registry.delegated.iter().map(|d| d.block);
        for block in own.filter(|b| b.space == Space::V6) {
            if let Some(prefix) = block.as_prefix() {
                rows.push((block.first, Row::given(&prefix, "", registry, &block)));
            }
        }
    }
    rows.sort_by_key(|(first, _)| *first);
    rows.into_iter().map(|(_, row)| row).collect()
}

fn special(world: &World, space: Space) -> Vec<Row> {
    let own = world.special().iter().filter(|s| s.block.space == space);
    let rows = own.filter_map(|special| {
        let mark = if special.name == "Reserved" {
            " [1]"
        } else {
            ""
        };
        Some(Row {
            date: special.dates.registered.strftime("%Y-%m").to_string(),
            ..Row::new(
                &format!("{}{mark}", special.block.as_prefix()?),
                &special.name,
            )
        })
    });
    rows.collect()
}

/// Returns the AS numbers of 16 bits, or those of 32.
fn asns(world: &World, part: usize) -> Vec<Row> {
    let (mut next, end) = match part {
        0 => (0, 65_535),
        _ => (65_536, 4_294_967_295),
    };
    let mut rows = Vec::new();
    if part > 0 {
        rows.push(Row::new("0-65535", "See Sub-registry 16-bit AS numbers"));
    }
    let mut known: Vec<(u128, u128, Option<&Operator>, &str)> = ASNS
        .iter()
        .map(|(first, last, what)| (*first, *last, None, *what))
        .collect();
    for registry in world.registries() {
        let own = registry.delegated.iter().map(|d| d.block);
        let own = own.filter(|b| b.space == Space::Asn);
        known.extend(own.map(|b| (b.first, b.last, Some(registry), "")));
    }
    known.sort_by_key(|(first, ..)| *first);
    for (first, last, owner, what) in known {
        if last < next || first > end {
            continue;
        }
        if let Some(before) = first.checked_sub(1).filter(|before| next <= *before) {
            rows.push(Row::new(&numbers(next, before), "Unallocated"));
        }
        let written = numbers(first, last);
        let block = Block {
            space: Space::Asn,
            first,
            last,
        };
        rows.push(match owner {
            Some(owner) => Row::given(&written, "Assigned by ", owner, &block),
            None => Row::new(&written, what),
        });
        next = last + 1;
    }
    if next <= end {
        rows.push(Row::new(&numbers(next, end), "Unallocated"));
    }
    rows
}

fn numbers(first: u128, last: u128) -> String {
    if first == last {
        first.to_string()
    } else {
        format!("{first}-{last}")
    }
}

/// Writes CSV: lines end with CR and LF, those within a cell with LF.
fn csv(registry: &Registry, rows: &[Row]) -> String {
    let headings: Vec<&str> = registry
        .columns
        .iter()
        .map(|(heading, _)| *heading)
        .collect();
    let mut text = headings.join(",");
    text.push_str("\r\n");
    for row in rows {
        let cells = headings.iter().map(|heading| {
            let mut cell = row.cell(heading);
            // Of AS numbers both URLs stand there with nothing between them.
            if registry.id == "as-numbers" {
                cell = cell.replace('\n', "");
            }
            quoted(&cell)
        });
        text.push_str(&cells.collect::<Vec<_>>().join(","));
        text.push_str("\r\n");
    }
    text
}

fn quoted(cell: &str) -> String {
    if cell.contains([',', '"', '\n']) {
        format!("\"{}\"", cell.replace('"', "\"\""))
    } else {
        cell.to_owned()
    }
}

/// Writes XML: the parts of a registry, or its one list.
fn xml(registry: &Registry, world: &World) -> String {
    let mut text = format!(
        "<?xml version='1.0' encoding='UTF-8'?>\n<registry xmlns=\"http://www.iana.org/assignments\" id=\"{}\">\n",
        registry.id
    );
    let updated = world.bootstrap_published().strftime("%Y-%m-%d");
    writeln!(text, "  <updated>{updated}</updated>").ok();
    for part in 0..registry.csv.len() {
        writeln!(text, "<registry id=\"{}-{}\">", registry.id, part + 1).ok();
        for row in (registry.rows)(world, part) {
            text.push_str("  <record>\n");
            for (heading, element) in registry.columns {
                let cell = row.cell(heading);
                if element.is_empty() || cell.is_empty() {
                    continue;
                }
                if *element == "rdap" {
                    let servers = cell.lines().map(escaped);
                    let servers = servers.map(|url| format!("<server>{url}</server>"));
                    let servers = servers.collect::<Vec<_>>().concat();
                    writeln!(text, "    <rdap>{servers}</rdap>").ok();
                } else {
                    let cell = escaped(&cell);
                    writeln!(text, "    <{element}>{cell}</{element}>").ok();
                }
            }
            text.push_str("  </record>\n");
        }
        text.push_str("</registry>\n");
    }
    text.push_str("</registry>\n");
    text
}

fn escaped(text: &str) -> String {
    let text = text.replace('&', "&amp;");
    text.replace('<', "&lt;").replace('>', "&gt;")
}
