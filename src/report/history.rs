//! The trend of one id over the runs of an archive, in lines and as a table.

use super::csv::{finished, row};
use super::words::{parameters, word_of};
use crate::audit::history::{Line, Stretch, Trend};
use crate::judge::words::{counted, put, put_line};
use crate::verdict::measure::{Amount, Measure};

/// Most stretches of a line that are told; the earlier ones are counted.
const MOST: usize = 20;

/// Returns a trend in lines: each verdict or value with the runs that said it.
pub fn text(trend: &Trend) -> String {
    let mut text = String::new();
    put_line!(
        text,
        "{}   {}",
        word_of(&trend.id),
        counted(trend.runs, "run")
    );
    let mut target = "";
    for line in &trend.lines {
        if line.target != target {
            target = &line.target;
            put_line!(text, "\n{}", word_of(target));
        }
        head(&mut text, line);
        if let Some(sum) = summed(line) {
            put_line!(text, "      {sum}");
        }
        let left = line.stretches.len().saturating_sub(MOST);
        if left > 0 {
            put_line!(text, "      {} before", counted(left, "stretch"));
        }
        for stretch in line.stretches.iter().skip(left) {
            put_line!(text, "      {}", word_of(&told(stretch)));
        }
    }
    text
}

fn head(text: &mut String, line: &Line) {
    let name = if line.name.is_empty() {
        "all of them"
    } else {
        &line.name
    };
    put!(text, "  {}", word_of(name));
    if !line.parameters.is_empty() {
        put!(text, "   {}", word_of(&parameters(&line.parameters)));
    }
    put_line!(text, "   {}", word_of(&line.scenario));
}

fn told(stretch: &Stretch) -> String {
    let from = stretch.from.strftime("%Y-%m-%d %H:%M");
    let to = stretch.to.strftime("%Y-%m-%d %H:%M");
    let mut text = if stretch.runs == 1 {
        format!("{from}                       ")
    } else {
        format!("{from} to {to}   ")
    };
    put!(text, "{:<9} {}", counted(stretch.runs, "run"), stretch.word);
    if !matches!(stretch.disposition.as_str(), "" | "expected") {
        put!(text, " ({})", stretch.disposition);
    }
    if !stretch.words.is_empty() {
        put!(text, "   {}", stretch.words);
    }
    text
}

/// Sums the values of a parameter up: the first, the last, the smallest and the largest.
fn summed(line: &Line) -> Option<String> {
    let (first, last) = (line.points.first()?, line.points.last()?);
    let numbers = line
        .points
        .iter()
        .filter_map(|point| number(&point.measure));
    let (min, max) = numbers.fold(None, |seen: Option<(f64, f64)>, n| {
        Some(seen.map_or((n, n), |(min, max)| (min.min(n), max.max(n))))
    })?;
    Some(format!(
        "{} first, {} last, {min} to {max} {} over {}",
        number(&first.measure)?,
        number(&last.measure)?,
        last.measure.unit,
        counted(line.points.len(), "run")
    ))
}

/// Returns the number of a measure; the median of samples.
fn number(measure: &Measure) -> Option<f64> {
    match &measure.amount {
        Amount::Number(number) => number.as_f64(),
        // Whole numbers of this size are exact.
        Amount::Samples(samples) => samples.median.to_string().parse().ok(),
    }
}

/// Returns a trend as a table: a row for each value of a parameter, else for each stretch.
pub fn csv(trend: &Trend) -> String {
    let mut table = csv::Writer::from_writer(Vec::new());
    let head = [
        "id",
        "target",
        "scenario",
        "at",
        "parameters",
        "from",
        "to",
        "runs",
        "word",
        "disposition",
        "unit",
        "number",
        "words",
    ];
    let mut written = table.write_record(head);
    for line in &trend.lines {
        let own = [
            trend.id.clone(),
            line.target.clone(),
            line.scenario.clone(),
            line.at.clone(),
            parameters(&line.parameters),
        ];
        for point in &line.points {
            let number = number(&point.measure)
                .map(|n| n.to_string())
                .unwrap_or_default();
            let at = point.at.to_string();
            let rest = [
                at.clone(),
                at,
                "1".to_owned(),
                String::new(),
                String::new(),
                point.measure.unit.to_string(),
                number,
                String::new(),
            ];
            written = written.and_then(|()| row(&mut table, own.iter().chain(&rest)));
        }
        for stretch in line.stretches.iter().filter(|_| line.points.is_empty()) {
            let rest = [
                stretch.from.to_string(),
                stretch.to.to_string(),
                stretch.runs.to_string(),
                stretch.word.clone(),
                stretch.disposition.clone(),
                String::new(),
                String::new(),
                stretch.words.clone(),
            ];
            written = written.and_then(|()| row(&mut table, own.iter().chain(&rest)));
        }
    }
    finished(table, &written)
}
