//! What stands beside the results: claims of documents, ends, waivers, the catalogue.

use super::super::table::{Cell, Column, Table, Type};
use super::{column, list, words};
use crate::report::site::View;
use crate::report::site::coverage::{Line, lines};
use crate::verdict::{ClaimState, Level, Operator};

/// What documents say.
#[derive(Debug)]
pub(super) struct Claims;

impl Table for Claims {
    fn name(&self) -> &'static str {
        "offered"
    }

    fn row(&self) -> &'static str {
        "One row for each claim of a document on a feature and a registry"
    }

    fn columns(&self) -> &'static [Column] {
        const COLUMNS: &[Column] = &[
            column("checklist", Type::Text, "the checklist"),
            column("row", Type::Text, "the feature's id in it"),
            column("feature", Type::Text, "the feature"),
            column("class", Type::Text, "the group it belongs to"),
            column("registry", Type::Text, "the registry"),
            column("state", words!(ClaimState), "what the document says"),
            column("since", Type::Text, "since when, as the document says it"),
            column("planned", Type::Text, "for when, as the document says it"),
            column("note", Type::Text, "what a reader should know"),
            column("source", Type::Text, "the document"),
            column("url", Type::Text, "where it can be read"),
            column("dated", Type::Day, "the day of the document"),
            column("read", Type::Day, "the day it was read"),
        ];
        COLUMNS
    }

    fn rows(&self, view: &View<'_>) -> Vec<Vec<Cell>> {
        let mut rows = Vec::new();
        for list in &view.site.newest.audit.results.checklists {
            for row in &list.rows {
                for (registry, cell) in &row.cells {
                    let Some(claim) = &cell.attested else {
                        continue;
                    };
                    rows.push(vec![
                        Cell::text(&list.id),
                        Cell::text(&row.id),
                        Cell::text(&row.title),
                        Cell::text(&row.class),
                        Cell::text(registry),
                        Cell::text(claim.state.as_str()),
                        Cell::text(&claim.since),
                        Cell::text(&claim.planned),
                        Cell::text(&claim.note),
                        Cell::text(&claim.source),
                        Cell::text(&claim.url),
                        claim
                            .dated
                            .map_or(Cell::Nothing, |day| Cell::Text(day.to_string())),
                        Cell::Text(claim.read.to_string()),
                    ]);
                }
            }
        }
        rows
    }
}

/// What expires when.
#[derive(Debug)]
pub(super) struct Expiries;

impl Table for Expiries {
    fn name(&self) -> &'static str {
        "expiries"
    }

    fn row(&self) -> &'static str {
        "One row for each thing that a registry must renew"
    }

    fn columns(&self) -> &'static [Column] {
        const COLUMNS: &[Column] = &[
            column("registry", Type::Text, "who must renew it"),
            column("at", Type::Time, "the last moment at which it holds"),
            column("what", Type::Text, "what it is"),
            column("tier", Type::Text, "its level below the trust anchor"),
            column("uri", Type::Text, "where it is"),
        ];
        COLUMNS
    }

    fn rows(&self, view: &View<'_>) -> Vec<Vec<Cell>> {
        let all = view.site.newest.audit.results.expiries.iter();
        all.map(|expiry| {
            vec![
                Cell::text(expiry.registry.as_str()),
                Cell::Text(expiry.at.to_string()),
                Cell::text(&expiry.what),
                Cell::text(&expiry.tier),
                Cell::text(&expiry.uri),
            ]
        })
        .collect()
    }
}

/// Waivers of the newest judging.
#[derive(Debug)]
pub(super) struct Waivers;

impl Table for Waivers {
    fn name(&self) -> &'static str {
        "waivers"
    }

    fn row(&self) -> &'static str {
        "One row for each waiver for this target, as the newest judging found it"
    }

    fn columns(&self) -> &'static [Column] {
        const COLUMNS: &[Column] = &[
            column("id", Type::Text, "its id"),
            column("expires", Type::Day, "its last day"),
            column("reason", Type::Text, "why it was given"),
            column("issue", Type::Text, "where it is discussed"),
            column("known", Type::Count, "results whose failure it makes known"),
            column(
                "stale",
                Type::Count,
                "results that it matches and that pass",
            ),
            column(
                "expired",
                Type::Count,
                "results that it would match, had it not expired",
            ),
        ];
        COLUMNS
    }

    fn rows(&self, view: &View<'_>) -> Vec<Vec<Cell>> {
        let all = view.site.newest.audit.waivers.iter();
        all.map(|waiver| {
            vec![
                Cell::text(&waiver.id),
                Cell::Text(waiver.expires.to_string()),
                Cell::text(&waiver.reason),
                Cell::text(&waiver.issue),
                Cell::count(waiver.known),
                Cell::count(waiver.stale),
                Cell::count(waiver.expired),
            ]
        })
        .collect()
    }
}

/// What is tested, and what is not.
#[derive(Debug)]
pub(super) struct Coverage;

impl Table for Coverage {
    fn name(&self) -> &'static str {
        "coverage"
    }

    fn row(&self) -> &'static str {
        "One row for each id of the catalogue: what tests it, or why nothing does"
    }

    fn columns(&self) -> &'static [Column] {
        const COLUMNS: &[Column] = &[
            column("area", Type::Text, "the catalogue"),
            column("id", Type::Text, "its id"),
            column("level", words!(Level), "how much it matters"),
            column("operator", words!(Operator), "whose doing it is"),
            column("sentence", Type::Text, "what must hold"),
            column("refs", Type::List, "what it rests on"),
            column(
                "covers",
                Type::List,
                "ids of the lists of checks that it answers",
            ),
            column("tested_by", Type::List, "ids of what tests it"),
            column("not_tested", Type::Text, "why nothing tests it"),
        ];
        COLUMNS
    }

    fn rows(&self, view: &View<'_>) -> Vec<Vec<Cell>> {
        let row = |line: Line<'_>| {
            vec![
                Cell::text(line.area),
                Cell::text(&line.entry.id),
                Cell::text(line.entry.level.as_str()),
                Cell::text(line.entry.operator.as_str()),
                Cell::text(&line.entry.sentence),
                list(&line.entry.refs),
                list(&line.entry.covers),
                Cell::List(line.tested_by.iter().map(|id| (*id).to_owned()).collect()),
                Cell::text(line.not_tested.unwrap_or_default()),
            ]
        };
        lines(view.site.suite, &view.site.items)
            .into_iter()
            .map(row)
            .collect()
    }
}
