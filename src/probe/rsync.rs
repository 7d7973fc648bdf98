//! The `rsync` probe: greeting, modules, and a whole folder.

mod content;
mod held;

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;

use content::Objects;
use held::Held;

use super::answer::apart;
use super::capture::{self, Store};
use super::notes::{Notes, skip};
use super::payloads;
use super::{Ask, Probe, body, redirect};
use crate::fact::vocabulary::{self, ProbeKind};
use crate::fact::{Failure, FailureKind, Observation, Skipped, Value};
use crate::transport::program::{Files, PLACE, TREE, Tree, not_installed};
use crate::transport::{
    Answer, Boxed, Exchange, ProgramAnswer, ProgramRequest, Request, TcpRead, TcpRequest,
};

/// Greets a daemon and fetches a folder.
#[derive(Debug)]
pub(super) struct Rsync;

/// The port of rsync daemons.
///
/// Source: RFC 5781, section 2.
pub(super) const PORT: u16 = 873;

/// What a client says that wants the list of modules, in the oldest protocol version that lists them so.
const LIST: &[u8] = b"@RSYNCD: 30.0\n#list\n";

/// Longest list of modules that is read, in octets.
const LIST_BYTES: u64 = 256 * 1024;

/// Most modules that are published.
const MOST_MODULES: usize = 1_000;

/// Most entries of a tree where the scenario says nothing; four times the 500,000 objects of all registries together.
const MOST_ENTRIES: u64 = 2_000_000;

/// Most octets of what rsync says that are kept.
const TEXT_BYTES: u64 = 64 * 1024;

/// Most links and executables that are named.
const MOST_STRANGE: usize = 20;

/// What rsync puts before the target of a link that it munges, so that the link leads nowhere.
///
/// Source: rsyncd.conf(5), "munge symlinks".
const MUNGED: &str = "/rsyncd-munged/";

impl Probe for Rsync {
    fn kind(&self) -> &'static ProbeKind {
        &vocabulary::rsync::RSYNC
    }

    fn ask<'a>(&'a self, ask: Ask<'a>) -> Boxed<'a, Observation> {
        Box::pin(async move {
            let Some(folder) = Place::read(&ask.subject) else {
                let shown = redirect::cut(&ask.subject);
                let reason = format!("`{shown}` is no rsync URL with host and module");
                return skip(&ask, Skipped::Error { reason });
            };
            let mut notes = Notes::new();
            notes.facts.set("url", Value::text(&ask.subject));
            notes.facts.set("module", Value::text(&folder.module));
            let fetched = ask.flag("fetch") != Some(false);
            if fetched && let Err(missing) = tell_version(&ask, &mut notes, &folder).await {
                return skip(&ask, missing);
            }
            let greeted = greet(&ask, &mut notes, &folder).await;
            if let Some(address) = greeted.filter(|_| fetched) {
                fetch(&ask, &mut notes, &folder, address).await;
                // A run without changes asks for the permission and leaves nothing behind; others'
                // services are not even asked.
                if ask.flag("upload") == Some(true) && !ask.limits.public_only {
                    upload(&ask, &mut notes, &folder, address).await;
                }
            }
            notes.finish(&ask)
        })
    }
}

/// Where a folder or an object is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) host: String,
    pub(super) port: u16,
    module: String,
    /// Module and what follows, without first slash.
    path: String,
}

