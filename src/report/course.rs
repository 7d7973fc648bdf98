//! How things went on at a registry over the runs of an archive, in lines and as a table.

use super::csv::{finished, row};
use super::words::{parameters, word_of};
use crate::audit::history::{Change, Course, RunCounts};
use crate::judge::words::{counted, put, put_line};
use crate::verdict::Outcome;

/// Most changes of one run that are told; the others are counted.
const MOST: usize = 20;

/// Returns courses in lines: for each run its counts, and the verdicts that are others than before.
pub fn text(courses: &[Course]) -> String {
    let mut text = String::new();
    for course in courses {
        if !text.is_empty() {
            text.push('\n');
        }
        let (name, target) = (word_of(&course.name), word_of(&course.target));
        put_line!(
            text,
            "{name} on {target}   {}",
            counted(course.runs.len(), "run")
        );
        for run in &course.runs {
            put_line!(text, "  {}", told(run));
            for change in run.changed.iter().take(MOST) {
                put_line!(text, "      {}", changed(change));
            }
            let left = run.changed.len().saturating_sub(MOST);
            if left > 0 {
                put_line!(text, "      and {} more", left);
            }
        }
    }
    text
}

fn told(run: &RunCounts) -> String {
    let mut text = run.at.strftime("%Y-%m-%d %H:%M").to_string();
    for (level, outcomes) in &run.counts {
        let judged = outcomes.iter().filter(|(outcome, _)| is_verdict(**outcome));
        let words: Vec<String> = judged
            .map(|(outcome, number)| format!("{number} {outcome}"))
            .collect();
        if !words.is_empty() {
            put!(text, "   {level}: {}", words.join(", "));
        }
    }
    if run.partial {
        text.push_str("   partial");
    }
    for (number, what) in [(run.new, "new"), (run.gone, "gone")] {
        if number > 0 {
            put!(text, "   {number} {what}");
        }
    }
    text
}

/// Says whether an outcome says anything of the registry.
const fn is_verdict(outcome: Outcome) -> bool {
    matches!(
        outcome,
        Outcome::Pass | Outcome::Fail | Outcome::Inconclusive | Outcome::Error
    )
}

fn changed(change: &Change) -> String {
    let mut text = word_of(&change.id);
    if !change.parameters.is_empty() {
        put!(text, "   {}", parameters(&change.parameters));
    }
    put!(text, "   {} → {}", change.before, change.after);
    text
}

/// Returns courses as a table: a row for each run, level and outcome.
pub fn csv(courses: &[Course]) -> String {
    let mut table = csv::Writer::from_writer(Vec::new());
    let mut written = table.write_record([
        "registry", "target", "at", "run", "partial", "level", "outcome", "number", "changed",
        "new", "gone",
    ]);
    for course in courses {
        for run in &course.runs {
            for (level, outcome, number) in cells(run) {
                let fields = [
                    course.registry.clone(),
                    course.target.clone(),
                    run.at.to_string(),
                    run.run.clone(),
                    run.partial.to_string(),
                    level,
                    outcome,
                    number.to_string(),
                    run.changed.len().to_string(),
                    run.new.to_string(),
                    run.gone.to_string(),
                ];
                written = written.and_then(|()| row(&mut table, &fields));
            }
        }
    }
    finished(table, &written)
}

fn cells(run: &RunCounts) -> impl Iterator<Item = (String, String, u64)> + '_ {
    run.counts.iter().flat_map(|(level, outcomes)| {
        let all = outcomes.iter();
        all.map(|(outcome, number)| (level.to_string(), outcome.to_string(), *number))
    })
}
