//! Events in time, one lane for each registry; hours and years stand in one drawing.

use std::collections::BTreeMap;

use maud::{Markup, html};

use super::axis::Axis;
use super::{at, rows};
use crate::report::site::text;
use crate::verdict::measure::Unit;

/// One event.
#[derive(Clone, Copy, Debug)]
pub(in crate::report::site) struct Event<'a> {
    /// The lane it stands in.
    pub(in crate::report::site) lane: &'a str,
    /// Seconds from now; negative for what is over.
    pub(in crate::report::site) seconds: i64,
}

/// Width of the drawing.
const WIDTH: f64 = 720.0;

/// Width of the names at its left.
const LEFT: f64 = 100.0;

/// Height of a lane.
const LANE: f64 = 26.0;

/// Least time that is told apart, in seconds: what is over stands there too.
const LEAST: i64 = 3_600;

/// Draws events by the time that is left, from hours to years; what is over stands at the left edge.
pub(in crate::report::site) fn timeline(id: &str, title: &str, events: &[Event<'_>]) -> Markup {
    let mut lanes: BTreeMap<&str, Vec<i64>> = BTreeMap::new();
    for event in events {
        lanes.entry(event.lane).or_default().push(event.seconds);
    }
    let left = |seconds: i64| float(seconds.max(LEAST));
    let bounds = events.iter().map(|e| left(e.seconds));
    let Some(axis) = Axis::of(Unit::Seconds, bounds.chain([float(LEAST)])) else {
        return html! {};
    };
    let height = rows(lanes.len()) * LANE + 30.0;
    let x = |seconds: i64| LEFT + axis.place(left(seconds)) * (WIDTH - LEFT - 20.0);
    html! {
        figure.plot {
            svg viewBox={ "0 0 " (WIDTH) " " (height) } role="img" aria-labelledby={ (id) "-title " (id) "-desc" } {
                title id={ (id) "-title" } { (title) }
                desc id={ (id) "-desc" } {
                    "One lane for each registry, one mark for each item, from hours at the left to years at the right. "
                    (over(events)) " The tables below have all values."
                }
                @for (value, words) in axis.marks() {
                    @let place = LEFT + axis.place(value) * (WIDTH - LEFT - 20.0);
                    line.grid x1=(at(place)) x2=(at(place)) y1="4" y2=(at(height - 22.0)) {}
                    text.tick x=(at(place)) y=(at(height - 6.0)) text-anchor="middle" { (words) }
                }
                @for (number, (lane, times)) in lanes.iter().enumerate() {
                    @let y = rows(number) * LANE + 18.0;
                    text.lane x="0" y=(at(y + 4.0)) { (text::line(lane)) }
                    line.lane x1=(at(LEFT)) x2=(at(WIDTH - 20.0)) y1=(at(y)) y2=(at(y)) {}
                    @for seconds in times {
                        @if *seconds < 0 {
                            path.over d={ "M" (at(LEFT - 4.0)) " " (at(y - 4.0)) "l8 8m0 -8l-8 8" } {}
                        } @else {
                            line.event x1=(at(x(*seconds))) x2=(at(x(*seconds))) y1=(at(y - 6.0)) y2=(at(y + 6.0)) {}
                        }
                    }
                }
            }
            figcaption { (title) }
        }
    }
}

fn over(events: &[Event<'_>]) -> String {
    match events.iter().filter(|event| event.seconds < 0).count() {
        0 => "Nothing is over.".to_owned(),
        1 => "One is over.".to_owned(),
        number => format!("{number} are over."),
    }
}

fn float(seconds: i64) -> f64 {
    serde_json::Number::from(seconds)
        .as_f64()
        .unwrap_or_default()
}
