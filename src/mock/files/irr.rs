//! Dumps of a routing registry, made from the numbers that the registry's statistics list.
//!
//! Each network whose holder has an AS number is routed from there: an object for each prefix. A dump
//! is as of midnight, UTC, with the serial number of that day.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::statistics::{Row, rows};
use super::{File, Place, Provider};
use crate::mock::decode::{Decoder, words};
use crate::mock::number::Space;
use crate::mock::world::{Operator, World};
use crate::yaml::Node;

/// How long after midnight a dump is published.
const PUBLISHED_AFTER: SignedDuration = SignedDuration::from_mins(25);

/// A routing registry that publishes dumps.
#[derive(Clone, Debug)]
pub struct Irr {
    /// The source of its objects.
    pub source: String,
    /// The folder of its dumps, from `/` to `/`.
    pub folder: String,
    /// How dumps are named and cut.
    pub cut: Cut,
    /// For how many days it has published nothing; only under a fault.
    pub stopped_days: i64,
}

words! {
    /// How dumps are cut.
    pub Cut {
        /// One dump with all objects.
        Whole = "whole",
        /// A dump for each class.
        Split = "split",
    }
}

/// Reads `irr` of a file host.
pub(super) fn irr(d: &Decoder, node: &Node) -> Option<Irr> {
    d.known(node, &["source", "folder", "cut", "stopped_days"]);
    Some(Irr {
        source: d.text(node, "source")?,
        folder: d.text(node, "folder")?,
        cut: d.word_or(node, "cut", Cut::Whole),
        stopped_days: d
            .optional(node, "stopped_days", "a number of days")
            .unwrap_or(0),
    })
}

/// Dumps, plain and as gzip, and their serial numbers.
#[derive(Debug)]
pub(super) struct Dumps;

impl Provider for Dumps {
    fn find(&self, place: &Place<'_>) -> Option<File> {
        let operator = place.registry()?;
        let irr = operator.files.as_ref()?.irr.as_ref()?;
        let name = place.path.strip_prefix(irr.folder.as_str())?;
        let published = published(place.now, irr.stopped_days)?;
        if name == format!("{}.CURRENTSERIAL", irr.source) {
            let text = format!("{}\n", serial(published));
            return Some(File::text("text/plain", text, published));
        }
        if let Some(plain) = place.path.strip_suffix(".gz") {
            // What is wrong with the text is packed with it.
            let file = place.elsewhere(place.owner, plain).file()?;
            return Some(File {
                media_type: "application/gzip",
                octets: packed(&file.octets)?,
                ..file
            });
        }
        let lower = irr.source.to_ascii_lowercase();
        let class = match (irr.cut, name.strip_prefix(&format!("{lower}.db"))?) {
            (Cut::Whole, "") => None,
            (Cut::Split, ".route") => Some("route"),
            (Cut::Split, ".route6") => Some("route6"),
            _ => return None,
        };
        let text = dump(place.world, operator, irr, published, class);
        Some(File::text("text/plain", text, published))
    }
}

/// Returns when the newest dump was published.
fn published(now: Timestamp, stopped_days: i64) -> Option<Timestamp> {
    let at = now.checked_sub(PUBLISHED_AFTER).ok()?;
    let day = at.to_zoned(TimeZone::UTC).start_of_day().ok()?;
    let late = SignedDuration::from_hours(stopped_days.checked_mul(24)?);
    let day = day.timestamp().checked_sub(late).ok()?;
    day.checked_add(PUBLISHED_AFTER).ok()
}

/// Returns the serial number of a day.
fn serial(published: Timestamp) -> i64 {
    published.as_second() / 86_400 * 100
}

/// Writes a dump, of one class or of all.
fn dump(
    world: &World,
    operator: &Operator,
    irr: &Irr,
    published: Timestamp,
    class: Option<&str>,
) -> String {
    let rows = rows(world, operator, published);
    let held = rows.iter().filter(|row| row.status.is_held());
    let source = &irr.source;
    let mut text = format!(
        "# {source}, serial {}\n# Objects of the mock world; nobody announces these.\n\n",
        serial(published)
    );
    for row in held.clone().filter(|row| row.block.space != Space::Asn) {
        let name = match row.block.space {
            Space::V4 => "route",
            Space::Asn | Space::V6 => "route6",
        };
        if class.is_some_and(|class| class != name) {
            continue;
        }
        let own = |other: &&Row| other.block.space == Space::Asn && other.holder == row.holder;
        let Some(origin) = held.clone().find(own).map(|row| row.block.first) else {
            continue;
        };
        for (address, length) in row.block.prefixes() {
            let address = row.block.write(address);
            text.push_str(&format_object(
                name,
                &format!("{address}/{length}"),
                origin,
                source,
            ));
        }
    }
    text
}

fn format_object(class: &str, prefix: &str, origin: u128, source: &str) -> String {
    let name = format!("{class}:");
    format!(
        "{name:<16}{prefix}\ndescr:          fictional\norigin:         AS{origin}\nmnt-by:         MNT-{source}\nsource:         {source}\n\n"
    )
}

/// Packs octets as gzip, the same every time.
fn packed(octets: &[u8]) -> Option<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(octets).ok()?;
    encoder.finish().ok()
}
