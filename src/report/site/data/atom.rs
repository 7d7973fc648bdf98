//! Feeds of changes (Atom, RFC 4287): one over all registries, one for each.

use std::collections::BTreeSet;
use std::io;

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event};

use super::only;
use crate::audit::difference::{CheckChange, ComparisonChange};
use crate::fact::Digest;
use crate::report::difference::told::{heading, values, verdict};
use crate::report::site::past::is_turn;
use crate::report::site::{Kind, View, path, text};
use crate::report::words::titled;
use crate::verdict::results::CheckResult;

/// Writes the feed over all registries.
#[derive(Debug)]
pub(in crate::report::site) struct Feed;

/// Writes a feed for each registry.
#[derive(Debug)]
pub(in crate::report::site) struct RegistryFeeds;

/// Most entries of a feed; readers keep what they have seen.
const MOST: usize = 200;

/// One change as a feed tells it.
struct Entry {
    /// What makes it the same entry in every site that has its run.
    key: String,
    title: String,
    summary: String,
    /// The page that tells more.
    page: String,
    updated: jiff::Timestamp,
}

impl Kind for Feed {
    fn keys(&self, _view: &View<'_>) -> Vec<String> {
        only()
    }

    fn path(&self, _key: &str) -> String {
        "feed.atom".to_owned()
    }

    fn octets(&self, view: &View<'_>, _key: &str) -> Vec<u8> {
        let title = view.site.about.title.clone();
        written(view, "feed.atom", &title, &entries(view, None))
    }
}

impl Kind for RegistryFeeds {
    fn keys(&self, view: &View<'_>) -> Vec<String> {
        let all = view.site.registries.iter();
        all.map(|registry| registry.id.to_string()).collect()
    }

    fn path(&self, key: &str) -> String {
        path::feed(key)
    }

    fn octets(&self, view: &View<'_>, key: &str) -> Vec<u8> {
        let title = format!("{}: {}", view.site.name_of(key), view.site.about.title);
        written(view, &self.path(key), &title, &entries(view, Some(key)))
    }
}

/// Returns changes, newest first, of all registries or of one.
fn entries(view: &View<'_>, registry: Option<&str>) -> Vec<Entry> {
    let is_own = |own: &str| registry.is_none_or(|registry| registry == own);
    let mut entries = Vec::new();
    for (number, run) in view.site.runs.iter().enumerate().rev() {
        let updated = run.audit.run.started;
        let errata = run
            .audit
            .results
            .checks
            .iter()
            .filter(|c| is_own(c.registry.as_str()));
        entries.extend(errata.filter_map(|check| of_erratum(view, check)));
        if let Some(difference) = view.past.brought(number) {
            let turns = difference.checks.iter().filter(|change| {
                is_turn(change.class)
                    && change.operator.is_registry()
                    && is_own(change.registry.as_str())
            });
            entries.extend(turns.map(|change| of_check(view, change, updated)));
            let moved = difference.comparisons.iter().filter(|change| {
                change.unit.is_none() && change.values.iter().any(|v| is_own(&v.participant))
            });
            entries.extend(moved.map(|change| of_comparison(view, change, updated)));
        }
        if entries.len() >= MOST {
            break;
        }
    }
    // An erratum stands in every run that it is about; a feed tells it once.
    let mut seen = BTreeSet::new();
    entries.retain(|entry: &Entry| seen.insert(entry.key.clone()));
    entries.sort_by_key(|entry| std::cmp::Reverse(entry.updated));
    entries.truncate(MOST);
    entries
}

fn of_check(view: &View<'_>, change: &CheckChange, updated: jiff::Timestamp) -> Entry {
    let name = view.site.name_of(change.registry.as_str());
    let (was, is) = (
        verdict(change.before.as_ref()),
        verdict(change.after.as_ref()),
    );
    let instance = titled(&change.id, &change.parameters);
    Entry {
        key: format!("check\0{instance}\0{name}\0{updated}"),
        title: format!(
            "{name}: {instance}: {}",
            heading(change.class).to_lowercase()
        ),
        summary: format!(
            "{} At {name} it was “{was}” and is “{is}”.",
            sentence(&change.title)
        ),
        page: path::check(&change.id),
        updated,
    }
}

fn of_comparison(view: &View<'_>, change: &ComparisonChange, updated: jiff::Timestamp) -> Entry {
    let moved: Vec<String> = change
        .values
        .iter()
        .map(|value| {
            let (then, now) = values(value);
            format!("{}: {then} → {now}", view.site.name_of(&value.participant))
        })
        .collect();
    let instance = titled(&change.id, &change.parameters);
    Entry {
        key: format!("comparison\0{instance}\0{updated}"),
        title: format!("{instance}: {}", heading(change.class).to_lowercase()),
        summary: format!("{} {}", sentence(&change.title), moved.join("; ")),
        page: path::comparison(&change.id),
        updated,
    }
}

