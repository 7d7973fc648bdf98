//! JSON Schemas of all files, made from the same tables of keys that drive decoding.

use serde_json::{Map, Value, json};

use super::keys::{Choice, Shape, Table};
use super::{
    allowed, attested, data, document, expected, fault_file, fragment, matcher_keys, notes, probe,
    registry_file, target, transfer_policy,
};
use crate::fact::vocabulary::{PROBES, ProbeKind};

/// A kind of file with the table of its topmost keys.
struct File {
    name: &'static str,
    title: &'static str,
    table: &'static Table,
    /// Whether other keys may stand there, which another room reads.
    open: bool,
}

const FILES: &[File] = &[
    file(
        "agreement",
        "Agreement: scenarios/agreements/*.yaml",
        &data::AGREEMENT,
    ),
    file(
        "allowed",
        "Allow list: scenarios/allowed/*.yaml",
        &allowed::ALLOWED,
    ),
    file(
        "attestations",
        "Attestations: scenarios/attestations/<registry>/*.yaml",
        &attested::ATTESTATIONS,
    ),
    file(
        "catalog",
        "Catalogue of ids: scenarios/catalog/*.yaml",
        &data::CATALOG,
    ),
    file(
        "checklist",
        "Checklist: scenarios/checklists/*.yaml",
        &attested::CHECKLIST,
    ),
    file(
        "clauses",
        "Document with its sections: scenarios/clauses/*.yaml",
        &data::CLAUSES,
    ),
    file("errata", "Errata: scenarios/errata/*.yaml", &notes::ERRATA),
    file(
        "expected",
        "Expected changes between two targets: quintet twin --expect FILE",
        &expected::EXPECTED,
    ),
    File {
        name: "fault",
        title: "Fault of the mock world: scenarios/worlds/faults/*.yaml",
        table: &fault_file::FAULT,
        open: true,
    },
    file(
        "fragment",
        "Fragment: scenarios/fragments/*.yaml",
        &fragment::FRAGMENT,
    ),
    file("policy", "Policy: scenarios/policies/*.yaml", &data::POLICY),
    file(
        "registry",
        "Registry: scenarios/registries/*.yaml",
        &registry_file::REGISTRY,
    ),
    file(
        "remarks",
        "Remarks: scenarios/remarks/<registry>.yaml",
        &notes::REMARKS,
    ),
    file(
        "scenario",
        "Scenario: scenarios/<area>/*.yaml",
        &document::SCENARIO,
    ),
    file("suite", "Suite: scenarios/suite.yaml", &data::SUITE),
    file(
        "target",
        "Target: scenarios/targets/*.yaml",
        &target::TARGET,
    ),
    file(
        "transfer-policy",
        "Transfer policy: scenarios/transfer-policy/*.yaml",
        &transfer_policy::TRANSFER_POLICY,
    ),
    file(
        "waivers",
        "Waivers: scenarios/waivers/*.yaml",
        &data::WAIVERS,
    ),
];

const fn file(name: &'static str, title: &'static str, table: &'static Table) -> File {
    File {
        name,
        title,
        table,
        open: false,
    }
}

/// Iterates over the names of the schemas, alphabetically: `agreement`, `catalog` …
pub fn schema_names() -> impl Iterator<Item = &'static str> {
    FILES.iter().map(|f| f.name)
}

/// Returns the schema of a kind of file (JSON Schema, draft 2020-12); `None` if there is no such kind.
pub fn schema(name: &str) -> Option<Value> {
    let file = FILES.iter().find(|f| f.name == name)?;
    let mut maker = Maker::default();
    let mut schema = maker.table(file.table);
    let members = schema.as_object_mut()?;
    if file.open {
        members.insert("additionalProperties".to_owned(), json!(true));
    }
    let mut whole = Map::new();
    whole.insert(
        "$schema".to_owned(),
        json!("https://json-schema.org/draft/2020-12/schema"),
    );
    whole.insert(
        "$id".to_owned(),
        json!(format!("urn:quintet:schema:{name}:v1")),
    );
    whole.insert("title".to_owned(), json!(file.title));
    whole.append(members);
    if !maker.defs.is_empty() {
        whole.insert("$defs".to_owned(), Value::Object(maker.defs));
    }
    Some(Value::Object(whole))
}

/// Collects definitions that are referred to by name.
#[derive(Default)]
struct Maker {
    defs: Map<String, Value>,
}

