//! Time in scenarios: polls, stages, windows, pairs of registries, and what holds over time.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::SignedDuration;

use super::decode::{Decoder, shorten};
use super::fields::{Fields as _, first_key, optional};
use super::grammar::is_identifier;
use super::keys::{Key, Shape, Table, may, must};
use super::model::{Bounded, Length, OverTime, Pair, Poll, Probe, Reach, Scenario, Side, Stage};
use super::names::Names;
use super::units;
use crate::yaml::{Entry, Node};

/// Most ticks of a poll; ours: one every quarter of an hour for a month.
const MOST_TICKS: usize = 3_000;

/// Most stages of a scenario; ours, more cannot be told apart in a report.
const MOST_STAGES: usize = 20;

pub(super) const POLL: Key = may(
    "poll",
    Shape::Record(&POLL_KEYS),
    "when everything is asked again; without it the scenario is observed once",
);

pub(super) const STAGES: Key = may(
    "stages",
    Shape::NamesOf(&Shape::AnyOf(&[
        Shape::Expression,
        Shape::Record(&STAGE_KEYS),
    ])),
    "what happens while a scenario is polled: each is reached at the first tick at which its expression holds",
);

pub(super) const WINDOWS: Key = may(
    "windows",
    Shape::NamesOf(&Shape::Duration),
    "lengths of time by name, for `over_time` and for expressions as `windows.name`; `judge --window` judges with others",
);

pub(super) const PAIR: Key = may(
    "pair",
    Shape::Record(&PAIR_KEYS),
    "makes each instance one about two registries, and asks these two only",
);

pub(super) const OVER_TIME: Key = may(
    "over_time",
    Shape::AnyOf(&[Shape::Word(&["each"]), Shape::Record(&OVER_TIME_KEYS)]),
    "the ticks at which it must hold; `each` for all, default the last one",
);

pub(super) const ROLE: Key = may(
    "role",
    Shape::Word(&["source", "recipient"]),
    "the side of the pair that it is about; default both",
);

/// Keys of `poll`.
const POLL_KEYS: Table = Table {
    name: "poll",
    about: "When a scenario is observed again, counted from its first observation.",
    keys: &[
        may(
            "at",
            Shape::List(&Shape::Duration),
            "when each tick is due, ascending, such as `[0h, 1h, 6h, 24h]`",
        ),
        may(
            "every",
            Shape::Duration,
            "the time between two ticks, instead of `at`; needs `within`",
        ),
        may("within", Shape::Duration, "how long `every` goes on"),
        may(
            "until",
            Shape::Expression,
            "ends the poll of an instance after the first tick at which it holds",
        ),
        may(
            "grace",
            Shape::Duration,
            "how late a tick may begin, for runs that are stopped and resumed; later it is missed; default until the next one is due",
        ),
        may(
            "rehearse",
            Shape::List(&Shape::Duration),
            "the ticks on the mock world, whose clock jumps, instead of `at` and `every`",
        ),
    ],
};

/// Keys of a stage.
const STAGE_KEYS: Table = Table {
    name: "stage",
    about: "Something that happens while a scenario is polled.",
    keys: &[
        must(
            "until",
            Shape::Expression,
            "reached at the first tick at which this holds",
        ),
        may(
            "at",
            Shape::Expression,
            "yields when it was reached; default the time of that tick",
        ),
    ],
};

/// Keys of `pair`.
const PAIR_KEYS: Table = Table {
    name: "pair",
    about: "Two registries of which one gives and the other takes.",
    keys: &[
        must(
            "source",
            Shape::Template,
            "the id of the registry that gives, such as `${case.source}`",
        ),
        must(
            "recipient",
            Shape::Template,
            "the id of the registry that takes, such as `${case.recipient}`",
        ),
    ],
};

/// Keys of `over_time`.
const OVER_TIME_KEYS: Table = Table {
    name: "time in which something must hold",
    about: "The ticks at which something must hold.",
    keys: &[
        may(
            "from",
            Shape::Identifier,
            "the stage that must be reached; without it the first tick",
        ),
        may(
            "to",
            Shape::Identifier,
            "the stage from which nothing is looked at any more",
        ),
        may(
            "within",
            Shape::Text,
            "a window or a duration: it must hold at every tick that is so long after the beginning, or longer",
        ),
        may(
            "allow",
            Shape::Text,
            "a window or a duration: for how long in all it need not hold",
        ),
    ],
};

