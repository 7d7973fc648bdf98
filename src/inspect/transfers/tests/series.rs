//! A log beside an earlier one of the same registry.

use super::*;

const EARLIER: &str = "2026-11-20T10:00:00Z";

/// Compares two logs; returns new, gone, changed and left ones in words, and the findings.
fn compared(before: &str, now: &str) -> (Vec<String>, Vec<String>) {
    let at = EARLIER.parse().unwrap();
    let short = Short::of("https://a.test/log", at, &read_text(before).0);
    assert_eq!(Short::read(&short.to_octets()).as_ref(), Ok(&short));
    let (log, _) = read_text(now);
    let mut tally = Tally::new();
    let changes = compare(&log, &short, &mut tally);
    let mut words = Vec::new();
    words.extend(changes.new.iter().map(|e| format!("new {}", e.pointer())));
    words.extend(changes.gone.iter().map(|l| format!("gone {}", l.resources)));
    let changed = changes.changed.iter();
    words.extend(changed.map(|(l, e)| format!("changed {} {}", l.resources, e.pointer())));
    let left = changes.left.iter();
    words.extend(left.map(|(l, done)| format!("left {} {done}", l.resources)));
    words.extend((changes.still > 0).then(|| format!("still {}", changes.still)));
    let found = tally.finish().findings;
    let found = found
        .into_iter()
        .map(|f| format!("{}: {}", f.location, f.message));
    (words, found.collect())
}

#[test]
fn a_log_that_only_grows_is_sound() {
    let other = SOUND.replace("104.64", "104.65");
    let before = log(SOUND);
    let now = log(&[&other, SOUND].join(","));
    assert_eq!(
        compared(&before, &now),
        (vec!["new /transfers/0".to_owned()], vec![])
    );
    assert_eq!(compared(&before, &before), (vec![], vec![]));
    // What stands twice was told before.
    let twice = log(&[SOUND, SOUND].join(","));
    assert_eq!(compared(&before, &twice), (vec![], vec![]));
}

#[test]
fn what_is_gone_and_what_changed_is_found() {
    let other = SOUND.replace("104.64", "104.65");
    let before = log(&[&other, SOUND].join(","));
    let dated = SOUND.replace("2018-03-14", "2018-03-15");
    let (words, found) = compared(&before, &log(&dated));
    assert_eq!(
        words,
        ["gone 104.65.0.0/16", "changed 104.64.0.0/16 /transfers/0"]
    );
    assert_eq!(
        found,
        [
            "/transfers/0: was `COMPLETED arin>apnic RESOURCE_TRANSFER 2018-03-14T00:00:00Z \
             104.64.0.0/16` on 2026-11-20T10:00:00Z",
            "/transfers: `COMPLETED arin>apnic RESOURCE_TRANSFER 2018-03-14T00:00:00Z \
             104.65.0.0/16` was there on 2026-11-20T10:00:00Z and is gone",
        ]
    );
}

#[test]
fn transfers_leave_the_list_of_those_in_progress_completed_or_not() {
    let progress = |status: &str, resources: &str| {
        SOUND
            .replacen('{', &format!(r#"{{"status": "{status}", "#), 1)
            .replace("104.64", resources)
    };
    let list = |status: &str, resources: &[&str]| {
        let all: Vec<String> = resources.iter().map(|r| progress(status, r)).collect();
        all.join(",")
    };
    let before = of_version(
        "4.1",
        "",
        &list("SOURCE_INITIALIZED", &["104.64", "104.65", "104.66"]),
    );
    // One is done, one goes on, one was given up.
    let now = of_version("4.1", SOUND, &list("RECIPIENT_ACCEPTED", &["104.65"]));
    let (words, found) = compared(&before, &now);
    assert_eq!(
        words,
        [
            "new /transfers/0",
            "left 104.64.0.0/16 true",
            "left 104.66.0.0/16 false",
            "still 1"
        ]
    );
    assert!(found.is_empty());
}
