//! The `relying_party` probe: what another validator makes of the tree of a trust anchor.
//!
//! The tree is captured as the probe `rpki_tree` does it. The validator finds the capture as
//! files in its working folder and runs without a network; we judge the same capture at the
//! time at which it began, for validators take the time from the machine.

mod compare;
mod layout;
mod program;
mod results;

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::answer::apart;
use super::capture::Capture;
use super::notes::{Notes, skip};
use super::payloads::Payloads;
use super::{Ask, Probe, redirect};
use crate::fact::vocabulary::{self, ProbeKind};
use crate::fact::{Facts, Failure, FailureKind, Observation, Skipped, Value};
use crate::inspect::tree::{Anchor, NoLook, Tree};
use crate::transport::program::{Files, not_installed};
use crate::transport::{Answer, Boxed, Exchange, ProgramAnswer, ProgramRequest, Request};
use layout::Captured;
use program::Program;

/// Runs a validator over the tree of one trust anchor.
#[derive(Debug)]
pub(super) struct RelyingParty;

/// Longest result of a validator that is read, in octets; one of 500,000 payloads has 60 MB.
const LARGEST: u64 = 512 * 1024 * 1024;

/// Most octets of what a validator says that are kept.
const TEXT_BYTES: u64 = 256 * 1024;

/// Memory of each process of a validator where the scenario says nothing, in octets: address space, of which
/// threads reserve more than they use.
const MEMORY: u64 = 8 << 30;

/// Time for telling a version.
const VERSION: Duration = Duration::from_secs(30);

impl Probe for RelyingParty {
    fn kind(&self) -> &'static ProbeKind {
        &vocabulary::relying_party::RELYING_PARTY
    }

    fn ask<'a>(&'a self, ask: Ask<'a>) -> Boxed<'a, Observation> {
        Box::pin(async move {
            if ask.subject.trim().is_empty() {
                let reason = "`rpki.tal` is not declared for this registry".to_owned();
                return skip(&ask, Skipped::NotApplicable { reason });
            }
            let name = ask.text("program").unwrap_or_default();
            let Some(program) = Program::named(name) else {
                let shown = redirect::cut(name);
                let reason = format!("`{shown}` is no validator this probe runs");
                return skip(&ask, Skipped::Error { reason });
            };
            let mut notes = Notes::new();
            let program = match tell_version(&ask, &mut notes, program).await {
                Ok(program) => program,
                Err(missing) => return skip(&ask, missing),
            };
            let mut capture = Capture::new(&ask, notes);
            if let Some(anchor) = capture.anchor().await {
                let (met, ()) = capture.rounds(&anchor, NoLook).await;
                capture.publish(&met);
                if let Some(ran) = run(&ask, &mut capture, program, &anchor).await {
                    let (tree, ()) = capture.walk(&anchor, ran.at, NoLook).await;
                    judge(&mut capture, ran, tree).await;
                }
            }
            capture.notes.finish(&ask)
        })
    }
}

/// Asks for the version and returns the validator as it has to be run.
///
/// # Errors
///
/// Why the probe is left out: the program is not installed.
async fn tell_version(
    ask: &Ask<'_>,
    notes: &mut Notes,
    program: Program,
) -> Result<Program, Skipped> {
    let name = program.as_str();
    let option = program.version_option();
    let request = ProgramRequest {
        arguments: vec![option.to_owned()],
        text_limit: 4 * 1024,
        tree_limit: 0,
        entry_limit: 0,
        ..request(ask, program, notes.remaining(ask).min(VERSION))
    };
    notes.facts.set("program", Value::text(name));
    let Some(exchange) = notes.exchange(ask, Request::Program(request)).await else {
        return Ok(program);
    };
    let missing = not_installed(name);
    if exchange
        .failure
        .as_ref()
        .is_some_and(|f| f.detail == missing)
    {
        let reason = format!("program `{name}` is not installed");
        return Err(Skipped::NotApplicable { reason });
    }
    let Some(answer) = ended(notes, &exchange, &format!("{name} {option}")) else {
        return Ok(program);
    };
    let lines = answer.output.lines().chain(answer.errors.lines());
    let version = lines.flat_map(|line| line.split_whitespace().last()).next();
    // One that tells no version may still validate.
    let Some(version) = version else {
        return Ok(program);
    };
    let shown = Value::text(redirect::cut(version));
    notes.facts.set("version", shown);
    Ok(program.of_version(version))
}

