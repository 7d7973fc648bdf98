//! Rules about the NRO's combined statistics.

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::combine::end;
use super::published::words;
use super::row::{Numbers, Row, row};
use crate::inspect::Tally;

/// A rule about a combined file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    /// The id, such as `nro.combined.form`.
    pub id: &'static str,
}

const FORM: Rule = Rule {
    id: "nro.combined.form",
};
const COUNTS: Rule = Rule {
    id: "nro.combined.counts",
};
const ORDER: Rule = Rule {
    id: "nro.combined.order",
};
const WHOLE: Rule = Rule {
    id: "nro.combined.whole",
};

/// All rules.
pub const RULES: &[Rule] = &[FORM, COUNTS, ORDER, WHOLE];

/// Fields of the version line.
const HEAD: usize = 7;

/// Fields of a row.
const FIELDS: usize = 9;

/// Returns the day that a combined file says in its version line; `None` if there is none.
pub fn day_of(text: &str) -> Option<Date> {
    let mut lines = text.lines().filter(|line| !line.starts_with('#'));
    let serial = lines.next()?.split('|').nth(2)?;
    Date::strptime("%Y%m%d", serial).ok()
}

/// Applies every rule to a combined file; places are `PREFIX` and then the line.
pub fn look(text: &str, prefix: &str, tally: &mut Tally) {
    for rule in RULES {
        tally.look(rule.id);
    }
    let place = |line: usize| format!("{prefix}{line}");
    let mut seen = Seen::default();
    for (number, line) in (1..).zip(text.lines()) {
        match row(line) {
            Ok(Some(row)) => seen.row(number, row, &place, tally),
            Ok(None) if line.starts_with('#') || line.trim().is_empty() => {}
            Ok(None) => {
                if let Err(message) = seen.head(number, line) {
                    tally.find(FORM.id, || place(number), || message);
                }
            }
            Err(message) => tally.find(FORM.id, || place(number), || message),
        }
    }
    seen.finish(&place, tally);
}

type Place<'a> = dyn Fn(usize) -> String + 'a;

/// What was seen of a file.
#[derive(Default)]
struct Seen {
    /// Whether there was a version line of any kind.
    has_version: bool,
    /// Line and count of the version line.
    version: Option<(usize, u64)>,
    /// Lines and counts of summary lines.
    summaries: BTreeMap<Numbers, (usize, u64)>,
    ranges: BTreeMap<Numbers, Vec<(u128, u128)>>,
    before: Option<(Numbers, u128, u128)>,
    last_line: usize,
}

impl Seen {
    /// Reads a version line or a summary line.
    fn head(&mut self, number: usize, line: &str) -> Result<(), String> {
        let parts: Vec<&str> = line.split('|').collect();
        if let [name, _, kind, _, count, "summary"] = parts.as_slice() {
            let kind = Numbers::ALL.into_iter().find(|n| n.as_str() == *kind);
            let kind = kind.ok_or("a summary of another type")?;
            let count = count.parse().map_err(|_| "a summary without a number")?;
            if *name != "nro" {
                return Err(format!("a summary of `{name}`, not of `nro`"));
            }
            let again = self.summaries.insert(kind, (number, count)).is_some();
            return if again {
                Err(format!("{} has two summaries", kind.as_str()))
            } else {
                Ok(())
            };
        }
        if std::mem::replace(&mut self.has_version, true) {
            return Err("a second version line".to_owned());
        }
        let [_, name, serial, count, ..] = parts.as_slice() else {
            return Err(format!("{} fields; expected {HEAD}", parts.len()));
        };
        self.version = count.parse().ok().map(|count| (number, count));
        if parts.len() != HEAD || *name != "nro" {
            return Err("no version line of `nro` with seven fields".to_owned());
        }
        if Date::strptime("%Y%m%d", serial).is_err() {
            return Err("the serial number is no day".to_owned());
        }
        if self.version.is_none() {
            return Err("the version line counts no records".to_owned());
        }
        Ok(())
    }

    fn row(&mut self, number: usize, row: Row<'_>, place: &Place<'_>, tally: &mut Tally) {
        let fields = row.line.split('|').count();
        if fields != FIELDS {
            let message = || format!("{fields} fields; expected {FIELDS}");
            tally.find(FORM.id, || place(number), message);
        }
        let own = (row.numbers(), row.first, row.last);
        if let Some((kind, first, last)) = self.before
            && (kind, last) >= (own.0, own.1)
        {
            let message = || {
                let word = if kind > own.0 {
                    "stands"
                } else {
                    "is not after what stands"
                };
                let (this, other) = (words(own.0, own.1, own.2), words(kind, first, last));
                format!("{this} {word} behind {other}")
            };
            tally.find(ORDER.id, || place(number), message);
        }
        self.before = Some(own);
        self.last_line = number;
        let ranges = self.ranges.entry(own.0).or_default();
        ranges.push((own.1, own.2));
    }