/// What checks may say of time in one scenario.
#[derive(Clone, Debug, Default)]
pub(super) struct Times {
    polls: bool,
    pairs: bool,
    /// Names of stages as written, those with mistakes too.
    stages: Vec<String>,
    windows: BTreeMap<Arc<str>, SignedDuration>,
    /// Names of windows as written.
    window_names: Vec<String>,
}

/// Returns the names that a scenario with a poll or a pair gives, so that nothing else is called so.
pub(super) fn given(node: &Node) -> Vec<&'static str> {
    let mut names = Vec::new();
    if node.at("poll").is_some() {
        names.extend(["tick", "stages", "first"]);
    }
    if node.at("windows").is_some() {
        names.push("windows");
    }
    if node.at("pair").is_some() {
        names.extend(["role", "source", "recipient"]);
    }
    names
}

impl Times {
    /// Reads what checks may refer to, and adds to the names what expressions may read.
    pub(super) fn read(decoder: Decoder<'_>, node: &Node, names: &mut Names<'_>) -> Self {
        let entries = |key: &str| node.at(key).and_then(Node::entries).unwrap_or_default();
        let times = Self {
            polls: node.at("poll").is_some(),
            pairs: node.at("pair").is_some(),
            stages: entries("stages").iter().map(|e| e.key.clone()).collect(),
            window_names: entries("windows").iter().map(|e| e.key.clone()).collect(),
            windows: entries("windows")
                .iter()
                .filter_map(|e| Some((Arc::from(&*e.key), units::duration(e.value.text()?)?)))
                .collect(),
        };
        let needs_poll = |key: &str, span| {
            decoder.error(
                span,
                format!("`{key}` stands in a scenario that is observed once; expected `poll` too"),
            );
        };
        if let Some(stages) = node.at("stages").filter(|_| !times.polls) {
            needs_poll("stages", stages.span);
        }
        if times.stages.len() > MOST_STAGES {
            let span = node.at("stages").map_or(node.span, |n| n.span);
            decoder.error(span, format!("more than {MOST_STAGES} stages"));
        }
        names.add_times(times.polls, times.pairs, &times.window_names);
        times
    }

    /// Reads the stages, in order; each may read those before it.
    pub(super) fn stages(
        &self,
        decoder: Decoder<'_>,
        node: &Node,
        names: &mut Names<'_>,
    ) -> Vec<Stage> {
        let entries = node.at("stages").and_then(Node::entries);
        let mut stages = Vec::new();
        for entry in entries.unwrap_or_default() {
            if is_identifier(&entry.key) {
                stages.extend(stage(decoder, entry, names));
                names.add_stage(&entry.key);
            }
        }
        stages
    }

    /// Reads `over_time`; `None` if it has a mistake.
    #[expect(clippy::option_option, reason = "absent, or there with a mistake")]
    pub(super) fn over_time(&self, decoder: Decoder<'_>, node: &Node) -> Option<Option<OverTime>> {
        optional(node.at("over_time"), |over| {
            if !self.polls {
                decoder.error(
                    over.span,
                    "`over_time` stands in a scenario that is observed once; expected `poll` too",
                );
                return None;
            }
            if node.text_at("rule") == Some("report") {
                decoder.error(
                    over.span,
                    "`over_time` says when something must hold, and `report` always does",
                );
                return None;
            }
            let from = self.stage(decoder, over, "from");
            let to = self.stage(decoder, over, "to");
            let within = self.length(decoder, over, "within");
            let allow = self.length(decoder, over, "allow");
            let bound = match (within?, allow?) {
                (Some(_), Some(_)) => {
                    let span = over.at("allow").map_or(over.span, |n| n.span);
                    decoder.error(
                        span,
                        "`allow` stands beside `within`; expected one, or two checks",
                    );
                    return None;
                }
                (Some(length), None) => Bounded::Within(length),
                (None, Some(length)) => Bounded::Allow(length),
                (None, None) => Bounded::Always,
            };
            Some(OverTime {
                from: from?,
                to: to?,
                bound,
            })
        })
    }