/// Returns a run of a validator without arguments and files.
fn request(ask: &Ask<'_>, program: Program, timeout: Duration) -> ProgramRequest {
    ProgramRequest {
        program: program.as_str().to_owned(),
        arguments: Vec::new(),
        environment: [("LC_ALL", "C"), ("PATH", "/usr/bin:/bin")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into(),
        host: String::new(),
        port: 0,
        address: None,
        family: ask.family,
        tree_limit: ask.limits.capture_bytes.min(LARGEST),
        entry_limit: 100,
        text_limit: TEXT_BYTES,
        memory_limit: Some(ask.count("memory").unwrap_or(MEMORY)),
        files: Files::default(),
        timeout,
    }
}

/// Notes how a run ended and returns what it answered, if it did.
fn ended<'a>(notes: &mut Notes, exchange: &'a Exchange, what: &str) -> Option<&'a ProgramAnswer> {
    let Some(Answer::Program(answer)) = &exchange.answer else {
        notes.asked(exchange, what, "nothing");
        notes.fail_foreign(exchange);
        return None;
    };
    let exit = answer
        .exit
        .map_or("ended".to_owned(), |code| format!("exit {code}"));
    notes.asked(exchange, what, &exit);
    notes.fail_with(exchange);
    Some(answer)
}

/// What a validator found.
struct Ran {
    /// When it began.
    at: Timestamp,
    payloads: Payloads,
    /// What it wrote.
    said: Vec<String>,
    program: Program,
}

/// Runs the validator; `None` if it gave no result, which is noted as a failure.
async fn run(
    ask: &Ask<'_>,
    capture: &mut Capture<'_, '_>,
    program: Program,
    anchor: &Arc<Anchor>,
) -> Option<Ran> {
    let files = Captured::new(program, Arc::clone(anchor), Arc::clone(&capture.stores));
    let notes = &mut capture.notes;
    let request = ProgramRequest {
        arguments: program.arguments(),
        files: Files::new(files),
        ..request(ask, program, notes.remaining(ask))
    };
    let exchange = notes.exchange(ask, Request::Program(request)).await?;
    let answer = ended(notes, &exchange, program.as_str())?.clone();
    notes.facts.set("judged", Value::Time(exchange.at));
    let took = exchange.timing.total.map(Value::Duration);
    notes.set_some("duration", took);
    let exit = answer.exit.map(|exit| Value::Count(i64::from(exit)));
    notes.set_some("exit", exit);
    let lines = answer.errors.lines().chain(answer.output.lines());
    let said: Vec<String> = lines
        .filter(|line| program.is_complaint(line))
        .map(str::to_owned)
        .collect();
    let about = said.iter().filter(|line| program.is_about_object(line));
    let about = Value::count(about.count());
    notes.facts.set("complaints", about);
    let error = said.first().map(|line| Value::text(redirect::cut(line)));
    notes.set_some("error", error);
    if notes.failure.is_some() {
        return None;
    }
    if answer.exit != Some(0) {
        let failure = failure_of(program, &answer);
        notes.fail(failure.kind, failure.detail);
        return None;
    }
    match apart(move || program.read(&answer.tree)).await {
        Ok(payloads) => Some(Ran {
            at: exchange.at,
            payloads,
            said,
            program,
        }),
        Err(failure) => {
            notes.fail(failure.kind, failure.detail);
            None
        }
    }
}

/// Returns the failure of a run that did not end well.
fn failure_of(program: Program, answer: &ProgramAnswer) -> Failure {
    let how = answer.exit.map_or_else(
        || "was ended by a signal".to_owned(),
        |code| format!("ended with code {code}"),
    );
    let line = answer.errors.lines().last().unwrap_or_default();
    Failure {
        kind: FailureKind::Here,
        detail: format!("`{}` {how}: {}", program.as_str(), redirect::cut(line)),
    }
}

/// Compares what the validator found with what we find, and publishes both.
async fn judge(capture: &mut Capture<'_, '_>, ran: Ran, tree: Tree) {
    let stores = Arc::clone(&capture.stores);
    let published = apart(move || {
        let mut facts = Facts::new();
        compare::publish(&tree, &stores, &ran.payloads, &mut facts, |uri| {
            ran.program.complaint_about(&ran.said, uri)
        });
        facts
    })
    .await;
    for (path, value) in published.iter() {
        capture.notes.facts.set(path, value.clone());
    }
}

#[cfg(test)]
mod tests;
