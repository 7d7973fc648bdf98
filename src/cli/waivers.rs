//! `quintet waivers`: who answers for which known failure, until when, and what of it is no longer needed.

use std::path::PathBuf;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::json;

use super::exit::Exit;
use super::judging::CannotJudge;
use super::kept;
use super::shell::Shell;
use super::suite::{Page, registries, wrap};
use crate::audit::Audit;
use crate::bundle::Bundle;
use crate::clock::{Clock as _, RealClock};
use crate::decide::{NOTICE_DAYS, Outlook, Standing, WaiverState, outlook};
use crate::judge::words::{counted, put, put_line};
use crate::scenario::suite::{Suite, Waiver, WaiverScope};

/// Arguments of the verb.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  quintet waivers
  quintet waivers --days 60
  quintet waivers reports/20261121T100211Z-live-7f3a2c
  quintet waivers --format json

Waivers are in scenarios/waivers/. With a bundle the newest judging of it says what became of each: which
failures it makes known, what passes although waived, and what matches nothing. Exit code 0: nothing to do, 1: a
waiver has expired, passes although waived, or matches nothing in the bundle. One that ends soon is a warning.")]
pub struct Args {
    /// Folder of a judged bundle
    bundle: Option<PathBuf>,

    /// Warns of waivers that end within so many days
    #[arg(long, default_value_t = NOTICE_DAYS, value_name = "DAYS", value_parser = clap::value_parser!(i64).range(0..=3650))]
    days: i64,

    /// The day on which waivers are looked at; today if absent
    #[arg(long, value_name = "TIME")]
    at: Option<Timestamp>,

    /// How to print them
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: Format,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// Lines for people
    #[default]
    Text,
    /// One array of objects
    Json,
}

/// A waiver with everything that is known of it.
struct Line<'a> {
    waiver: &'a Waiver,
    outlook: Outlook,
    /// What became of it in the bundle; `None` if there is none, or it is for another target.
    state: Option<&'a WaiverState>,
    /// Whether it ends within the days asked for.
    soon: bool,
}

impl Line<'_> {
    /// Says what somebody should do about it; empty for nothing.
    fn complaints(&self) -> Vec<String> {
        let mut all = Vec::new();
        if self.outlook.standing == Some(Standing::Expired) {
            all.push(self.outlook.words());
        }
        if let Some(state) = self.state {
            if state.stale > 0 {
                let number = counted(usize::try_from(state.stale).unwrap_or(usize::MAX), "result");
                all.push(format!("{number} pass although waived"));
            }
            if state.own > 0 {
                all.push(format!(
                    "{} not waived in an audit: the registry approved it itself",
                    state.own
                ));
            }
            if state.matches_nothing() && self.outlook.standing.is_some() {
                all.push("matches nothing in the bundle".to_owned());
            }
        }
        all
    }
}

/// Runs the verb.
pub fn run(args: &Args, shell: &Shell) -> Exit {
    let Some(suite) = super::suite::read(shell) else {
        return Exit::Usage;
    };
    let audit = match &args.bundle {
        None => None,
        Some(bundle) => match judged(bundle) {
            Ok(audit) => Some(audit),
            Err(error) => {
                shell.fail(&error);
                return Exit::Usage;
            }
        },
    };
    let now = args.at.unwrap_or_else(|| RealClock::new().now());
    let today = now.to_zoned(TimeZone::UTC).date();
    let lines: Vec<Line<'_>> = suite
        .waivers
        .iter()
        .map(|waiver| {
            let outlook = outlook(waiver, today);
            let states = audit.iter().flat_map(|audit| &audit.waivers);
            Line {
                waiver,
                outlook,
                state: states.into_iter().find(|state| state.id == waiver.id),
                soon: outlook.ends_within(args.days),
            }
        })
        .collect();
    match args.format {
        Format::Text => text(&suite, &lines, shell),
        Format::Json => shell.line(&to_json(&lines)),
    }
    if lines.iter().any(|line| !line.complaints().is_empty()) {
        Exit::Failed
    } else {
        Exit::Met
    }
}