impl Maker {
    fn table(&mut self, table: &Table) -> Value {
        let mut properties = Map::new();
        for key in table.keys {
            let mut schema = self.shape(&key.shape);
            describe(&mut schema, key.meaning);
            properties.insert(key.name.to_owned(), schema);
        }
        let required: Vec<&str> = table
            .keys
            .iter()
            .filter(|k| k.required)
            .map(|k| k.name)
            .collect();
        let mut schema = json!({
            "type": "object",
            "description": table.about,
            "properties": properties,
            "additionalProperties": false,
        });
        if let (false, Some(members)) = (required.is_empty(), schema.as_object_mut()) {
            members.insert("required".to_owned(), json!(required));
        }
        schema
    }

    /// Returns a reference to a definition that is made once.
    fn named(&mut self, name: &str, make: impl FnOnce(&mut Self) -> Value) -> Value {
        let slug: String = name
            .replace('`', "")
            .chars()
            .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' })
            .collect();
        if !self.defs.contains_key(&slug) {
            // Reserved first: a definition may refer to itself.
            self.defs.insert(slug.clone(), Value::Null);
            let made = make(self);
            self.defs.insert(slug.clone(), made);
        }
        json!({ "$ref": format!("#/$defs/{slug}") })
    }

    fn record(&mut self, table: &Table) -> Value {
        self.named(table.name, |maker| maker.table(table))
    }

    fn shape(&mut self, shape: &Shape) -> Value {
        let text = |pattern: &str| json!({ "type": "string", "pattern": pattern });
        let word = "[a-z0-9]([a-z0-9-]*[a-z0-9])?";
        match shape {
            Shape::Any => json!({}),
            Shape::Text | Shape::Template | Shape::Expression => scalar(),
            Shape::Id => text(&format!("^{word}(\\.{word})*$")),
            Shape::Name => text(&format!("^{word}$")),
            Shape::Identifier => text("^[A-Za-z_][A-Za-z0-9_]*$"),
            Shape::CheckId => text(&format!("^{word}(\\.{word})*(/{word})?$")),
            Shape::Glob => text("^[a-z0-9*-]+([./][a-z0-9*-]+)*$"),
            Shape::Reference => text(&format!("^{word}(#[A-Za-z0-9._-]+)?$")),
            Shape::Registry => text("^[a-z0-9-]{1,40}$"),
            Shape::Word(words) => json!({ "enum": words }),
            Shape::Words(words) => one_or_many(&json!({ "enum": words })),
            Shape::Flag => json!({ "type": "boolean" }),
            Shape::Count => json!({ "type": "integer", "minimum": 0 }),
            Shape::Number => json!({ "type": "number", "minimum": 0 }),
            Shape::Share => number_or("^[0-9.]+ ?%$"),
            Shape::Duration => zero_or("^([0-9.]+ ?(ms|s|m|h|d|w) ?)+$"),
            Shape::Size => zero_or("^[0-9.]+ ?(B|kB|MB|GB|KiB|MiB|GiB)$"),
            Shape::Quantity => number_or("^([0-9.]+ ?(%|ms|s|m|h|d|w|B|kB|MB|GB|KiB|MiB|GiB) ?)+$"),
            Shape::Rate => text("^[0-9.]+/(s|m|h|d)$"),
            Shape::Date => text("^[0-9]{4}-[0-9]{2}-[0-9]{2}$"),
            Shape::Time => text("^[0-9]{4}-[0-9]{2}-[0-9]{2}"),
            Shape::Url => text("^[A-Za-z][A-Za-z0-9+.-]*:"),
            Shape::OneOrMany(item) => one_or_many(&self.shape(item)),
            Shape::List(item) => json!({ "type": "array", "items": self.shape(item) }),
            Shape::MapOf(value) => {
                json!({ "type": "object", "additionalProperties": self.shape(value) })
            }
            Shape::NamesOf(value) => json!({
                "type": "object",
                "propertyNames": { "pattern": "^[A-Za-z_][A-Za-z0-9_]*$" },
                "additionalProperties": self.shape(value),
            }),
            Shape::PerRegistry(value) => json!({
                "type": "object",
                "propertyNames": { "pattern": "^[a-z0-9-]{1,40}$" },
                "additionalProperties": self.shape(value),
            }),
            Shape::Record(table) => self.record(table),
            Shape::Choice(choice) => self.choice(choice),
            Shape::AnyOf(shapes) => {
                let all: Vec<Value> = shapes.iter().map(|s| self.shape(s)).collect();
                json!({ "anyOf": all })
            }
            Shape::Probe => self.named("probe", Self::probe),
            Shape::Expect => {
                let matchers = self.shape(&Shape::Matchers);
                json!({ "type": "object", "minProperties": 1, "additionalProperties": matchers })
            }
            Shape::Matchers => self.named("matchers", |maker| {
                let table = maker.table(&matcher_keys::MATCHERS);
                json!({ "anyOf": [scalar(), { "type": "array" }, table] })
            }),
        }
    }

