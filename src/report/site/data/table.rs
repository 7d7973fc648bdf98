//! Tables: declared once, written as CSV, as JSON, and as the schema of that JSON.

use std::fmt;

use maud::html;
use serde_json::{Map, Number, Value, json};

use super::only;
use super::tables::TABLES;
use crate::report::csv::safe;
use crate::report::site::frame::Frame;
use crate::report::site::{Kind, View, text};

/// A table of a site.
pub(super) trait Table: fmt::Debug + Sync {
    /// Returns its name, which is its files' name.
    fn name(&self) -> &'static str;

    /// Says in one sentence what a row is.
    fn row(&self) -> &'static str;

    /// Returns its columns; they are only ever added to.
    fn columns(&self) -> &'static [Column];

    /// Returns its rows, each with one cell for each column.
    fn rows(&self, view: &View<'_>) -> Vec<Vec<Cell>>;
}

/// A column of a table.
#[derive(Clone, Copy, Debug)]
pub(super) struct Column {
    /// Its name.
    pub(super) name: &'static str,
    /// What stands in it.
    pub(super) kind: Type,
    /// What it says, in a sentence without full stop.
    pub(super) what: &'static str,
}

/// What stands in a column.
#[derive(Clone, Copy, Debug)]
pub(super) enum Type {
    /// A text.
    Text,
    /// One of these words.
    Words(fn() -> Vec<&'static str>),
    /// A whole number.
    Count,
    /// A number.
    Number,
    /// True or false.
    Flag,
    /// A time, UTC.
    Time,
    /// A day.
    Day,
    /// Some texts.
    List,
}

/// A cell of a table.
#[derive(Clone, Debug)]
pub(super) enum Cell {
    /// Nothing is known.
    Nothing,
    /// A text, a word, a time or a day.
    Text(String),
    /// A number.
    Number(Number),
    /// A flag.
    Flag(bool),
    /// Some texts.
    List(Vec<String>),
}

impl Cell {
    /// Returns a text; an empty one is nothing.
    pub(super) fn text(text: &str) -> Self {
        if text.is_empty() {
            Self::Nothing
        } else {
            Self::Text(text::line(text).into_owned())
        }
    }

    /// Returns a number of things.
    pub(super) fn count(number: u64) -> Self {
        Self::Number(Number::from(number))
    }

    fn csv(&self) -> String {
        match self {
            Self::Nothing => String::new(),
            Self::Text(text) => safe(text),
            Self::Number(number) => number.to_string(),
            Self::Flag(flag) => flag.to_string(),
            Self::List(texts) => safe(&texts.join(" ")),
        }
    }

    fn json(self) -> Value {
        match self {
            Self::Nothing => Value::Null,
            Self::Text(text) => Value::String(text),
            Self::Number(number) => Value::Number(number),
            Self::Flag(flag) => Value::Bool(flag),
            Self::List(texts) => texts.into_iter().map(Value::String).collect(),
        }
    }
}

impl Type {
    fn schema(self) -> Value {
        match self {
            Self::Text => json!({"type": ["string", "null"]}),
            Self::Words(words) => {
                let mut all: Vec<Value> = words().into_iter().map(Value::from).collect();
                all.push(Value::Null);
                json!({ "enum": all })
            }
            Self::Count => json!({"type": ["integer", "null"]}),
            Self::Number => json!({"type": ["number", "null"]}),
            Self::Flag => json!({"type": ["boolean", "null"]}),
            Self::Time => json!({"type": ["string", "null"], "format": "date-time"}),
            Self::Day => json!({"type": ["string", "null"], "format": "date"}),
            Self::List => json!({"type": "array", "items": {"type": "string"}}),
        }
    }

    const fn words(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Words(_) => "one word",
            Self::Count => "whole number",
            Self::Number => "number",
            Self::Flag => "true or false",
            Self::Time => "time",
            Self::Day => "day",
            Self::List => "texts",
        }
    }
}

/// The version of all tables; raised when a reader of the old ones would err.
const VERSION: u32 = 1;

/// Writes tables for spreadsheets.
#[derive(Debug)]
pub(in crate::report::site) struct Csv;

/// Writes tables for programs.
#[derive(Debug)]
pub(in crate::report::site) struct Json;

/// Writes what the JSON is.
#[derive(Debug)]
pub(in crate::report::site) struct Schema;

/// Writes the page that lists them.
#[derive(Debug)]
pub(in crate::report::site) struct Index;

fn names() -> Vec<String> {
    TABLES.iter().map(|table| table.name().to_owned()).collect()
}

fn table(name: &str) -> Option<&'static dyn Table> {
    TABLES.iter().copied().find(|table| table.name() == name)
}

impl Kind for Csv {
    fn keys(&self, _view: &View<'_>) -> Vec<String> {
        names()
    }

    fn path(&self, key: &str) -> String {
        format!("data/{key}.csv")
    }

    fn octets(&self, view: &View<'_>, key: &str) -> Vec<u8> {
        let mut octets = Vec::new();
        let Some(table) = table(key) else {
            return octets;
        };
        let mut writer = csv::Writer::from_writer(&mut octets);
        let head = table.columns().iter().map(|column| column.name);
        let mut is_written = writer.write_record(head).is_ok();
        for row in table.rows(view) {
            is_written &= writer.write_record(row.iter().map(Cell::csv)).is_ok();
        }
        is_written &= writer.flush().is_ok();
        drop(writer);
        // Writing to memory cannot fail, and a table that is cut would look whole.
        if is_written { octets } else { Vec::new() }
    }
}

