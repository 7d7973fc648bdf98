//! Progress of a run: bars on a terminal, plain lines elsewhere.

use std::collections::BTreeMap;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use tokio::sync::mpsc::UnboundedReceiver;

use super::shell::Shell;
use crate::clock::Clock;
use crate::run::Event;

/// Time between two plain lines; ours, so that a log of an hour stays readable.
const BETWEEN_LINES: Duration = Duration::from_secs(10);

/// Shows what happens until the run is over.
pub async fn show(
    mut events: UnboundedReceiver<Event>,
    shell: Shell,
    clock: std::sync::Arc<dyn Clock>,
) {
    let bar = bar(&shell);
    let mut failed: BTreeMap<String, u64> = BTreeMap::new();
    let (mut planned, mut finished, mut said) = (0, 0, clock.elapsed());
    while let Some(event) = events.recv().await {
        match event {
            Event::Planned(counts) => planned = counts.observations,
            Event::Expanded { observations, .. } => planned += observations,
            Event::Started(key) => {
                if let Some(bar) = &bar {
                    bar.set_message(key.scenario.as_ref().to_owned());
                }
            }
            Event::Finished(observation) => {
                if observation.key.attempt == 1 {
                    finished += 1;
                }
                if let Some(failure) = &observation.failure {
                    *failed.entry(failure.kind.as_str().to_owned()).or_default() += 1;
                }
            }
        }
        if let Some(bar) = &bar {
            bar.set_length(planned.max(finished));
            bar.set_position(finished);
        } else if clock.elapsed().saturating_sub(said) >= BETWEEN_LINES {
            said = clock.elapsed();
            shell.note(&format!(
                "{finished} of {planned} observations{}",
                words(&failed)
            ));
        }
    }
    if let Some(bar) = bar {
        bar.finish_and_clear();
    }
    shell.note(&format!("{finished} observations{}", words(&failed)));
}

fn bar(shell: &Shell) -> Option<ProgressBar> {
    if shell.quiet || !shell.err_is_terminal {
        return None;
    }
    let bar = ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::stderr());
    let style = ProgressStyle::with_template("{bar:30} {pos} of {len} observations  {msg}");
    Some(match style {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    })
}

/// Returns the failures so far as `; timeout 2, tls 1`; empty without any.
fn words(failed: &BTreeMap<String, u64>) -> String {
    if failed.is_empty() {
        return String::new();
    }
    let all: Vec<String> = failed
        .iter()
        .map(|(kind, count)| format!("{kind} {count}"))
        .collect();
    format!("; not complete: {}", all.join(", "))
}
