//! What a waiver matches, and how long it goes on.

use super::*;

#[test]
fn a_part_of_a_component_may_be_waived_as_it_may_be_selected() {
    // Lint took such patterns, and no waiver with one ever matched.
    #[track_caller]
    fn check_waived(pattern: &str, disposition: Disposition) {
        Court::with_waiver(|waiver| pattern.clone_into(&mut waiver.matches.check))
            .check(check(Level::Must, Outcome::Fail), disposition);
    }
    check_waived("rdap.help/ans*", Disposition::Known);
    check_waived("rdap.help/*-type", Disposition::Unexpected);
}

#[test]
fn a_waiver_says_how_long_it_goes_on_and_what_it_is_good_for() {
    #[track_caller]
    fn check_outlook(now: &str, words: &str, soon: bool) {
        let today = now.parse().unwrap();
        let outlook = outlook(&waiver(), today);
        assert_eq!(
            (outlook.words().as_str(), outlook.ends_within(NOTICE_DAYS)),
            (words, soon)
        );
    }
    check_outlook("2026-10-31", "has not begun", false);
    check_outlook("2026-11-01", "ends in 29 days", true);
    check_outlook("2026-11-29", "ends in 1 day", true);
    check_outlook("2026-11-30", "ends today", true);
    check_outlook("2026-12-01", "expired 1 day ago", false);
    check_outlook("2028-12-01", "expired 732 days ago", false);

    let state = |court: &Court, outcome| {
        let results = results(vec![check(Level::Must, outcome)], Vec::new());
        court.told(results).2.remove(0)
    };
    let told = state(&Court::with_waiver(|_| {}), Outcome::Fail);
    assert_eq!(
        (told.known, told.asked, told.matches_nothing()),
        (1, 1, false)
    );
    // What it is about was judged, and it is about something else.
    let other = Court::with_waiver(|w| "a timeout".clone_into(&mut w.matches.contains));
    let told = state(&other, Outcome::Fail);
    assert_eq!(
        (told.known, told.asked, told.matches_nothing()),
        (0, 1, true)
    );
    // What it is about was not judged.
    let told = state(&Court::with_waiver(|_| {}), Outcome::Inconclusive);
    assert_eq!((told.is_idle(), told.matches_nothing()), (true, false));
    let own = Court {
        mode: Mode::Audit,
        ..Court::with_waiver(|w| "apnic: Jane Doe".clone_into(&mut w.approved_by))
    };
    let told = state(&own, Outcome::Fail);
    assert_eq!((told.known, told.own), (0, 1));
}