    /// Applies what can be told only at the end.
    fn finish(&mut self, place: &Place<'_>, tally: &mut Tally) {
        if !self.has_version {
            tally.find(FORM.id, || place(1), || "no version line".to_owned());
        }
        let all: usize = self.ranges.values().map(Vec::len).sum();
        if let Some((line, count)) = self.version
            && u64::try_from(all) != Ok(count)
        {
            let message = || format!("{count} records; there are {all}");
            tally.find(COUNTS.id, || place(line), message);
        }
        for numbers in Numbers::ALL {
            let kind = numbers.as_str();
            let mut ranges = self.ranges.remove(&numbers).unwrap_or_default();
            match self.summaries.get(&numbers) {
                None => tally.find(FORM.id, || place(1), || format!("no summary of {kind}")),
                Some((line, count)) if u64::try_from(ranges.len()) != Ok(*count) => {
                    let rows = ranges.len();
                    let message = || format!("{count} records of {kind}; there are {rows}");
                    tally.find(COUNTS.id, || place(*line), message);
                }
                Some(_) => {}
            }
            ranges.sort_unstable();
            let mut next = Some(0);
            let mut missing = |first, last| {
                let message = || format!("{} is in no row", words(numbers, first, last));
                tally.find(WHOLE.id, || place(self.last_line.max(1)), message);
            };
            for (first, last) in ranges {
                let Some(from) = next else { break };
                if let Some(before) = first.checked_sub(1).filter(|before| *before >= from) {
                    missing(from, before);
                }
                next = last.checked_add(1).map(|after| after.max(from));
            }
            if let Some(from) = next.filter(|from| *from <= end(numbers)) {
                missing(from, end(numbers));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "2|nro|20261121|4|19821213|20261121|+0000
nro|*|asn|*|1|summary
nro|*|ipv4|*|2|summary
nro|*|ipv6|*|1|summary
iana|ZZ|asn|0|4200000001|20061129|ianapool|iana|iana
iana|ZZ|ipv4|0.0.0.0|2147483648|20120801|ianapool|iana|iana
iana|ZZ|ipv4|128.0.0.0|2147483648|20120801|ianapool|iana|iana
iana|ZZ|ipv6|::|0|19960801|ianapool|iana|iana";

    fn found(text: &str) -> Vec<String> {
        let mut tally = Tally::default();
        look(text, "", &mut tally);
        let found = tally.finish().findings;
        found
            .iter()
            .map(|f| format!("{} {} {}", f.rule, f.location, f.message))
            .collect()
    }

    #[test]
    fn a_file_that_has_every_number_once_is_sound_and_of_a_day() {
        let mut tally = Tally::default();
        look(GOOD, "", &mut tally);
        assert_eq!(day_of(GOOD).unwrap().to_string(), "2026-11-21");
        assert_eq!(tally.finish().findings, []);
    }

    #[test]
    fn each_rule_notices_its_own() {
        let cases: &[(&str, &str, &[&str])] = &[
            (
                "|ianapool|iana|iana\niana|ZZ|ipv6",
                "|ianapool|iana\niana|ZZ|ipv6",
                &["nro.combined.form 7 8 fields; expected 9"],
            ),
            (
                "2|nro|20261121|4|",
                "2|nro|20261121|5|",
                &["nro.combined.counts 1 5 records; there are 4"],
            ),
            (
                "ipv4|*|2|",
                "ipv4|*|3|",
                &["nro.combined.counts 3 3 records of ipv4; there are 2"],
            ),
            (
                "128.0.0.0|2147483648",
                "127.0.0.0|2164260864",
                &[
                    "nro.combined.order 7 127.0.0.0/8, 128.0.0.0/1 is not after what stands behind 0.0.0.0/1",
                ],
            ),
            (
                "0.0.0.0|2147483648",
                "0.0.0.0|2147483392",
                &["nro.combined.whole 8 127.255.255.0/24 is in no row"],
            ),
            (
                "asn|0|4200000001",
                "asn|0|4200000000",
                &["nro.combined.whole 8 AS4200000000 is in no row"],
            ),
            (
                "nro|*|ipv6|*|1|summary\n",
                "",
                &["nro.combined.form 1 no summary of ipv6"],
            ),
            (
                "2|nro",
                "2|arin",
                &["nro.combined.form 1 no version line of `nro` with seven fields"],
            ),
        ];
        for (from, to, expected) in cases {
            let mut text = GOOD.replacen(from, to, 1);
            if to.contains("127.0.0.0|") {
                text = GOOD.replace(from, to);
            }
            assert_eq!(found(&text), *expected, "{to}");
        }
        let swapped = GOOD.replace("ipv6|::|0|", "asn|4200000001|1|");
        assert!(
            found(&swapped).iter().any(|f| f.contains("order")),
            "{swapped}"
        );
    }

    #[test]
    fn no_file_at_all_is_told() {
        let all = found("<html>");
        assert!(
            all.iter().any(|f| f.starts_with("nro.combined.form")),
            "{all:?}"
        );
        assert!(
            all.iter().any(|f| f.starts_with("nro.combined.whole")),
            "{all:?}"
        );
    }
}