fn of_erratum(view: &View<'_>, check: &CheckResult) -> Option<Entry> {
    let erratum = check.erratum.as_ref()?;
    let day = erratum.on.to_zoned(jiff::tz::TimeZone::UTC).ok()?;
    let name = view.site.name_of(check.registry.as_str());
    Some(Entry {
        key: format!("erratum\0{}\0{}\0{name}", erratum.id, check.id),
        title: format!("{name}: {}: withdrawn", check.id),
        summary: sentence(&erratum.reason),
        page: path::check(&check.id),
        updated: day.timestamp(),
    })
}

fn sentence(title: &str) -> String {
    if title.is_empty() || title.ends_with('.') {
        title.to_owned()
    } else {
        format!("{title}.")
    }
}

fn written(view: &View<'_>, own: &str, title: &str, entries: &[Entry]) -> Vec<u8> {
    let mut writer = Writer::new_with_indent(Vec::new(), b' ', 1);
    // Writing to memory cannot fail.
    match feed(&mut writer, view, own, title, entries) {
        Ok(()) => writer.into_inner(),
        Err(_) => Vec::new(),
    }
}

fn feed(
    writer: &mut Writer<Vec<u8>>,
    view: &View<'_>,
    own: &str,
    title: &str,
    entries: &[Entry],
) -> io::Result<()> {
    let about = view.site.about;
    let newest = view.site.newest.audit.run.started;
    let updated = entries
        .iter()
        .map(|entry| entry.updated)
        .fold(newest, Ord::max);
    writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("utf-8"), None)))?;
    let mut root = BytesStart::new("feed");
    root.push_attribute(("xmlns", "http://www.w3.org/2005/Atom"));
    root.push_attribute(("xml:lang", "en"));
    writer.write_event(Event::Start(root))?;
    element(
        writer,
        "id",
        &urn(&format!(
            "feed\0{}\0{own}",
            view.site.newest.audit.run.target
        )),
    )?;
    element(writer, "title", title)?;
    element(writer, "updated", &updated.to_string())?;
    writer.write_event(Event::Start(BytesStart::new("author")))?;
    element(writer, "name", "Quintet")?;
    writer.write_event(Event::End(BytesEnd::new("author")))?;
    element(writer, "generator", "Quintet")?;
    if !about.base.is_empty() {
        link(writer, "self", &format!("{}{own}", about.base))?;
    }
    for entry in entries {
        writer.write_event(Event::Start(BytesStart::new("entry")))?;
        element(writer, "id", &urn(&entry.key))?;
        element(writer, "title", &entry.title)?;
        element(writer, "updated", &entry.updated.to_string())?;
        let page = if about.base.is_empty() {
            path::from(own, &entry.page)
        } else {
            format!("{}{}", about.base, entry.page)
        };
        link(writer, "alternate", &page)?;
        element(writer, "summary", &entry.summary)?;
        writer.write_event(Event::End(BytesEnd::new("entry")))?;
    }
    writer.write_event(Event::End(BytesEnd::new("feed")))
}

fn element(writer: &mut Writer<Vec<u8>>, name: &str, words: &str) -> io::Result<()> {
    writer.write_event(Event::Start(BytesStart::new(name)))?;
    // Characters that XML 1.0 does not know are not among what `line` lets pass.
    writer.write_event(Event::Text(BytesText::new(&text::line(words))))?;
    writer.write_event(Event::End(BytesEnd::new(name)))
}

fn link(writer: &mut Writer<Vec<u8>>, rel: &str, href: &str) -> io::Result<()> {
    let mut link = BytesStart::new("link");
    link.push_attribute(("rel", rel));
    link.push_attribute(("href", href));
    writer.write_event(Event::Empty(link))
}

/// Returns an identifier that never changes, made of what it identifies (RFC 4122, version 8 by its own digest).
fn urn(key: &str) -> String {
    let hex: Vec<char> = Digest::of(key.as_bytes()).hex().chars().take(32).collect();
    let part = |from: usize, to: usize| hex.iter().skip(from).take(to - from).collect::<String>();
    format!(
        "urn:uuid:{}-{}-8{}-a{}-{}",
        part(0, 8),
        part(8, 12),
        part(13, 16),
        part(17, 20),
        part(20, 32)
    )
}
