//! What the NRO makes of all statistics each day: combined rows, conflicts, what nobody lists.
//!
//! Numbers are cut at every end of every row, and rows are painted over the pieces in the order of
//! files: another way to the same result than the one that judges it.

mod canvas;

use std::fmt::Write as _;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use canvas::{Canvas, Paint};

use super::{File, Owner, Place, Provider};
use crate::mock::kept::Kept;
use crate::mock::number::{Block, Space};
use crate::mock::rpki::sha256;
use crate::mock::world::{Identity, Operator, World};

/// The NRO's files.
#[derive(Debug)]
pub(super) struct Nro;

/// How many days are at hand.
const KEPT_DAYS: i64 = 10;

/// A day, as clocks count it.
const DAY: SignedDuration = SignedDuration::from_hours(24);

impl Provider for Nro {
    fn find(&self, place: &Place<'_>) -> Option<File> {
        let root = place.registry()?.files.as_ref()?.nro.as_deref()?;
        let (folder, name) = place.path.strip_prefix(root)?.split_once('/')?;
        let at = if folder == "latest" {
            place.now
        } else {
            let before = |days: i64| {
                let hours = SignedDuration::from_hours(days.checked_mul(24)?);
                place.now.checked_sub(hours).ok()
            };
            let mut all = (0..KEPT_DAYS).filter_map(before);
            all.find(|at| digits(*at) == folder)?
        };
        let day = digits(at);
        if name == "delegated-iana" {
            let text = with_header("iana", &day, &iana_rows(place.world));
            return Some(File::text("text/plain", text, at));
        }
        // Of the days before only the newest is merged with the one before it: what they settle is the same.
        let yesterday = (at == place.now).then(|| at.checked_sub(DAY).ok());
        let merged = merged(place.world, at, yesterday.flatten());
        let text = match name {
            "nro-delegated-stats" | "combined-stat" => with_header("nro", &day, &merged.combined),
            "conflicts" => merged.conflicts.clone(),
            "unclaimed" => lines(&merged.unclaimed),
            "overclaimed" => lines(&merged.overclaimed),
            _ => return None,
        };
        Some(File::text("text/plain", text, at))
    }
}

fn digits(at: Timestamp) -> String {
    at.strftime("%Y%m%d").to_string()
}

/// Numbers, and what is said of them.
#[derive(Clone, Debug)]
struct Row {
    block: Block,
    registry: String,
    country: String,
    date: String,
    status: String,
    holder: String,
    source: String,
}

/// What is made of a day.
#[derive(Debug, Default)]
struct Merged {
    combined: Vec<Row>,
    conflicts: String,
    unclaimed: Vec<Row>,
    overclaimed: Vec<Row>,
}

const SPACES: [(Space, &str); 3] = [
    (Space::Asn, "asn"),
    (Space::V4, "ipv4"),
    (Space::V6, "ipv6"),
];

/// The order in which the program reads the registries' files.
const ORDER: [&str; 5] = ["arin", "afrinic", "lacnic", "ripencc", "apnic"];

/// How many merged days are kept.
const MOST_KEPT: usize = 64;

/// What was merged so far, shared by worlds that came of one another.
#[derive(Debug)]
pub(in crate::mock) struct Merges {
    /// By day and all that is merged, so that worlds share what is the same in them.
    made: Kept<(String, Vec<u8>), Arc<Merged>>,
    /// By world and time, with the time of the day before: to write what is merged takes as long.
    shown: Kept<(Identity, Timestamp, Option<Timestamp>), Arc<Merged>>,
}

impl Default for Merges {
    fn default() -> Self {
        Self {
            made: Kept::at_most(MOST_KEPT),
            shown: Kept::at_most(MOST_KEPT),
        }
    }
}

/// What is merged on a day.
struct Inputs {
    day: String,
    /// Registries' files in the order in which the program reads them.
    files: Vec<String>,
    iana: Vec<Row>,
}

impl Inputs {
    fn of(world: &World, at: Timestamp) -> Self {
        let mut files: Vec<(usize, String)> = Vec::new();
        for registry in world.registries() {
            let Some((name, path)) = newest_of(registry) else {
                continue;
            };
            let there = Place {
                world,
                owner: Owner::Registry(registry),
                path: &path,
                now: at,
            };
            let order = ORDER.iter().position(|known| *known == name);
            if let Some(file) = there.file() {
                let text = String::from_utf8_lossy(&file.octets).into_owned();
                files.push((order.unwrap_or(ORDER.len()), text));
            }
        }
        files.sort_by_key(|(order, _)| *order);
        Self {
            day: digits(at),
            files: files.into_iter().map(|(_, text)| text).collect(),
            iana: iana_rows(world),
        }
    }

    /// Returns digests of everything that is merged.
    fn digests(&self) -> Vec<u8> {
        let texts = self.files.iter().map(|text| sha256(text.as_bytes()));
        let iana = sha256(lines(&self.iana).as_bytes());
        texts.chain([iana]).flatten().collect()
    }
}