impl Kind for Json {
    fn keys(&self, _view: &View<'_>) -> Vec<String> {
        names()
    }

    fn path(&self, key: &str) -> String {
        format!("data/{key}.json")
    }

    fn octets(&self, view: &View<'_>, key: &str) -> Vec<u8> {
        let Some(table) = table(key) else {
            return Vec::new();
        };
        let columns = table.columns();
        let rows = table.rows(view).into_iter().map(|row| {
            let members = columns.iter().zip(row);
            let members = members.map(|(column, cell)| (column.name.to_owned(), cell.json()));
            Value::Object(members.collect::<Map<String, Value>>())
        });
        let run = view.site.newest.audit;
        let head = json!({
            "$schema": format!("schema/{key}.v{VERSION}.json"),
            "table": key,
            "version": VERSION,
            "target": text::line(&run.run.target),
            "observed": run.run.started,
            "partial": run.results.partial,
            "audience": view.site.about.audience.to_string(),
        });
        lines(head, rows)
    }
}

/// Writes a head and rows, one row a line, so that two files can be compared.
fn lines(head: Value, rows: impl Iterator<Item = Value>) -> Vec<u8> {
    let mut text = String::new();
    let Value::Object(members) = head else {
        return Vec::new();
    };
    text.push('{');
    for (name, value) in &members {
        text.push_str(&format_args!("\n  {}: {value},", Value::from(name.as_str())).to_string());
    }
    text.push_str("\n  \"rows\": [");
    for (place, row) in rows.enumerate() {
        text.push_str(if place == 0 { "\n    " } else { ",\n    " });
        text.push_str(&row.to_string());
    }
    text.push_str("\n  ]\n}\n");
    text.into_bytes()
}

impl Kind for Schema {
    fn keys(&self, _view: &View<'_>) -> Vec<String> {
        names()
    }

    fn path(&self, key: &str) -> String {
        format!("data/schema/{key}.v{VERSION}.json")
    }

    fn octets(&self, _view: &View<'_>, key: &str) -> Vec<u8> {
        let Some(table) = table(key) else {
            return Vec::new();
        };
        let columns = table.columns();
        let properties: Map<String, Value> = columns
            .iter()
            .map(|column| {
                let mut schema = column.kind.schema();
                if let Value::Object(members) = &mut schema {
                    members.insert("description".to_owned(), column.what.into());
                }
                (column.name.to_owned(), schema)
            })
            .collect();
        let required: Vec<&str> = columns.iter().map(|column| column.name).collect();
        let schema = json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "title": table.name(),
            "description": table.row(),
            "type": "object",
            "additionalProperties": false,
            "required": ["$schema", "table", "version", "target", "observed", "partial", "audience", "rows"],
            "properties": {
                "$schema": {"type": "string"},
                "table": {"const": table.name()},
                "version": {"const": VERSION},
                "target": {"type": "string"},
                "observed": {"type": "string", "format": "date-time"},
                "partial": {"type": "boolean"},
                "audience": {"type": "string"},
                "rows": {"type": "array", "items": {
                    "type": "object",
                    "additionalProperties": false,
                    "required": required,
                    "properties": properties,
                }},
            },
        });
        format!("{schema:#}\n").into_bytes()
    }
}

impl Kind for Index {
    fn keys(&self, _view: &View<'_>) -> Vec<String> {
        only()
    }

    fn path(&self, _key: &str) -> String {
        "data/index.html".to_owned()
    }

    fn octets(&self, view: &View<'_>, _key: &str) -> Vec<u8> {
        let path = self.path("");
        let frame = Frame {
            site: &view.site,
            rests: &view.rests,
            path: &path,
        };
        let content = html! {
            p {
                "In CSV, lists are joined by a space, nothing is an empty field, and a text that a spreadsheet would take for a formula begins "
                "with an apostrophe. Columns are only ever added. What the audience may not read is " code { "withheld" } " here as on the pages."
            }
            @for table in TABLES {
                section id=(table.name()) {
                    h2 { (table.name()) }
                    p { (table.row()) "." }
                    p {
                        (frame.link(&Csv.path(table.name()), "CSV")) " · " (frame.link(&Json.path(table.name()), "JSON")) " · "
                        (frame.link(&Schema.path(table.name()), "schema"))
                    }
                    details {
                        summary { "Columns" }
                        dl.told { @for column in table.columns() {
                            div { dt { code { (column.name) } } dd { (column.what) " " span.dim { "(" (column.kind.words()) ")" } } }
                        } }
                    }
                }
            }
            section {
                h2 { "Other forms" }
                ul.plain {
                    li { (frame.link("feed.atom", "Feed of changes")) ", and one for each registry on its page" }
                    li { (frame.link("expiry.ics", "Calendar of what expires")) }
                    li { (frame.link("metrics.txt", "OpenMetrics")) ": results, quantities and ends of the newest run" }
                }
            }
        };
        frame
            .page(
                "Data and schemas",
                "Everything on these pages as tables, with a schema each.",
                &content,
            )
            .into_bytes()
    }
}