    /// Reads the name of a stage.
    #[expect(clippy::option_option, reason = "absent, or there with a mistake")]
    fn stage(&self, decoder: Decoder<'_>, node: &Node, key: &str) -> Option<Option<Arc<str>>> {
        optional(node.at(key), |n| {
            let word = n.text()?;
            if self.stages.iter().any(|s| s == word) {
                return Some(Arc::from(word));
            }
            let known: Vec<&str> = self.stages.iter().map(String::as_str).collect();
            decoder.unknown(n.span, "stage", word, &known);
            None
        })
    }

    /// Reads a window's name or a duration.
    #[expect(clippy::option_option, reason = "absent, or there with a mistake")]
    fn length(&self, decoder: Decoder<'_>, node: &Node, key: &str) -> Option<Option<Length>> {
        optional(node.at(key), |n| {
            let word = n.text()?;
            if self.window_names.iter().any(|w| w == word) {
                return Some(Length::Window(Arc::from(word)));
            }
            if let Some(length) = units::duration(word) {
                return Some(Length::Literal(length));
            }
            if is_identifier(word) && !self.window_names.is_empty() {
                let known: Vec<&str> = self.window_names.iter().map(String::as_str).collect();
                decoder.unknown(n.span, "window", word, &known);
            } else {
                decoder.error(
                    n.span,
                    format!(
                        "`{}` is neither a window nor a duration; expected one such as `24h`",
                        shorten(word)
                    ),
                );
            }
            None
        })
    }

    /// Reads `role`; `None` if it has a mistake.
    #[expect(clippy::option_option, reason = "absent, or there with a mistake")]
    pub(super) fn side(&self, decoder: Decoder<'_>, node: &Node) -> Option<Option<Side>> {
        optional(node.at("role"), |role| {
            if !self.pairs {
                decoder.error(
                    role.span,
                    "`role` stands in a scenario about each registry for itself; expected `pair` too",
                );
                return None;
            }
            let word = role.text()?;
            Side::ALL.into_iter().find(|side| side.as_str() == word)
        })
    }

    /// Says whether instances are about two registries.
    pub(super) const fn is_of_pairs(&self) -> bool {
        self.pairs
    }

    /// Gives a scenario what was read.
    pub(super) fn set(self, scenario: &mut Scenario) {
        scenario.windows = self.windows;
    }
}

fn stage(decoder: Decoder<'_>, entry: &Entry, names: &Names<'_>) -> Option<Stage> {
    let node = &entry.value;
    let (until, at) = match node.entries() {
        None => (names.condition(decoder, node), Some(None)),
        Some(_) => (
            names.condition(decoder, node.at("until")?),
            optional(node.at("at"), |n| names.expression(decoder, n)),
        ),
    };
    Some(Stage {
        name: Arc::from(&*entry.key),
        until: until?,
        at: at?,
        place: decoder.place(entry.key_span),
    })
}

/// Reads `pair`.
pub(super) fn pair(decoder: Decoder<'_>, node: &Node, names: &Names<'_>) -> Option<Pair> {
    let pair = node.at("pair")?;
    let side = |side: Side| names.template(decoder, pair.at(side.as_str())?);
    Some(Pair {
        source: side(Side::Source)?,
        recipient: side(Side::Recipient)?,
        place: decoder.place(first_key(pair)),
    })
}

/// Reads `poll`.
pub(super) fn poll(decoder: Decoder<'_>, node: &Node, names: &Names<'_>) -> Option<Poll> {
    let poll = node.at("poll")?;
    let until = optional(poll.at("until"), |n| {
        let until = names.condition(decoder, n)?;
        if let Some(name) = names.known_later(until.roots()) {
            decoder.error(
                n.span,
                format!("`{name}` is not known while the scenario is asked; expected probes of the registry itself"),
            );
        }
        Some(until)
    });
    let at = ticks(decoder, poll);
    let rehearse = poll.at("rehearse").map(|n| listed(decoder, n));
    let at = at?;
    Some(Poll {
        rehearse: rehearse.unwrap_or_else(|| Some(at.clone()))?,
        at,
        until: until?,
        grace: poll.duration_at("grace"),
        place: decoder.place(first_key(poll)),
    })
}