/// Merges what registries publish at a time, after what they published the day before.
fn merged(world: &World, at: Timestamp, yesterday: Option<Timestamp>) -> Arc<Merged> {
    let key = (world.identity(), at, yesterday);
    let make = || merged_anew(world, at, yesterday);
    world.merges().shown.get(key, make)
}

fn merged_anew(world: &World, at: Timestamp, yesterday: Option<Timestamp>) -> Arc<Merged> {
    let before = yesterday.map(|yesterday| merged(world, yesterday, None));
    let inputs = Inputs::of(world, at);
    let mut key = inputs.digests();
    if let Some(before) = &before {
        key.extend(sha256(lines(&before.combined).as_bytes()));
    }
    let before = before.as_ref().map_or(&[][..], |before| &before.combined);
    let make = || Arc::new(merge(&inputs, before));
    world.merges().made.get((inputs.day.clone(), key), make)
}

/// Merges files, IANA's rows and what was combined the day before.
fn merge(inputs: &Inputs, before: &[Row]) -> Merged {
    let Inputs { day, files, iana } = inputs;
    let files: Vec<Vec<Row>> = files.iter().map(|text| rows_of(text, day)).collect();
    let mut merged = Merged::default();
    for (space, _) in SPACES {
        let own = |row: &&Row| row.block.space == space;
        let mut listed: Vec<Row> = files
            .iter()
            .flat_map(|rows| rows.iter().filter(own).cloned())
            .collect();
        listed.extend(iana.iter().filter(own).filter(|r| !is_given(r)).cloned());
        let iana: Vec<Row> = iana.iter().filter(own).cloned().collect();
        let before: Vec<Row> = before.iter().filter(own).cloned().collect();
        one(space, [&listed, &iana, &before], day, &mut merged);
    }
    merged
}

/// Returns a registry's name in statistics, and where its newest file is.
fn newest_of(registry: &Operator) -> Option<(&str, String)> {
    let statistics = registry.files.as_ref()?.statistics.as_ref()?;
    Some((&statistics.name, statistics.latest()))
}

/// Says whether a row of IANA's gives numbers to a registry.
fn is_given(row: &Row) -> bool {
    ORDER.contains(&row.holder.as_str())
}

/// Merges rows of one kind: what is listed, what IANA says, and what was combined the day before.
fn one(space: Space, [listed, iana, before]: [&[Row]; 3], day: &str, merged: &mut Merged) {
    let canvas = Canvas::of(space, listed.iter().chain(iana).chain(before));
    let was = canvas.painted(before);
    let mut paint = canvas.blank();
    for row in listed {
        let mut met: Vec<&Row> = Vec::new();
        for earlier in canvas.under(&paint, &row.block).iter().copied().flatten() {
            if met.last().is_none_or(|last| !std::ptr::eq(*last, earlier)) {
                met.push(earlier);
            }
        }
        for earlier in &met {
            let (earlier, later) = (text(earlier), text(row));
            write!(merged.conflicts, "{earlier}\r\n{later}\r\n\r\n").unwrap_or_default();
        }
        let known = canvas.under(&was, &row.block);
        let is_known = known.iter().any(Option::is_some);
        if met.is_empty() || row.registry == "iana" || !is_known {
            canvas.lay(&mut paint, &row.block, Some(row));
        } else if let Some(pieces) = paint.get_mut(canvas.pieces(&row.block)) {
            for (piece, known) in pieces.iter_mut().zip(known) {
                *piece = known.or(*piece);
            }
        }
    }
    let said = canvas.painted(iana);
    let both = || paint.iter().zip(&said);
    let beyond = both().map(|(own, said)| own.filter(|_| said.is_none()));
    merged.overclaimed.extend(canvas.rows(&beyond.collect()));
    let gaps = both().map(|(own, said)| said.filter(|row| own.is_none() && is_given(row)));
    let mut filled = Vec::new();
    for gap in canvas.rows(&gaps.collect()) {
        fill(&canvas, &was, gap, day, &mut filled);
    }
    let mut combined = canvas.rows(&paint);
    combined.extend(filled.iter().cloned());
    combined.extend(pool(space, &combined));
    combined.sort_by_key(|row| row.block.first);
    merged.unclaimed.extend(filled);
    merged.combined.extend(combined);
}

/// Fills what nobody lists: with what was there the day before, or as the registry's from today.
fn fill(canvas: &Canvas, was: &Paint<'_>, gap: Row, day: &str, filled: &mut Vec<Row>) {
    let held = |row: &&Row| row.status != "ianapool";
    let known = canvas.under(was, &gap.block).iter();
    let known: Vec<Option<&Row>> = known.map(|row| row.filter(held)).collect();
    if known.iter().any(Option::is_some) {
        let mut kept = canvas.blank();
        if let Some(pieces) = kept.get_mut(canvas.pieces(&gap.block)) {
            pieces.copy_from_slice(&known);
        }
        filled.extend(canvas.rows(&kept));
        return;
    }
    filled.push(Row {
        registry: gap.holder.clone(),
        date: day.to_owned(),
        status: "available".to_owned(),
        ..gap
    });
}

