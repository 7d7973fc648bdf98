//! Distributions of two and three participants, played.

use super::*;

fn resources(text: &str) -> Resources {
    Resources::lenient([text])
}

/// Returns a state: its version, its day in 2026, and `name resources` for each participant.
fn state(version: u64, day: &str, index: Option<u64>, delegations: &[&str]) -> State {
    State {
        version,
        date: format!("2026-{day}T00:00:00Z").parse().unwrap(),
        previous: (version > 1).then(|| format!("{}.rds", version - 1)),
        prefix: "event-".to_owned(),
        index,
        delegations: { delegations.iter() }
            .map(|text| {
                let (name, held) = text.split_once(' ').unwrap();
                Delegation {
                    name: name.to_owned(),
                    resources: resources(held),
                }
            })
            .collect(),
    }
}

/// Returns an event: `day word id whom resources`, with `-` for nobody.
fn event(text: &str) -> Event {
    let words: Vec<&str> = text.splitn(5, ' ').collect();
    let whom = words[3].to_owned();
    let resources = resources(words.get(4).copied().unwrap_or_default());
    let what = match words[1] {
        "begins" => Happening::Initiation {
            recipient: whom,
            resources,
        },
        "accepts" => Happening::Acceptance {
            source: whom,
            resources,
        },
        "ends" => Happening::Finalization,
        "cancels" => Happening::Cancellation,
        "includes" => Happening::Inclusion(resources),
        "excludes" => Happening::Exclusion(resources),
        other => panic!("{other}"),
    };
    Event {
        id: words[2].to_owned(),
        date: format!("2026-{}T00:00:00Z", words[0]).parse().unwrap(),
        what,
    }
}

const FIRST: [&str; 3] = [
    "a 10.0.0.0/8, AS64500",
    "b 11.0.0.0/8",
    "c 12.0.0.0/8, 2001:db8::/32",
];

fn participant(name: &str, states: &[State], events: &[&str]) -> Participant {
    Participant {
        name: name.to_owned(),
        states: states.to_vec(),
        events: (1..).zip(events.iter().map(|text| event(text))).collect(),
    }
}

/// Returns what `a`, `b` and `c` come to with events from a first state.
fn of_events(events: [&[&str]; 3]) -> Report {
    let first = [state(1, "01-01", None, &FIRST)];
    let all = ["a", "b", "c"].into_iter().zip(events);
    let all: Vec<_> = all.map(|(n, e)| participant(n, &first, e)).collect();
    judge(&all)
}

#[track_caller]
fn check(events: [&[&str]; 3], expected: &[&str]) {
    let report = of_events(events);
    let seen = report.violations.iter();
    let seen: Vec<String> = seen
        .map(|v| format!("{} {}: {}", v.by, v.place, v.what))
        .collect();
    assert_eq!(seen, expected);
}

const BEGINS: &str = "01-02 begins t1 b 10.1.0.0/16";
const ACCEPTS: &str = "01-03 accepts t1 a 10.1.0.0/16";

#[test]
fn a_transfer_begins_is_accepted_and_ends() {
    check([&[BEGINS, "01-04 ends t1 -"], &[ACCEPTS], &[]], &[]);
    let report = of_events([&[BEGINS, "01-04 ends t1 -"], &[ACCEPTS], &[]]);
    assert_eq!(report.holdings["b"].to_string(), "10.1.0.0/16, 11.0.0.0/8");
    assert!(!report.holdings["a"].overlaps(&resources("10.1.0.0/16")));
    assert_eq!((report.from, report.common), (Some(1), Some(1)));
    let report = of_events([&[BEGINS], &[ACCEPTS], &[]]);
    assert_eq!(report.unfinished, 1);
    assert!(report.holdings["a"].covers(&resources("10.1.0.0/16")));
}

#[test]
fn a_step_out_of_turn_is_found() {
    check(
        [&["01-02 begins t1 b 11.1.0.0/16"], &[], &[]],
        &["a event 1: initiation `t1`: `a` does not hold 11.1.0.0/16"],
    );
    check(
        [&["01-02 begins t1 d 10.1.0.0/16"], &[], &[]],
        &["a event 1: initiation `t1`: `d` is no other participant"],
    );
    check(
        [&[BEGINS, "01-03 begins t2 c 10.1.1.0/24"], &[], &[]],
        &["a event 2: initiation `t2`: transfer `t1` of `a` is under way for some of 10.1.1.0/24"],
    );
    check(
        [&[BEGINS, "01-04 begins t1 b 10.2.0.0/16"], &[], &[]],
        &["a event 2: initiation `t1`: its id is that of another transfer"],
    );
    check(
        [&[BEGINS, "01-04 ends t1 -"], &[], &[]],
        &["a event 2: finalization `t1`: `b` has not accepted it"],
    );
    check(
        [&[BEGINS], &["01-03 accepts t1 a 10.1.0.0/17"], &[]],
        &["b event 1: acceptance `t1`: it is for 10.1.0.0/17, initiated was 10.1.0.0/16"],
    );
    check(
        [&[BEGINS], &[], &[ACCEPTS]],
        &["c event 1: acceptance `t1`: it is for `b`"],
    );
    check(
        [&[], &[ACCEPTS], &[]],
        &["b event 1: acceptance `t1`: `a` initiated no such transfer"],
    );
    check(
        [
            &[BEGINS, "01-04 cancels t1 -", "01-05 ends t1 -"],
            &[ACCEPTS],
            &[],
        ],
        &["a event 3: finalization `t1`: it is finished"],
    );
    check(
        [&[BEGINS], &["01-04 ends t1 -"], &[]],
        &["b event 1: finalization `t1`: `b` initiated no such transfer"],
    );
}