impl Place {
    /// Reads an rsync URL with host and module; `None` if it is none.
    pub(super) fn read(url: &str) -> Option<Self> {
        let (scheme, rest) = url.split_once("://")?;
        let (authority, path) = rest.split_once('/')?;
        let module = path.split('/').next()?;
        let plain = rest.bytes().all(|octet| octet.is_ascii_graphic())
            && !path.split('/').any(|part| part == "..");
        if !scheme.eq_ignore_ascii_case("rsync") || module.is_empty() || !plain {
            return None;
        }
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => (host, port.parse().ok()?),
            _ => (authority, PORT),
        };
        let host = host.trim_start_matches('[').trim_end_matches(']');
        // Credentials, a leading dash and templates have no place here.
        let is_name = host
            .bytes()
            .all(|octet| octet.is_ascii_alphanumeric() || b"-._:".contains(&octet));
        if host.is_empty() || host.starts_with('-') || !is_name || port == 0 {
            return None;
        }
        Some(Self {
            host: host.to_ascii_lowercase(),
            port,
            module: module.to_owned(),
            path: path.to_owned(),
        })
    }

    /// Returns the run of rsync that fetches it into the tree.
    pub(super) fn request(
        &self,
        ask: &Ask<'_>,
        address: Option<IpAddr>,
        tree_limit: u64,
        entry_limit: u64,
        timeout: std::time::Duration,
    ) -> ProgramRequest {
        let seconds = timeout.as_secs().clamp(1, 300);
        let arguments = [
            "--recursive",
            "--times",
            "--perms",
            "--links",
            // A link is fetched as a link that leads nowhere.
            "--munge-links",
            "--no-motd",
            "--contimeout=30",
            &format!("--timeout={seconds}"),
            &format!("rsync://{PLACE}/{}", self.path),
            &format!("{TREE}/"),
        ];
        ProgramRequest {
            program: "rsync".to_owned(),
            arguments: arguments.iter().map(|&a| a.to_owned()).collect(),
            environment: BTreeMap::from([("LC_ALL".to_owned(), "C".to_owned())]),
            host: self.host.clone(),
            port: self.port,
            address,
            family: ask.family,
            tree_limit,
            entry_limit,
            text_limit: TEXT_BYTES,
            memory_limit: None,
            files: Files::default(),
            timeout,
        }
    }
}

/// Time for telling a version.
const VERSION: std::time::Duration = std::time::Duration::from_secs(30);

/// Asks the program for its version.
///
/// # Errors
///
/// Why the probe is left out: the program is not installed.
async fn tell_version(ask: &Ask<'_>, notes: &mut Notes, folder: &Place) -> Result<(), Skipped> {
    let timeout = notes.remaining(ask).min(VERSION);
    let request = ProgramRequest {
        arguments: vec!["--version".to_owned()],
        host: String::new(),
        port: 0,
        ..folder.request(ask, None, 0, 0, timeout)
    };
    let Some(exchange) = notes.exchange(ask, Request::Program(request)).await else {
        return Ok(());
    };
    let missing = not_installed("rsync");
    if exchange
        .failure
        .as_ref()
        .is_some_and(|f| f.detail == missing)
    {
        let reason = "rsync is not installed".to_owned();
        return Err(Skipped::Skipped { reason });
    }
    if let Some(answer) = ran(notes, &exchange, "--version")
        && let Some(version) = answer.output.split_whitespace().nth(2)
    {
        notes
            .facts
            .set("version", Value::text(redirect::cut(version)));
    }
    Ok(())
}

/// Tries, without changing anything, to put an empty folder into the module.
async fn upload(ask: &Ask<'_>, notes: &mut Notes, folder: &Place, address: IpAddr) {
    let timeout = notes.remaining(ask);
    let mut request = folder.request(ask, Some(address), 0, MOST_ENTRIES, timeout);
    if let [.., from, to] = request.arguments.as_mut_slice() {
        std::mem::swap(from, to);
    }
    request.arguments.insert(0, "--dry-run".to_owned());
    let Some(exchange) = notes.exchange(ask, Request::Program(request)).await else {
        return;
    };
    let what = format!("rsync to {}", ask.subject);
    let Some(Answer::Program(answer)) = &exchange.answer else {
        notes.asked(&exchange, &what, "nothing");
        notes.fail_foreign(&exchange);
        return;
    };
    notes.asked(
        &exchange,
        &what,
        answer.exit.map_or(
            "ended",
            |code| {
                if code == 0 { "accepted" } else { "refused" }
            },
        ),
    );
    let refused = answer.errors.contains("module is read only");
    if refused || answer.exit == Some(0) {
        notes.facts.set("upload_refused", Value::Flag(refused));
    }
}

