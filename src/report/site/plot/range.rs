//! Quantities of registries on one axis: a mark for a number, a range for samples, a hollow mark for
//! what is declared.

use maud::{Markup, html};

use super::axis::Axis;
use super::{at, rows};
use crate::report::parameters::line;
use crate::report::site::text;
use crate::verdict::measure::{Amount, Measure, Samples, Unit};

/// One registry of a plot.
#[derive(Clone, Copy, Debug)]
pub(in crate::report::site) struct Lane<'a> {
    /// Its name.
    pub(in crate::report::site) name: &'a str,
    /// What was measured.
    pub(in crate::report::site) measured: Option<&'a Measure>,
    /// What it declares.
    pub(in crate::report::site) declared: Option<&'a Measure>,
}

const WIDTH: f64 = 520.0;
const LEFT: f64 = 84.0;
const RIGHT: f64 = 14.0;
const LANE: f64 = 17.0;
const FOOT: f64 = 18.0;

/// Draws one quantity; nothing where nobody has one.
pub(in crate::report::site) fn range(
    id: &str,
    title: &str,
    unit: Unit,
    lanes: &[Lane<'_>],
) -> Markup {
    let all = lanes.iter().flat_map(|lane| [lane.measured, lane.declared]);
    let bounds = all.flatten().flat_map(bounds);
    let Some(axis) = Axis::of(unit, bounds) else {
        return html! {};
    };
    let height = rows(lanes.len()) * LANE + FOOT;
    let x = |value: f64| LEFT + axis.place(value) * (WIDTH - LEFT - RIGHT);
    html! {
        svg viewBox={ "0 0 " (WIDTH) " " (height) } role="img" aria-labelledby={ (id) "-title " (id) "-desc" } {
            title id={ (id) "-title" } { (text::line(title)) }
            desc id={ (id) "-desc" } { (described(lanes)) }
            @for (value, words) in axis.marks() {
                line.grid x1=(at(x(value))) x2=(at(x(value))) y1="0" y2=(at(height - FOOT + 2.0)) {}
                text.tick x=(at(x(value))) y=(at(height - 4.0)) text-anchor="middle" { (words) }
            }
            @for (number, lane) in lanes.iter().enumerate() {
                @let y = rows(number) * LANE + LANE / 2.0;
                text.lane x="0" y=(at(y + 4.0)) { (text::line(lane.name)) }
                @if let Some(declared) = lane.declared { (self::declared(declared, &x, y)) }
                @match lane.measured.map(|measure| &measure.amount) {
                    Some(Amount::Number(number)) => {
                        circle.dot cx=(at(x(number.as_f64().unwrap_or_default()))) cy=(at(y)) r="3.4" {}
                    }
                    Some(Amount::Samples(samples)) => (spread(samples, &x, y)),
                    None => text.tick x=(at(LEFT + 2.0)) y=(at(y + 4.0)) { "no value" },
                }
            }
        }
    }
}

/// Draws samples: a line over all, a bar from the 5th to the 95th percentile, a mark at the median.
fn spread(samples: &Samples, x: &impl Fn(f64) -> f64, y: f64) -> Markup {
    let [min, p5, median, p95, max] = [
        samples.min,
        samples.p5,
        samples.median,
        samples.p95,
        samples.max,
    ]
    .map(|sample| x(float(sample)));
    html! {
        line.all x1=(at(min)) x2=(at(max)) y1=(at(y)) y2=(at(y)) {}
        rect.most x=(at(p5)) width=(at((p95 - p5).max(0.0))) y=(at(y - 3.0)) height="6" {}
        line.value x1=(at(median)) x2=(at(median)) y1=(at(y - 6.0)) y2=(at(y + 6.0)) {}
    }
}

fn declared(measure: &Measure, x: &impl Fn(f64) -> f64, y: f64) -> Markup {
    let value = bounds(measure).into_iter().next().unwrap_or_default();
    html! { circle.declared cx=(at(x(value))) cy=(at(y)) r="5.6" {} }
}

fn bounds(measure: &Measure) -> Vec<f64> {
    match &measure.amount {
        Amount::Number(number) => number.as_f64().into_iter().collect(),
        Amount::Samples(samples) => vec![float(samples.min), float(samples.max)],
    }
}

fn described(lanes: &[Lane<'_>]) -> String {
    let each: Vec<String> = lanes
        .iter()
        .map(|lane| {
            let value = lane.measured.map_or_else(|| "no value".to_owned(), line);
            let name = text::line(lane.name);
            match lane.declared.map(line) {
                Some(declared) => format!("{name}: {value}, declared {declared}"),
                None => format!("{name}: {value}"),
            }
        })
        .collect();
    format!("{}.", each.join("; "))
}

fn float(sample: i64) -> f64 {
    serde_json::Number::from(sample)
        .as_f64()
        .unwrap_or_default()
}