#[test]
fn resources_come_in_that_nobody_has_and_go_out_of_who_has_them() {
    check(
        [
            &[
                "01-02 includes i1 - 13.0.0.0/8",
                "01-03 excludes e1 - 10.0.0.0/9",
            ],
            &["01-04 includes i1 - 10.0.0.0/9"],
            &[],
        ],
        &[],
    );
    check(
        [
            &[
                "01-02 includes i1 - 11.1.0.0/16",
                "01-03 excludes e1 - 13.0.0.0/8",
            ],
            &[],
            &[],
        ],
        &[
            "a event 1: inclusion `i1`: `b` holds some of 11.1.0.0/16",
            "a event 2: exclusion `e1`: `a` does not hold 13.0.0.0/8",
        ],
    );
}

#[test]
fn what_is_published_again_behind_a_state_changes_nothing() {
    let second = [
        "a 10.0.0.0/8, AS64500",
        "b 11.0.0.0/8",
        "c 12.0.0.0/8, 2001:db8::/32",
    ];
    let states = |index| {
        [
            state(2, "02-01", index, &second),
            state(1, "01-01", None, &FIRST),
        ]
    };
    let all = [
        participant("a", &states(Some(1)), &[BEGINS, BEGINS, "02-02 ends t1 -"]),
        participant("b", &states(Some(1)), &[ACCEPTS, ACCEPTS]),
        participant("c", &states(None), &[]),
    ];
    let report = judge(&all);
    assert_eq!(report.violations, []);
    // Who knows the second state only reads what is behind it.
    let newest: Vec<Participant> = { all.iter() }
        .map(|one| Participant {
            states: one.states[..1].to_vec(),
            ..one.clone()
        })
        .collect();
    let later = judge(&newest);
    assert_eq!(later.from, Some(2));
    assert_eq!(later.violations, []);
    assert_eq!(later.holdings, report.holdings);
}

#[test]
fn a_state_is_what_the_one_before_and_events_give() {
    let states = |held: &[&str]| {
        [
            state(2, "02-01", Some(2), held),
            state(1, "01-01", None, &FIRST),
        ]
    };
    let right = [
        "a 10.0.0.0-10.0.255.255, 10.2.0.0-10.255.255.255, AS64500",
        "b 10.1.0.0/16, 11.0.0.0/8",
        "c 12.0.0.0/8, 2001:db8::/32",
    ];
    let judged = |held: &[&str]| {
        let mut accepts = states(held);
        accepts[0].index = Some(1);
        let mut nothing = states(held);
        nothing[0].index = None;
        judge(&[
            participant("a", &states(held), &[BEGINS, "01-04 ends t1 -"]),
            participant("b", &accepts, &[ACCEPTS]),
            participant("c", &nothing, &[]),
        ])
    };
    assert_eq!(judged(&right).violations, []);
    let wrong = judged(&FIRST).violations;
    assert_eq!(wrong.len(), 3);
    assert_eq!(
        wrong[0].what,
        "not what the state before it and events give: `a` with 10.1.0.0/16; `b` without 10.1.0.0/16"
    );
    assert!(wrong.iter().all(|v| v.matter == Matter::NextSet));
}

#[test]
fn states_that_are_wrong_alone_are_found() {
    let mut first = state(2, "01-01", Some(3), &["a 10.0.0.0/8", "b 10.1.0.0/16"]);
    first.previous = None;
    let mut second = state(4, "02-01", Some(9), &["a 10.0.0.0/8", "b 11.0.0.0/8"]);
    second.prefix = "other-".to_owned();
    let report = judge(&[participant("a", &[second, first], &[])]);
    let seen: Vec<String> = { report.violations.iter() }
        .map(|v| format!("{} {}: {}", v.matter.as_str(), v.place, v.what))
        .collect();
    assert_eq!(
        seen,
        [
            "initial-set state 2: 10.1.0.0/16 of `a` and of `b`",
            "initial-set state 2: it is the first, and has a number of a last event",
            "initial-set state 2: it is the first, and not version 1",
            "next-set state 4: not what the state before it and events give: `b` without 10.1.0.0/16; `b` with 11.0.0.0/8",
            "next-set state 4: the URLs of its events begin with `other-`, not as before",
            "next-set state 4: the last event before it is 3, it says 9",
            "next-set state 4: version 2 comes before it",
        ]
    );
}

#[test]
fn without_a_common_state_nothing_is_played() {
    let report = judge(&[
        participant(
            "a",
            &[state(1, "01-01", None, &FIRST)],
            &["01-02 ends t9 -"],
        ),
        participant("b", &[state(2, "02-01", None, &FIRST)], &[]),
    ]);
    assert_eq!((report.common, report.from), (None, None));
    assert_eq!(report.violations, []);
    assert_eq!(judge(&[]), Report::default());
}
