//! Shares that grow with time, one small plot for each registry on the same axes.

use maud::{Markup, html};

use super::{at, rows};
use crate::report::site::text;

/// Shares of one registry.
#[derive(Clone, Debug)]
pub(in crate::report::site) struct Series<'a> {
    /// Its name.
    pub(in crate::report::site) name: &'a str,
    /// Seconds and the share at that time, in order.
    pub(in crate::report::site) points: Vec<(i64, f64)>,
}

const WIDTH: f64 = 720.0;
const LEFT: f64 = 100.0;
const RIGHT: f64 = 60.0;
const LANE: f64 = 54.0;
const HEIGHT: f64 = 38.0;

/// Draws the series below each other.
pub(in crate::report::site) fn steps(id: &str, title: &str, series: &[Series<'_>]) -> Markup {
    let longest = series
        .iter()
        .flat_map(|s| &s.points)
        .map(|(seconds, _)| *seconds)
        .max();
    let Some(longest) = longest.filter(|longest| *longest > 0) else {
        return html! {};
    };
    let height = rows(series.len()) * LANE + 22.0;
    let x = |seconds: i64| LEFT + float(seconds) / float(longest) * (WIDTH - LEFT - RIGHT);
    html! {
        figure.plot {
            svg viewBox={ "0 0 " (WIDTH) " " (height) } role="img" aria-labelledby={ (id) "-title " (id) "-desc" } {
                title id={ (id) "-title" } { (title) }
                desc id={ (id) "-desc" } { (described(series)) }
                @for (number, one) in series.iter().enumerate() {
                    @let base = rows(number) * LANE + 6.0 + HEIGHT;
                    text.lane x="0" y=(at(base - HEIGHT / 2.0 + 4.0)) { (text::line(one.name)) }
                    line.lane x1=(at(LEFT)) x2=(at(WIDTH - RIGHT)) y1=(at(base)) y2=(at(base)) {}
                    polyline.area points=(drawn(one, &x, base, longest)) {}
                    @for (seconds, share) in &one.points {
                        circle.dot cx=(at(x(*seconds))) cy=(at(base - share.clamp(0.0, 1.0) * HEIGHT)) r="3" {}
                    }
                    @if let Some((_, share)) = one.points.last() {
                        text.tick x=(at(WIDTH - RIGHT + 8.0)) y=(at(base - share.clamp(0.0, 1.0) * HEIGHT + 4.0)) { (percent(*share)) }
                    }
                }
                @for (seconds, _) in series.iter().map(|s| &s.points).max_by_key(|points| points.len()).into_iter().flatten() {
                    text.tick x=(at(x(*seconds))) y=(at(height - 6.0)) text-anchor="middle" { (seconds / 3_600) "h" }
                }
            }
            figcaption { (title) }
        }
    }
}

/// Returns the outline: from share to share in steps, as nothing is known in between.
fn drawn(series: &Series<'_>, x: &impl Fn(i64) -> f64, base: f64, longest: i64) -> String {
    let mut points = vec![format!("{},{}", at(x(0)), at(base))];
    let mut level = base;
    for (seconds, share) in &series.points {
        points.push(format!("{},{}", at(x(*seconds)), at(level)));
        level = base - share.clamp(0.0, 1.0) * HEIGHT;
        points.push(format!("{},{}", at(x(*seconds)), at(level)));
    }
    points.push(format!("{},{}", at(x(longest)), at(base)));
    points.join(" ")
}

fn described(series: &[Series<'_>]) -> String {
    let each: Vec<String> = series
        .iter()
        .map(|one| {
            let shares: Vec<String> = one
                .points
                .iter()
                .map(|(seconds, share)| format!("{} after {} h", percent(*share), seconds / 3_600))
                .collect();
            format!(
                "{}: {}",
                text::line(one.name),
                if shares.is_empty() {
                    "no value".to_owned()
                } else {
                    shares.join(", ")
                }
            )
        })
        .collect();
    format!("{}.", each.join("; "))
}

fn percent(share: f64) -> String {
    format!("{:.0}%", share * 100.0)
}

fn float(seconds: i64) -> f64 {
    serde_json::Number::from(seconds)
        .as_f64()
        .unwrap_or_default()
}
