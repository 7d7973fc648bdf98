//! Feeds of changes (Atom, RFC 4287): one over all registries, one for each.

use std::io;

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event};

use crate::fact::Digest;
use crate::report::site::past::{Shift, Step, Turn};
use crate::report::site::{Kind, View, path, text};

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
        vec![String::new()]
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
    let mut entries = Vec::new();
    for (number, run) in view.site.runs.iter().enumerate().rev() {
        let updated = run.audit.run.started;
        let mut steps: Vec<(Turn, &Step<'_>)> = view
            .past
            .steps_of(number)
            .filter(|step| registry.is_none_or(|own| own == step.registry))
            .filter_map(|step| Some((step.turn()?, step)))
            .collect();
        steps.sort_by_key(|(turn, _)| *turn);
        entries.extend(steps.into_iter().map(|(turn, step)| of_step(view, turn, step, updated)));
        let shifts = view.past.shifts_of(number).filter(|shift| is_told(shift, registry));
        entries.extend(shifts.map(|shift| of_shift(view, shift, updated)));
        if entries.len() >= MOST {
            break;
        }
    }
    entries.truncate(MOST);
    entries
}

/// Says whether a feed tells a change of values: quantities move in every run and are left out.
fn is_told(shift: &Shift<'_>, registry: Option<&str>) -> bool {
    let (Some(before), Some(after)) = (shift.before, shift.after) else {
        return false;
    };
    let is_own = |own: &str| shift.moved().iter().any(|(member, _, _)| *member == own);
    !after.is_parameter() && !before.is_parameter() && registry.is_none_or(is_own)
}

fn of_step(view: &View<'_>, turn: Turn, step: &Step<'_>, updated: jiff::Timestamp) -> Entry {
    let name = view.site.name_of(step.registry);
    let was = step.before.as_ref().map_or("not judged", |mark| mark.text());
    let is = step.after.as_ref().map_or("not judged", |mark| mark.text());
    Entry {
        key: format!("step\0{}\0{}\0{updated}", step.id, step.registry),
        title: format!("{name}: {} {}", step.id, turn.words()),
        summary: format!("{} At {name} it was “{was}” and is “{is}”.", sentence(view.site.title_of(step.id))),
        page: path::check(step.id),
        updated,
    }
}

fn of_shift(view: &View<'_>, shift: &Shift<'_>, updated: jiff::Timestamp) -> Entry {
    let moved: Vec<String> = shift
        .moved()
        .into_iter()
        .map(|(member, then, now)| format!("{}: {then} → {now}", view.site.name_of(member)))
        .collect();
    Entry {
        key: format!("shift\0{}\0{updated}", shift.titled),
        title: format!("{} has other values", shift.titled),
        summary: format!("{} {}", sentence(view.site.title_of(shift.id)), moved.join("; ")),
        page: path::comparison(shift.id),
        updated,
    }
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
    writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("utf-8"), None)))?;
    let mut root = BytesStart::new("feed");
    root.push_attribute(("xmlns", "http://www.w3.org/2005/Atom"));
    root.push_attribute(("xml:lang", "en"));
    writer.write_event(Event::Start(root))?;
    element(writer, "id", &urn(&format!("feed\0{}\0{own}", view.site.newest.audit.run.target)))?;
    element(writer, "title", title)?;
    element(writer, "updated", &newest.to_string())?;
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
