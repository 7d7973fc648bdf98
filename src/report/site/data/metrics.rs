//! OpenMetrics: results and quantities of the newest run, for whoever draws them elsewhere.

use std::collections::BTreeMap;

use super::only;
use crate::judge::words::{put, put_line};
use crate::report::site::{Kind, View, text};
use crate::report::words::parameters;
use crate::verdict::measure::{Amount, Measure};
use crate::verdict::{Level, Outcome};

/// Writes the file.
#[derive(Debug)]
pub(in crate::report::site) struct Metrics;

impl Kind for Metrics {
    fn keys(&self, _view: &View<'_>) -> Vec<String> {
        only()
    }

    fn path(&self, _key: &str) -> String {
        "metrics.txt".to_owned()
    }

    fn octets(&self, view: &View<'_>, _key: &str) -> Vec<u8> {
        let mut text = String::new();
        run(view, &mut text);
        results(view, &mut text);
        comparisons(view, &mut text);
        quantities(view, &mut text);
        expiries(view, &mut text);
        text.push_str("# EOF\n");
        text.into_bytes()
    }
}

/// Writes the head of a family.
fn family(text: &mut String, name: &str, kind: &str, help: &str) {
    put_line!(text, "# TYPE {name} {kind}");
    if let Some(unit) = name.strip_suffix("_seconds").map(|_| "seconds") {
        put_line!(text, "# UNIT {name} {unit}");
    }
    put_line!(text, "# HELP {name} {help}");
}

/// Writes a sample.
fn sample(text: &mut String, name: &str, labels: &[(&str, &str)], value: &str) {
    text.push_str(name);
    for (place, (label, value)) in labels.iter().enumerate() {
        put!(
            text,
            "{}{label}=\"{}\"",
            if place == 0 { "{" } else { "," },
            escaped(value)
        );
    }
    if !labels.is_empty() {
        text.push('}');
    }
    put_line!(text, " {value}");
}

/// Escapes the value of a label.
fn escaped(value: &str) -> String {
    let mut escaped = String::with_capacity(value.len());
    for character in text::line(value).chars() {
        match character {
            '\\' => escaped.push_str("\\\\"),
            '"' => escaped.push_str("\\\""),
            other => escaped.push(other),
        }
    }
    escaped
}

fn run(view: &View<'_>, text: &mut String) {
    let audit = view.site.newest.audit;
    let target = [("target", audit.run.target.as_str())];
    let started = audit.run.started.as_second().to_string();
    family(
        text,
        "quintet_run_timestamp_seconds",
        "gauge",
        "When the newest run began.",
    );
    sample(text, "quintet_run_timestamp_seconds", &target, &started);
    let planned = &audit.results.planned;
    family(
        text,
        "quintet_run_observations",
        "gauge",
        "Observations of the newest run, planned and finished.",
    );
    for (word, number) in [
        ("planned", planned.observations),
        ("finished", planned.observed),
    ] {
        sample(
            text,
            "quintet_run_observations",
            &[target[0], ("state", word)],
            &number.to_string(),
        );
    }
    family(
        text,
        "quintet_run_partial",
        "gauge",
        "Whether the newest run ended before everything planned was observed.",
    );
    sample(
        text,
        "quintet_run_partial",
        &target,
        if audit.results.partial { "1" } else { "0" },
    );
}

fn results(view: &View<'_>, text: &mut String) {
    let audit = view.site.newest.audit;
    family(
        text,
        "quintet_results",
        "gauge",
        "Results of each registry by level and outcome, of what it operates itself.",
    );
    for (registry, levels) in audit.results.summary.by_registry.iter() {
        for (level, outcomes) in levels {
            for (outcome, number) in outcomes {
                let labels = [
                    ("target", audit.run.target.as_str()),
                    ("registry", registry.as_str()),
                    ("level", Level::as_str(*level)),
                    ("outcome", Outcome::as_str(*outcome)),
                ];
                sample(text, "quintet_results", &labels, &number.to_string());
            }
        }
    }
}

fn comparisons(view: &View<'_>, text: &mut String) {
    let audit = view.site.newest.audit;
    family(
        text,
        "quintet_comparisons",
        "gauge",
        "Comparisons by level and agreement.",
    );
    for (level, agreements) in &audit.results.summary.comparisons {
        for (agreement, number) in agreements {
            let labels = [
                ("target", audit.run.target.as_str()),
                ("level", level.as_str()),
                ("agreement", agreement.as_str()),
            ];
            sample(text, "quintet_comparisons", &labels, &number.to_string());
        }
    }
}

fn quantities(view: &View<'_>, text: &mut String) {
    let audit = view.site.newest.audit;
    family(
        text,
        "quintet_quantity",
        "gauge",
        "Operational parameters as measured, with the unit as a label.",
    );
    // The same series must not stand twice, whatever an edited bundle says.
    let mut written: BTreeMap<(String, String, String, &str), ()> = BTreeMap::new();
    for comparison in audit
        .results
        .comparisons
        .iter()
        .filter(|c| c.is_parameter())
    {
        let axes = parameters(&comparison.parameters);
        for group in &comparison.groups {
            for member in &group.members {
                for (stat, value) in group.measure.iter().flat_map(stats) {
                    let key = (comparison.id.clone(), axes.clone(), member.clone(), stat);
                    if written.insert(key, ()).is_some() {
                        continue;
                    }
                    let labels = [
                        ("target", audit.run.target.as_str()),
                        ("id", comparison.id.as_str()),
                        ("axes", axes.as_str()),
                        ("registry", member.as_str()),
                        (
                            "unit",
                            group.measure.as_ref().map_or("", |m| m.unit.as_str()),
                        ),
                        ("stat", stat),
                    ];
                    sample(text, "quintet_quantity", &labels, &value);
                }
            }
        }
    }
}

fn stats(measure: &Measure) -> Vec<(&'static str, String)> {
    match &measure.amount {
        Amount::Number(number) => vec![("value", number.to_string())],
        Amount::Samples(samples) => vec![
            ("min", samples.min.to_string()),
            ("p5", samples.p5.to_string()),
            ("median", samples.median.to_string()),
            ("p95", samples.p95.to_string()),
            ("max", samples.max.to_string()),
            ("count", samples.count.to_string()),
        ],
    }
}

fn expiries(view: &View<'_>, text: &mut String) {
    let audit = view.site.newest.audit;
    family(
        text,
        "quintet_expiry_timestamp_seconds",
        "gauge",
        "When the next item of a kind expires, by registry.",
    );
    let mut next: BTreeMap<(&str, &str, &str), i64> = BTreeMap::new();
    for expiry in &audit.results.expiries {
        let key = (
            expiry.registry.as_str(),
            expiry.what.as_str(),
            expiry.tier.as_str(),
        );
        let at = expiry.at.as_second();
        let kept = next.entry(key).or_insert(at);
        *kept = (*kept).min(at);
    }
    for ((registry, what, tier), at) in next {
        let labels = [
            ("target", audit.run.target.as_str()),
            ("registry", registry),
            ("what", what),
            ("tier", tier),
        ];
        sample(
            text,
            "quintet_expiry_timestamp_seconds",
            &labels,
            &at.to_string(),
        );
    }
}
