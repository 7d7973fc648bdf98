//! Logs replayed: where resources are, and where chains break.

use super::*;
use crate::resource::Resources;

/// Returns a log of a registry with transfers `source recipient date resources`.
fn told(transfers: &[&str]) -> Log {
    let entries = transfers.iter().enumerate().map(|(index, text)| {
        let mut words = text.splitn(4, ' ');
        let mut next = || words.next().unwrap();
        let rir = |id: &str| Rir::of_id(id).unwrap();
        let (source, recipient) = (rir(next()), rir(next()));
        let date = format!("{}T00:00:00Z", next()).parse().ok();
        let resources = next();
        Entry {
            list: List::Transfers,
            index,
            stage: Stage::Completed,
            kind: Some(Kind::ResourceTransfer),
            source: Some(source),
            recipient: Some(recipient),
            date,
            registered: None,
            resources: Resources {
                addresses: resources.parse().unwrap_or_default(),
                asns: resources.parse().unwrap_or_default(),
            },
            original: None,
            from: None,
            to: None,
        }
    });
    Log {
        entries: entries.collect(),
        ..Log::default()
    }
}

fn holdings(history: &History<'_>) -> Vec<String> {
    let all = history.holdings().into_iter();
    all.map(|(rir, held)| format!("{} {held}", rir.id()))
        .collect()
}

fn breaks(history: &History<'_>) -> Vec<String> {
    let step = |number: usize| {
        let step = &history.steps[number];
        format!("{}>{}", step.source.id(), step.recipient.id())
    };
    let all = history.breaks.iter();
    all.map(|b| format!("{} {} {}", b.resources, step(b.earlier), step(b.later)))
        .collect()
}

#[test]
fn each_resource_is_where_its_last_transfer_took_it() {
    let arin = told(&[
        "arin apnic 2018-01-01 10.0.0.0/16",
        "apnic arin 2020-01-01 10.0.1.0/24",
        "arin arin 2021-01-01 10.0.1.0/24",
        "arin ripe-ncc 2019-01-01 AS64496-AS64500",
    ]);
    let history = History::of([(Some(Rir::Arin), &arin)]);
    assert_eq!(breaks(&history), Vec::<String>::new());
    assert_eq!(
        holdings(&history),
        [
            "apnic 10.0.0.0/24, 10.0.2.0-10.0.255.255",
            "arin 10.0.1.0/24",
            "ripe-ncc AS64496-AS64500",
        ]
    );
    let departed = history.departed(Rir::Arin).to_string();
    assert_eq!(
        departed,
        "10.0.0.0/24, 10.0.2.0-10.0.255.255, AS64496-AS64500"
    );
    assert_eq!(history.departed(Rir::Apnic).to_string(), "10.0.1.0/24");
    let asked = Resources {
        addresses: "10.0.1.7".parse().unwrap(),
        ..Resources::default()
    };
    assert_eq!(history.story(&asked).count(), 3);
}

#[test]
fn what_two_logs_tell_of_one_transfer_is_one_step() {
    let arin = told(&["arin apnic 2018-01-01 10.0.0.0/16"]);
    // Split otherwise, and a day later.
    let apnic = told(&[
        "arin apnic 2018-01-02 10.0.0.0/17",
        "arin apnic 2018-01-02 10.0.128.0/17",
        "apnic lacnic 2019-01-01 10.0.0.0/24",
    ]);
    let both = [(Some(Rir::Arin), &arin), (Some(Rir::Apnic), &apnic)];
    for logs in [both, [both[1], both[0]]] {
        let history = History::of(logs);
        assert_eq!(breaks(&history), Vec::<String>::new());
        let asked = Resources {
            addresses: "10.0.200.0".parse().unwrap(),
            ..Resources::default()
        };
        let first = history.story(&asked).next().unwrap();
        let tellers: Vec<Rir> = first.tellers.iter().copied().collect();
        assert_eq!(tellers, [Rir::Apnic, Rir::Arin]);
    }
}

#[test]
fn a_transfer_that_begins_elsewhere_breaks_the_chain() {
    let log = told(&[
        "arin apnic 2018-01-01 10.0.0.0/16",
        "lacnic ripe-ncc 2020-01-01 10.0.0.0/20",
        "ripe-ncc arin 2021-01-01 10.0.8.0/21",
    ]);
    let history = History::of([(Some(Rir::Apnic), &log)]);
    assert_eq!(breaks(&history), ["10.0.0.0/20 arin>apnic lacnic>ripe-ncc"]);
    assert_eq!(history.breaks_count, 1);
    // Twice the same way, by one log, without a way back.
    let log = told(&[
        "arin apnic 2018-01-01 10.0.0.0/16",
        "arin apnic 2020-01-01 10.0.0.0/24",
    ]);
    let history = History::of([(Some(Rir::Arin), &log)]);
    assert_eq!(breaks(&history), ["10.0.0.0/24 arin>apnic arin>apnic"]);
}

#[test]
fn transfers_of_one_moment_are_replayed_in_the_order_that_connects() {
    let log = told(&[
        "apnic ripe-ncc 2018-01-01 10.0.0.0/16",
        "ripe-ncc ripe-ncc 2018-01-01 10.0.0.0/16",
        "arin apnic 2018-01-01 10.0.0.0/16",
        "arin arin 2018-01-01 10.0.0.0/16",
        "lacnic arin 2017-01-01 10.0.0.0/16",
    ]);
    let history = History::of([(Some(Rir::Apnic), &log)]);
    assert_eq!(breaks(&history), Vec::<String>::new());
    assert_eq!(holdings(&history), ["ripe-ncc 10.0.0.0/16"]);
    // Where nothing is known from before, what is brought comes first.
    let log = told(&[
        "apnic apnic 2018-01-01 10.0.0.0/24",
        "arin apnic 2018-01-01 10.0.0.0/16",
    ]);
    let history = History::of([(Some(Rir::Apnic), &log)]);
    assert_eq!(breaks(&history), Vec::<String>::new());
}

#[test]
fn transfers_without_a_date_are_not_replayed() {
    let mut log = told(&["arin apnic 2018-01-01 10.0.0.0/16"]);
    log.entries[0].date = None;
    let history = History::of([(None, &log)]);
    assert_eq!((history.untold, history.steps.len()), (1, 0));
}