/// Returns what nobody has, as IANA's.
fn pool(space: Space, used: &[Row]) -> Vec<Row> {
    let (last, since) = match space {
        // The program's whole ends here.
        Space::Asn => (4_200_000_000, "20061129"),
        Space::V4 => (space.max(), "20120801"),
        Space::V6 => (space.max(), "19960801"),
    };
    let first = 0;
    let whole = iana_row(Block { space, first, last }, since, "ianapool", "iana");
    let canvas = Canvas::of(space, used.iter().chain([&whole]));
    let mut paint = canvas.painted([&whole]);
    for row in used {
        canvas.lay(&mut paint, &row.block, None);
    }
    canvas.rows(&paint)
}

fn iana_row(block: Block, since: &str, status: &str, holder: &str) -> Row {
    Row {
        block,
        registry: "iana".to_owned(),
        country: "ZZ".to_owned(),
        date: since.to_owned(),
        status: status.to_owned(),
        holder: holder.to_owned(),
        source: "iana".to_owned(),
    }
}

/// Returns what IANA gave, and what is special, as rows.
fn iana_rows(world: &World) -> Vec<Row> {
    let mut layers: Vec<Row> = Vec::new();
    for registry in world.registries() {
        if let Some((name, _)) = newest_of(registry) {
            for delegation in &registry.delegated {
                let since = digits(delegation.dates.registered);
                layers.push(iana_row(delegation.block, &since, "allocated", name));
            }
        }
    }
    for special in world.special() {
        let since = digits(special.dates.registered);
        layers.push(iana_row(special.block, &since, "reserved", "ietf"));
    }
    let mut rows = Vec::new();
    for (space, _) in SPACES {
        let own = || layers.iter().filter(|row| row.block.space == space);
        let canvas = Canvas::of(space, own());
        rows.extend(canvas.rows(&canvas.painted(own())));
    }
    rows
}

/// Reads the rows of a registry's file, as the program dresses them.
fn rows_of(file: &str, day: &str) -> Vec<Row> {
    let lines = file.lines().filter(|line| !line.starts_with('#'));
    lines.filter_map(|line| row_of(line, day)).collect()
}

fn row_of(line: &str, day: &str) -> Option<Row> {
    let parts: Vec<&str> = line.split('|').collect();
    let [
        registry,
        country,
        kind,
        start,
        value,
        date,
        status,
        rest @ ..,
    ] = parts.as_slice()
    else {
        return None;
    };
    let (space, _) = SPACES.iter().find(|(_, word)| word == kind)?;
    let is_held = !matches!(*status, "available" | "reserved");
    let holder = rest.first().copied().unwrap_or_default();
    let text = |held: &str, free: &str| if is_held { held } else { free }.to_owned();
    Some(Row {
        block: block(*space, start, value)?,
        registry: (*registry).to_owned(),
        country: text(country, "ZZ"),
        date: text(date, day),
        status: match *status {
            "allocated" => "assigned".to_owned(),
            other => other.to_owned(),
        },
        holder: text(holder, registry),
        source: "e-stats".to_owned(),
    })
}

fn block(space: Space, start: &str, value: &str) -> Option<Block> {
    let first = match space {
        Space::V6 => return Block::parse(&format!("{start}/{value}")).ok(),
        Space::Asn => start.parse().ok()?,
        Space::V4 => Block::parse(start).ok()?.first,
    };
    let count: u128 = value.parse().ok()?;
    let last = first.checked_add(count.checked_sub(1)?)?;
    (last <= space.max()).then_some(Block { space, first, last })
}

/// Writes a row.
fn text(row: &Row) -> String {
    let space = row.block.space;
    let kind = SPACES.iter().find(|(known, _)| *known == space);
    let kind = kind.map_or("", |(_, word)| word);
    let value = match space {
        Space::Asn | Space::V4 => row.block.span().saturating_add(1),
        Space::V6 => {
            let prefixes = row.block.prefixes();
            prefixes.first().map_or(128, |(_, length)| (*length).into())
        }
    };
    let start = row.block.first_text();
    let Row {
        registry,
        country,
        date,
        status,
        holder,
        source,
        ..
    } = row;
    format!("{registry}|{country}|{kind}|{start}|{value}|{date}|{status}|{holder}|{source}")
}

/// Writes rows, kind by kind; no end behind the last line.
fn lines(rows: &[Row]) -> String {
    let of = |space: Space| rows.iter().filter(move |row| row.block.space == space);
    let all = SPACES.iter().flat_map(|(space, _)| of(*space).map(text));
    all.collect::<Vec<_>>().join("\n")
}

fn with_header(name: &str, day: &str, rows: &[Row]) -> String {
    let mut file = format!("2|{name}|{day}|{}|19821213|{day}|+0000\n", rows.len());
    for (space, word) in SPACES {
        let count = rows.iter().filter(|row| row.block.space == space).count();
        writeln!(file, "{name}|*|{word}|*|{count}|summary").unwrap_or_default();
    }
    file.push_str(&lines(rows));
    file
}