/// Returns when the ticks are due.
fn ticks(decoder: Decoder<'_>, poll: &Node) -> Option<Vec<SignedDuration>> {
    match (poll.at("at"), poll.at("every")) {
        (Some(at), None) => {
            if let Some(within) = poll.at("within") {
                decoder.error(
                    within.span,
                    "`at` says when the poll ends; `within` is for `every`",
                );
            }
            listed(decoder, at)
        }
        (None, Some(every)) => {
            let Some(within) = poll.duration_at("within") else {
                decoder.error(every.span, "`every` has no end; expected `within` too");
                return None;
            };
            let every_time = poll.duration_at("every")?;
            if every_time < SignedDuration::from_secs(1) {
                decoder.error(every.span, "ticks are less than a second apart");
                return None;
            }
            let mut ticks = vec![SignedDuration::ZERO];
            while let Some(next) = ticks.last().and_then(|last| last.checked_add(every_time)) {
                if next > within {
                    break;
                }
                if ticks.len() == MOST_TICKS {
                    decoder.error(every.span, format!("more than {MOST_TICKS} ticks"));
                    return None;
                }
                ticks.push(next);
            }
            Some(ticks)
        }
        (Some(_), Some(every)) => {
            decoder.error(
                every.span,
                "`every` stands beside `at`; expected one of them",
            );
            None
        }
        (None, None) => {
            decoder.error(
                first_key(poll),
                "poll has no ticks; expected `at` with their times, or `every` and `within`",
            );
            None
        }
    }
}

/// Reads times that ascend.
fn listed(decoder: Decoder<'_>, node: &Node) -> Option<Vec<SignedDuration>> {
    let mut ticks: Vec<SignedDuration> = Vec::new();
    for item in node.items()? {
        let time = units::duration(item.text()?)?;
        if ticks.last().is_some_and(|last| *last >= time) {
            decoder.error(
                item.span,
                "ticks stand in the order of their times, each once",
            );
            return None;
        }
        ticks.push(time);
    }
    if ticks.is_empty() || ticks.len() > MOST_TICKS {
        decoder.error(
            node.span,
            format!("{} ticks; expected 1 to {MOST_TICKS}", ticks.len()),
        );
        return None;
    }
    Some(ticks)
}

/// Reports probes that read what is only known when everything was asked, and such as serve all
/// instances of a matrix and read one.
pub(super) fn check_probes(
    decoder: Decoder<'_>,
    node: &Node,
    scenario: &Scenario,
    names: &Names<'_>,
) {
    let place = |probe: &Probe| {
        let written = node.at("probes").and_then(|all| all.get(&probe.name));
        written.map_or_else(|| first_key(node), first_key)
    };
    for probe in &scenario.probes {
        let roots = names.roots_of(probe);
        if let Some(name) = names.known_later(roots.iter().map(String::as_str)) {
            decoder.error(
                place(probe),
                format!(
                    "probe `{}` reads `{name}`, which is not known while the scenario is asked",
                    probe.name
                ),
            );
        }
        if probe.reach != Reach::Registry {
            continue;
        }
        if let Some(axis) = scenario.matrix.iter().find(|a| roots.contains(&a.name)) {
            decoder.error(
                place(probe),
                format!("probe `{}` serves all instances and reads the axis `{}`; expected `scope: registry`", probe.name, axis.name),
            );
        }
        let case = |name: &&Arc<str>| {
            let mut all = scenario.probes.iter();
            all.any(|p| p.name == **name && p.reach == Reach::Case)
        };
        if let Some(other) = probe.after.iter().find(case) {
            decoder.error(
                place(probe),
                format!(
                    "probe `{}` serves all instances and waits for `{other}`, which serves one",
                    probe.name
                ),
            );
        }
    }
}