/// Reads greeting and modules; returns the address that answered, `None` if none did.
async fn greet(ask: &Ask<'_>, notes: &mut Notes, folder: &Place) -> Option<IpAddr> {
    let request = TcpRequest {
        host: folder.host.clone(),
        port: folder.port,
        send: LIST.to_vec(),
        read: TcpRead::All,
        address: None,
        limit: LIST_BYTES,
        family: ask.family,
        timeout: notes.remaining(ask),
    };
    let exchange = notes.exchange(ask, Request::Tcp(request)).await?;
    let what = format!("TCP {}:{}", folder.host, folder.port);
    let timing = exchange.timing.connect.map(Value::Duration);
    notes.set_some("timing.connect", timing);
    let Some(Answer::Tcp { body }) = &exchange.answer else {
        notes.asked(&exchange, &what, "no connection");
        notes.fail_foreign(&exchange);
        return None;
    };
    notes.asked(&exchange, &what, "open");
    let octets = match body::octets(body) {
        Ok(octets) => octets,
        Err(failure) => {
            notes.fail(failure.kind, failure.detail);
            return None;
        }
    };
    let text = String::from_utf8_lossy(&octets);
    let mut lines = text.lines();
    let Some(first) = lines.next().filter(|line| line.starts_with("@RSYNCD:")) else {
        notes.fail_with(&exchange);
        let detail = format!("`{}` does not greet as an rsync daemon", folder.host);
        notes.fail(FailureKind::Protocol, detail);
        return None;
    };
    let facts = &mut notes.facts;
    facts.set("greeting", Value::text(redirect::cut(first)));
    if let Some(version) = first.split_whitespace().nth(1) {
        facts.set("protocol", Value::text(redirect::cut(version)));
    }
    let mut modules: Vec<Arc<str>> = Vec::new();
    let mut refused = None;
    for line in lines {
        if line.starts_with("@RSYNCD: EXIT") {
            break;
        }
        if line.starts_with("@ERROR") {
            refused.get_or_insert_with(|| redirect::cut(line));
        } else if let Some((name, _)) = line.split_once('\t')
            && modules.len() < MOST_MODULES
        {
            // What has no tab is the message of the day.
            modules.push(Arc::from(redirect::cut(name.trim_end())));
        }
    }
    let listed = modules.iter().any(|name| **name == *folder.module);
    facts.set("modules", Value::Texts(modules));
    facts.set("module_listed", Value::Flag(listed));
    if let Some(refused) = refused {
        facts.set("refused", Value::text(refused));
    }
    exchange.destination.map(|to| to.ip())
}