fn judged(bundle: &std::path::Path) -> Result<Audit, CannotJudge> {
    if let Some(audit) = kept::newest_audit(bundle)? {
        return Ok(audit);
    }
    Bundle::open(bundle)?;
    Err(CannotJudge::Kept {
        path: bundle.to_owned(),
        why: "it was never judged".to_owned(),
    })
}

fn text(suite: &Suite, lines: &[Line<'_>], shell: &Shell) {
    let page = Page::of(shell);
    let width = shell.width.map_or(100, usize::from);
    let mut text = String::new();
    for line in lines {
        let waiver = line.waiver;
        let matches = &waiver.matches;
        let who = if matches.registries.is_empty() {
            "all who take part".to_owned()
        } else {
            registries(&matches.registries, suite)
        };
        put_line!(
            text,
            "{}   {}",
            page.strong(&waiver.id),
            page.strong(&line.outlook.words())
        );
        let mut about = format!("{} at {who} on {}", matches.check, matches.target);
        for (axis, value) in &matches.parameters {
            put!(about, ", {axis}={value}");
        }
        if !matches.contains.is_empty() {
            put!(about, ", with `{}`", matches.contains);
        }
        if !matches.vantage.is_empty() {
            put!(about, ", from {}", matches.vantage);
        }
        let days = format!("{} to {}", waiver.issued, waiver.expires);
        let scope = scope(waiver.scope);
        for (label, words) in [
            ("waives", about.as_str()),
            ("why", &waiver.reason),
            ("days", &days),
            ("for", scope),
            ("owner", &waiver.owner),
            ("approved", &waiver.approved_by),
            ("issue", &waiver.issue),
        ] {
            let words = wrap(words, width, 12);
            put_line!(text, "  {} {words}", page.label(&format!("{label:<9}")));
        }
        let place = format!("{}:{}", waiver.place.file, waiver.place.line);
        put_line!(
            text,
            "  {} {place}",
            page.label(&format!("{:<9}", "written"))
        );
        if let Some(state) = line.state
            && state.known > 0
        {
            let number = counted(
                usize::try_from(state.known).unwrap_or(usize::MAX),
                "failure",
            );
            put_line!(
                text,
                "  {} {number} known",
                page.label(&format!("{:<9}", "run"))
            );
        }
        text.push('\n');
    }
    shell.print(&text);
    for line in lines {
        let place = format!("{}:{}", line.waiver.place.file, line.waiver.place.line);
        for complaint in line.complaints() {
            shell.error(&format!(
                "{place}: waiver `{}`: {complaint}",
                line.waiver.id
            ));
        }
        if line.soon {
            let words = line.outlook.words();
            shell.warn(&format!("{place}: waiver `{}` {words}", line.waiver.id));
        }
    }
    if lines.is_empty() {
        shell.note("the suite has no waivers");
    }
}

/// Says what a waiver is good for.
const fn scope(scope: WaiverScope) -> &'static str {
    match scope {
        WaiverScope::Gate => "gates",
        WaiverScope::Audit => "audits",
        WaiverScope::Both => "gates and audits",
    }
}

fn to_json(lines: &[Line<'_>]) -> String {
    let all: Vec<serde_json::Value> = lines
        .iter()
        .map(|line| {
            let waiver = line.waiver;
            let matches = &waiver.matches;
            json!({
                "id": waiver.id,
                "standing": line.outlook.standing,
                "days_left": line.outlook.days_left,
                "ends_soon": line.soon,
                "check": matches.check,
                "registries": matches.registries,
                "target": matches.target,
                "parameters": matches.parameters,
                "contains": matches.contains,
                "vantage": matches.vantage,
                "reason": waiver.reason,
                "owner": waiver.owner,
                "approved_by": waiver.approved_by,
                "scope": match waiver.scope {
                    WaiverScope::Gate => "gate",
                    WaiverScope::Audit => "audit",
                    WaiverScope::Both => "both",
                },
                "issue": waiver.issue,
                "issued": waiver.issued,
                "expires": waiver.expires,
                "file": waiver.place.file,
                "line": waiver.place.line,
                "run": line.state.map(|state| json!({
                    "known": state.known,
                    "stale": state.stale,
                    "expired": state.expired,
                    "own": state.own,
                })),
                "complaints": line.complaints(),
            })
        })
        .collect();
    serde_json::to_string_pretty(&all).unwrap_or_default()
}
