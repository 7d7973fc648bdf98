//! Writes what was seen into the files of faults.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use quintet::scenario::glob;
use quintet::scenario::suite::FaultNote;

use super::difference::Difference;
use crate::whole_suite::folder;

/// Writes what was seen into a fault's file, if that is wanted.
pub(super) fn bless(fault: &FaultNote, seen: &Difference) {
    if std::env::var_os("QUINTET_BLESS").is_none() {
        return;
    }
    let path = folder().join(format!("worlds/faults/{}.yaml", fault.name));
    let text = std::fs::read_to_string(&path).unwrap();
    let (head, _) = text
        .split_once("\nexpects:")
        .unwrap_or((text.trim_end(), ""));
    let list = |ids: Vec<&str>| match ids.as_slice() {
        [] => "[]".to_owned(),
        ids => {
            let quoted = ids.iter().map(|id| match id.contains('*') {
                true => format!("\"{id}\""),
                false => (*id).to_owned(),
            });
            format!("[{}]", quoted.collect::<Vec<_>>().join(", "))
        }
    };
    let globs: Vec<&str> = fault
        .inconclusive
        .iter()
        .map(String::as_str)
        .filter(|g| *g != "**" && seen.unjudged.iter().any(|id| glob::matches(g, id)))
        .collect();
    let pure = |g: &str| !seen.kept.iter().any(|id| glob::matches(g, id));
    let globs: Vec<&str> = globs.into_iter().filter(|g| pure(g)).collect();
    let mut unjudged: BTreeSet<String> = globs.iter().map(|g| (*g).to_owned()).collect();
    let rest: Vec<&String> = seen
        .unjudged
        .iter()
        .filter(|id| !globs.iter().any(|g| glob::matches(g, id)))
        .collect();
    for id in &rest {
        // Where all of an area is lost, the area says it better than a hundred ids.
        let areas = id
            .match_indices(['.', '/', '-'])
            .map(|(at, sign)| match sign {
                "-" => format!("{}*", &id[..at]),
                _ => format!("{}{sign}**", &id[..at]),
            });
        let several = |g: &str| rest.iter().filter(|i| glob::matches(g, i)).count() > 1;
        let area = { areas }.find(|g| pure(g) && several(g));
        let area = area.filter(|_| rest.len() > 12);
        unjudged.insert(area.unwrap_or_else(|| (*id).clone()));
    }
    let exact = |ids: &BTreeSet<String>| list(ids.iter().map(String::as_str).collect());
    let mut text = format!(
        "{head}\nexpects:\n  fail: {}\n  divergent: {}\n  inconclusive: {}\n",
        exact(&seen.fail),
        exact(&seen.divergent),
        exact(&unjudged)
    );
    if !seen.drift.is_empty() {
        writeln!(text, "  drift: {}", exact(&seen.drift)).unwrap();
    }
    if !seen.causes.is_empty() {
        writeln!(text, "  causes: {}", exact(&seen.causes)).unwrap();
    }
    // A reason is for people to write: what has none keeps the walk red.
    let kept = |g: &&String| seen.elsewhere.iter().any(|id| glob::matches(g, id));
    for (number, entry) in fault.elsewhere.iter().enumerate() {
        let ids: Vec<&str> = entry.ids.iter().filter(kept).map(String::as_str).collect();
        if ids.is_empty() {
            continue;
        }
        if number == 0 {
            text.push_str("  elsewhere:\n");
        }
        writeln!(text, "    - ids: {}", list(ids)).unwrap();
        writeln!(text, "      reason: {}", entry.reason).unwrap();
    }
    std::fs::write(&path, text).unwrap();
}