    /// Returns the first table whose key is there, else the last one, so that an editor knows which.
    fn choice(&mut self, choice: &Choice) -> Value {
        let mut schema = self.record(choice.otherwise);
        for (key, table) in choice.by {
            let then = self.record(table);
            schema = json!({ "if": { "type": "object", "required": [key] }, "then": then, "else": schema });
        }
        schema
    }

    fn probe(&mut self) -> Value {
        let kinds: Vec<Value> = PROBES.iter().map(|kind| self.probe_kind(kind)).collect();
        json!({
            "description": "What is asked: one kind of probe with its arguments.",
            "oneOf": kinds,
        })
    }

    fn probe_kind(&mut self, kind: &ProbeKind) -> Value {
        let mut properties = Map::new();
        let mut subject = scalar();
        describe(
            &mut subject,
            &format!("{}; for example `{}`", kind.subject, kind.example),
        );
        properties.insert(kind.name.to_owned(), subject);
        let mut required = vec![kind.name];
        for argument in kind.all_arguments() {
            let mut schema = self.shape(&probe::shape_of(argument.value));
            describe(&mut schema, argument.meaning);
            properties.insert(argument.name.to_owned(), schema);
            if argument.is_required() {
                required.push(argument.name);
            }
        }
        json!({
            "type": "object",
            "title": format!("{} probe", kind.name),
            "description": kind.summary,
            "properties": properties,
            "required": required,
            "additionalProperties": false,
        })
    }
}

/// Anything that is written as one word or text; YAML reads some as numbers or flags.
fn scalar() -> Value {
    json!({ "type": ["string", "number", "boolean"] })
}

fn one_or_many(item: &Value) -> Value {
    json!({ "anyOf": [item, { "type": "array", "items": item }] })
}

fn zero_or(pattern: &str) -> Value {
    json!({ "anyOf": [{ "const": 0 }, { "type": "string", "pattern": pattern }] })
}

fn number_or(pattern: &str) -> Value {
    json!({ "anyOf": [{ "type": "number" }, { "type": "string", "pattern": pattern }] })
}

fn describe(schema: &mut Value, text: &str) {
    if let (false, Value::Object(members)) = (text.is_empty(), schema) {
        members.insert("description".to_owned(), Value::from(text));
    }
}

/// Returns the whole text of a schema's file, as it is committed; `None` if there is no such kind.
pub fn schema_text(name: &str) -> Option<String> {
    let schema = schema(name)?;
    Some(format!("{}\n", serde_json::to_string_pretty(&schema).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_definition_is_left_open() {
        for name in schema_names() {
            let text = schema_text(name).unwrap();
            assert!(!text.contains(": null"), "{name}");
        }
    }

    #[test]
    fn two_tables_never_share_a_name() {
        // `named` keeps the first of two tables with one name, which would be silently wrong.
        let mut names: Vec<(&str, &str)> = Vec::new();
        fn walk(table: &'static Table, names: &mut Vec<(&'static str, &'static str)>) {
            if names.contains(&(table.name, table.about)) {
                return;
            }
            assert!(
                names.iter().all(|(n, _)| *n != table.name),
                "{}",
                table.name
            );
            names.push((table.name, table.about));
            for key in table.keys {
                shape(&key.shape, names);
            }
        }
        fn shape(one: &Shape, names: &mut Vec<(&'static str, &'static str)>) {
            match one {
                Shape::Record(table) => walk(table, names),
                Shape::List(s)
                | Shape::OneOrMany(s)
                | Shape::MapOf(s)
                | Shape::NamesOf(s)
                | Shape::PerRegistry(s) => shape(s, names),
                Shape::AnyOf(all) => all.iter().for_each(|s| shape(s, names)),
                Shape::Choice(choice) => {
                    walk(choice.otherwise, names);
                    choice.by.iter().for_each(|(_, t)| walk(t, names));
                }
                _ => {}
            }
        }
        for file in FILES {
            walk(file.table, &mut names);
        }
        assert!(names.iter().any(|(n, _)| *n == "check"));
    }
}