/// Fetches the folder and publishes what it holds.
async fn fetch(ask: &Ask<'_>, notes: &mut Notes, folder: &Place, address: IpAddr) {
    let most = ask.limits.capture_bytes;
    let limit = ask
        .count("size_limit")
        .map_or(most, |limit| limit.min(most));
    let entries = ask
        .count("entry_limit")
        .unwrap_or(MOST_ENTRIES)
        .min(MOST_ENTRIES);
    let timeout = notes.remaining(ask);
    let request = folder.request(ask, Some(address), limit, entries, timeout);
    let Some(exchange) = notes.exchange(ask, Request::Program(request)).await else {
        return;
    };
    let Some(answer) = ran(notes, &exchange, &ask.subject) else {
        return;
    };
    let took = exchange.timing.total.map(Value::Duration);
    notes.set_some("duration", took);
    if let Some(exit) = answer.exit {
        notes.facts.set("exit", Value::Count(i64::from(exit)));
        notes.facts.set("vanished", Value::Flag(exit == VANISHED));
    }
    let said = answer.errors.lines().find(|line| !line.trim().is_empty());
    if let Some(line) = said {
        notes.facts.set("error", Value::text(redirect::cut(line)));
    }
    if let Some(refused) = said.filter(|_| is_refusal(answer)) {
        notes
            .facts
            .set("refused", Value::text(redirect::cut(refused)));
        return;
    }
    if notes.failure.is_some() {
        return;
    }
    let devices = answer
        .output
        .lines()
        .filter(|line| line.starts_with("skipping non-regular file"))
        .count();
    let wanted = ask.flag("objects") == Some(true);
    let anchor = capture::beside(ask, notes).await;
    let now = exchange.at;
    let (tree, folder, url) = (
        answer.tree.clone(),
        folder.path.clone(),
        ask.subject.clone(),
    );
    let most = usize::try_from(entries).unwrap_or(usize::MAX);
    let read = apart(move || {
        let tree = Tree::open(&tree, most).map_err(|error| Failure {
            kind: FailureKind::Here,
            detail: format!("reading the fetched tree: {error}"),
        })?;
        let objects = Objects::read(&tree)?;
        let set = wanted.then(|| (objects.set(&url), objects.broken(&url)));
        let held = Held::read(&tree, &folder);
        let validated = anchor
            .map(|anchor| {
                Store::of_tree(tree, &url).map(|view| payloads::of_view(&anchor, &view, now))
            })
            .transpose();
        let validated = validated.map_err(|error| Failure {
            kind: FailureKind::Here,
            detail: format!("reading the fetched tree: {error}"),
        })?;
        Ok((held, objects, set, validated))
    });
    match read.await {
        Ok((held, objects, set, validated)) => {
            held.publish(notes, devices);
            if let Some(validated) = validated {
                notes
                    .facts
                    .set("payloads.count", Value::count(validated.len()));
                notes.facts.set("payloads.set", Value::Set(validated));
                notes.facts.set("payloads.at", Value::Time(now));
            }
            objects.publish(&ask.subject, notes);
            let (set, broken) = set.unzip();
            notes.set_some("objects.set", set.map(Value::Set));
            notes.set_some("manifests.broken_set", broken.map(Value::Set));
        }
        Err(Failure { kind, detail }) => notes.fail(kind, detail),
    }
}

/// Exit codes of rsync that are no failure of the whole: some files could not be fetched, or were gone.
///
/// Source: rsync(1), "EXIT VALUES".
const PARTIAL: i32 = 23;
const VANISHED: i32 = 24;

/// Returns what rsync answered, if it ran; why it did not, or what it met, is noted.
pub(super) fn ran<'a>(
    notes: &mut Notes,
    exchange: &'a Exchange,
    url: &str,
) -> Option<&'a ProgramAnswer> {
    let what = format!("rsync {url}");
    let Some(Answer::Program(answer)) = &exchange.answer else {
        notes.asked(exchange, &what, "nothing");
        notes.fail_foreign(exchange);
        return None;
    };
    let exit = answer
        .exit
        .map_or("ended".to_owned(), |code| format!("exit {code}"));
    notes.asked(exchange, &what, &exit);
    notes.fail_with(exchange);
    if let Some(failure) = failure_of(answer, url) {
        notes.fail(failure.kind, failure.detail);
    }
    Some(answer)
}

/// Says whether a daemon answered that it does not let us in: that is an answer too.
fn is_refusal(answer: &ProgramAnswer) -> bool {
    answer.exit == Some(5) && answer.errors.starts_with("@ERROR")
}

/// Returns the failure that an exit code stands for; `None` if rsync fetched what it could.
///
/// Source: rsync(1), "EXIT VALUES".
pub(super) fn failure_of(answer: &ProgramAnswer, url: &str) -> Option<Failure> {
    let code = answer.exit?;
    if is_refusal(answer) {
        return None;
    }
    let kind = match code {
        0 | PARTIAL | VANISHED => return None,
        // Syntax, files here, memory, a signal to rsync.
        1 | 3 | 4 | 11 | 13 | 20 | 21 | 22 => FailureKind::Here,
        10 => FailureKind::Connect,
        12 => FailureKind::Truncated,
        30 | 35 => FailureKind::Timeout,
        _ => FailureKind::Protocol,
    };
    let said = answer.errors.lines().next().unwrap_or_default();
    let detail = format!(
        "rsync of `{}` ended with code {code}: {}",
        redirect::cut(url),
        redirect::cut(said)
    );
    Some(Failure { kind, detail })
}

#[cfg(test)]
mod tests;
