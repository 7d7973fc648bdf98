//! Holds the shape of `src/`: layers, the four absences, names of rooms, sizes of files.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use syn::spanned::Spanned as _;
use syn::visit::Visit;

/// Layers from the ground up, each with its rooms in order: a room imports from
/// layers below and from rooms before it in its own layer.
const LAYERS: &[(&str, &[&str])] = &[
    (
        "ground",
        &["registry", "resource", "clock", "yaml", "verdict"],
    ),
    ("language", &["fact", "expr", "scenario", "plan"]),
    (
        "measuring",
        &["inspect", "transport", "probe", "bundle", "run"],
    ),
    ("verdicts", &["judge", "compare", "decide"]),
    ("output", &["audit", "report"]),
    ("top", &["cli"]),
];

/// Rooms that see less than their layer allows: the room, and what it may see beside its own layer.
const ABSENCES: &[(&str, &[&str])] = &[
    (
        "inspect",
        &["registry", "resource", "clock", "yaml", "verdict", "fact"],
    ),
    (
        "transport",
        &["registry", "resource", "clock", "yaml", "verdict", "fact"],
    ),
    (
        "probe",
        &[
            "registry",
            "resource",
            "clock",
            "yaml",
            "verdict",
            "fact",
            "inspect",
            "transport",
        ],
    ),
    ("judge", GROUND_AND_LANGUAGE),
    (
        "compare",
        &[
            "registry", "resource", "clock", "yaml", "verdict", "fact", "expr", "scenario", "plan",
            "judge",
        ],
    ),
    (
        "decide",
        &[
            "registry", "resource", "clock", "yaml", "verdict", "fact", "expr", "scenario", "plan",
            "judge", "compare",
        ],
    ),
    (
        "mock",
        &["registry", "resource", "clock", "yaml", "verdict"],
    ),
];

const GROUND_AND_LANGUAGE: &[&str] = &[
    "registry", "resource", "clock", "yaml", "verdict", "fact", "expr", "scenario", "plan",
];

/// Names that say nothing.
const BAD_ROOMS: &[&str] = &[
    "util", "utils", "common", "helpers", "types", "core", "prelude", "misc",
];

/// Crates that do I/O, which the verdict rooms may not name.
const IO: &[&str] = &[
    "tokio",
    "reqwest",
    "hyper",
    "hyper_util",
    "rustls",
    "tokio_rustls",
];

/// Modules of `std` that do I/O or read the environment.
const STD_IO: &[&str] = &["fs", "net", "process", "env"];

const MAX_CODE_LINES: usize = 500;

/// One broken rule: file, line, and what is wrong.
type Breach = (String, usize, String);

#[test]
fn rooms_import_only_what_their_layer_allows() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    collect(&root, &mut files);
    assert!(files.len() > 20, "the test looks at the wrong folder");
    let mut breaches = Vec::new();
    for file in &files {
        let name = file
            .strip_prefix(&root)
            .unwrap()
            .to_string_lossy()
            .into_owned();
        breaches.extend(examine(&name, &std::fs::read_to_string(file).unwrap()));
    }
    let mut text = String::new();
    for (file, line, what) in &breaches {
        writeln!(text, "src/{file}:{line}: {what}").unwrap();
    }
    assert!(breaches.is_empty(), "\n{text}");
}

#[test]
fn every_room_has_a_place_in_the_table() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let known: BTreeSet<&str> = LAYERS
        .iter()
        .flat_map(|(_, rooms)| rooms.iter().copied())
        .chain(["mock", "lib", "main"])
        .collect();
    for entry in std::fs::read_dir(root).unwrap() {
        let name = entry
            .unwrap()
            .path()
            .file_stem()
            .unwrap()
            .to_string_lossy()
            .into_owned();
        assert!(known.contains(name.as_str()), "room `{name}` has no layer");
    }
}

#[test]
fn the_table_has_no_circle() {
    // Every allowed import must lead to a room of smaller rank, so no chain can return.
    let mut rank = BTreeMap::new();
    for (number, room) in LAYERS
        .iter()
        .flat_map(|(_, rooms)| rooms.iter())
        .chain([&"mock"])
        .enumerate()
    {
        assert!(
            rank.insert(*room, number).is_none(),
            "`{room}` stands twice"
        );
    }
    let rooms: Vec<&str> = rank.keys().copied().collect();
    for from in &rooms {
        for to in &rooms {
            if *from != "cli" && *from != "mock" && allowed(from, to) && from != to {
                assert!(
                    rank[to] < rank[from],
                    "`{from}` may import `{to}`, which comes later"
                );
            }
        }
    }
    assert!(
        !allowed("yaml", "mock") && !allowed("mock", "inspect") && !allowed("probe", "scenario")
    );
}

#[test]
fn the_architecture_page_shows_the_same_table() {
    let page =
        std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("ARCHITECTURE.md"))
            .unwrap();
    for (layer, rooms) in LAYERS {
        let row = format!(
            "| {layer} | {} |",
            rooms
                .iter()
                .map(|r| format!("`{r}`"))
                .collect::<Vec<_>>()
                .join(" ")
        );
        assert!(page.contains(&row), "ARCHITECTURE.md lacks the row {row}");
    }
    assert!(
        page.lines().count() <= 150,
        "ARCHITECTURE.md has more than 150 lines"
    );
}

#[test]
fn an_upward_import_is_caught() {
    #[track_caller]
    fn check(file: &str, code: &str, line: usize, words: &str) {
        let found = examine(file, code);
        assert!(
            found
                .iter()
                .any(|(f, l, what)| f == file && *l == line && what.contains(words)),
            "{code:?} gave {found:?}"
        );
    }
    check(
        "fact/mod.rs",
        "use crate::judge::Judge;",
        1,
        "`fact` may not import `judge`",
    );
    check(
        "fact/mod.rs",
        "\nuse crate::{registry::RegistryId, cli};",
        2,
        "`fact` may not import `cli`",
    );
    check(
        "probe/http/mod.rs",
        "use super::super::scenario::Scenario;",
        1,
        "`probe` may not import `scenario`",
    );
    check(
        "probe/http.rs",
        "use super::super::run;",
        1,
        "`probe` may not import `run`",
    );
    check(
        "judge/mod.rs",
        "fn f() { crate::transport::go() }",
        1,
        "`judge` may not import `transport`",
    );
    check("judge/mod.rs", "use std::{fmt, fs::File};", 1, "does I/O");
    check("judge/mod.rs", "use tokio::net::TcpStream;", 1, "does I/O");
    check(
        "mock/mod.rs",
        "use crate::inspect::rdap;",
        1,
        "`mock` may not import `inspect`",
    );
    check("run/mod.rs", "fn f() {\n println!(\"x\") }", 2, "prints");
    check("run/mod.rs", "fn f() { std::process::exit(1) }", 1, "exits");
    check("fact/mod.rs", "use quintet::judge;", 1, "`crate::`");
    check("util/mod.rs", "", 1, "says nothing");
    check("fact/common.rs", "", 1, "says nothing");
    let long = "const A: u8 = 1;\n".repeat(501);
    check("fact/long.rs", &long, 501, "501 lines of code");
    assert_eq!(examine("fact/long.rs", &"// x\n\n".repeat(600)), []);
    let tests = format!(
        "#[cfg(test)]\nmod tests {{\n{}}}\n",
        "const A: u8 = 1;\n".repeat(600)
    );
    assert_eq!(examine("fact/long.rs", &tests), []);
    assert_eq!(
        examine(
            "judge/mod.rs",
            "use crate::fact::Value;\n#[cfg(test)] mod tests { use std::fs; }"
        ),
        []
    );
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|e| e == "rs") {
            files.push(path);
        }
    }
}

fn layer_of(room: &str) -> Option<usize> {
    LAYERS.iter().position(|(_, rooms)| rooms.contains(&room))
}

fn allowed(from: &str, to: &str) -> bool {
    if from == to || from == "cli" || from == "lib" || from == "main" {
        return true;
    }
    if let Some((_, sees)) = ABSENCES.iter().find(|(room, _)| *room == from) {
        return sees.contains(&to);
    }
    let (Some(a), Some(b)) = (layer_of(from), layer_of(to)) else {
        return false;
    };
    let within = |room: &str| LAYERS[a].1.iter().position(|r| *r == room);
    b < a || (a == b && within(to) < within(from))
}

/// Returns every breach of one file; `name` is relative to `src`.
fn examine(name: &str, text: &str) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for component in Path::new(name).components() {
        let word = component.as_os_str().to_string_lossy();
        let stem = word.strip_suffix(".rs").unwrap_or(&word);
        if BAD_ROOMS.contains(&stem) {
            breaches.push((
                name.to_owned(),
                1,
                format!("`{stem}` says nothing; name what it is for"),
            ));
        }
    }
    let room = name.split(['/', '.']).next().unwrap_or_default().to_owned();
    // The module path of the file, for `super::`.
    let mut module: Vec<String> = Path::new(name)
        .with_extension("")
        .components()
        .map(|c| c.as_os_str().to_string_lossy().into())
        .collect();
    if module.last().is_some_and(|m| m == "mod") {
        module.pop();
    }
    let tree = syn::parse_file(text).unwrap_or_else(|e| panic!("{name}: {e}"));
    let mut walk = Walk {
        room,
        name: name.to_owned(),
        module,
        breaches,
        test_lines: 0,
    };
    walk.visit_file(&tree);
    let code = code_lines(text).saturating_sub(walk.test_lines);
    if code > MAX_CODE_LINES {
        let line = text.lines().count();
        walk.breaches.push((
            name.to_owned(),
            line,
            format!("{code} lines of code; at most {MAX_CODE_LINES}"),
        ));
    }
    walk.breaches
}

fn is_code(line: &str) -> bool {
    let line = line.trim();
    !line.is_empty() && !line.starts_with("//")
}

fn code_lines(text: &str) -> usize {
    text.lines().filter(|l| is_code(l)).count()
}

struct Walk {
    room: String,
    name: String,
    module: Vec<String>,
    breaches: Vec<Breach>,
    test_lines: usize,
}

impl Walk {
    fn breach(&mut self, line: usize, what: String) {
        self.breaches.push((self.name.clone(), line, what));
    }

    fn path(&mut self, segments: &[String], line: usize) {
        let Some(first) = segments.first() else {
            return;
        };
        let verdict = ["judge", "compare", "decide"].contains(&self.room.as_str());
        match first.as_str() {
            "crate" => self.import(segments.get(1), line),
            "quintet" if !["main", "cli"].contains(&self.room.as_str()) => {
                self.breach(line, "import through `crate::`".to_owned());
            }
            "super" => {
                let up = segments.iter().take_while(|s| *s == "super").count();
                let mut absolute: Vec<String> =
                    self.module[..self.module.len().saturating_sub(up)].to_vec();
                absolute.extend(segments.iter().skip(up).cloned());
                self.import(absolute.first(), line);
            }
            "std"
                if segments.get(1).is_some_and(|s| s == "process")
                    && segments.get(2).is_some_and(|s| s == "exit") =>
            {
                self.breach(line, "exits; only `cli` does".to_owned());
            }
            "std"
                if verdict
                    && segments
                        .get(1)
                        .is_some_and(|s| STD_IO.contains(&s.as_str())) =>
            {
                self.breach(
                    line,
                    format!("`{}` does I/O; verdict rooms are pure", segments.join("::")),
                );
            }
            io if verdict && IO.contains(&io) => {
                self.breach(line, format!("`{io}` does I/O; verdict rooms are pure"));
            }
            _ => {}
        }
    }

    fn import(&mut self, room: Option<&String>, line: usize) {
        let Some(to) = room else { return };
        let known = to == "mock" || layer_of(to).is_some();
        if known && !allowed(&self.room, to) {
            let from = self.room.clone();
            self.breach(line, format!("`{from}` may not import `{to}`"));
        }
    }

    fn tree(&mut self, tree: &syn::UseTree, before: &mut Vec<String>) {
        match tree {
            syn::UseTree::Path(path) => {
                before.push(path.ident.to_string());
                self.tree(&path.tree, before);
                before.pop();
            }
            syn::UseTree::Group(group) => group.items.iter().for_each(|t| self.tree(t, before)),
            syn::UseTree::Name(name) => self.leaf(&name.ident, before),
            syn::UseTree::Rename(rename) => self.leaf(&rename.ident, before),
            syn::UseTree::Glob(glob) => {
                let line = glob.span().start().line;
                self.path(&before.clone(), line);
            }
        }
    }

    fn leaf(&mut self, ident: &syn::Ident, before: &[String]) {
        let mut segments = before.to_vec();
        segments.push(ident.to_string());
        self.path(&segments, ident.span().start().line);
    }
}

fn is_test(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().any(|a| {
        a.path().is_ident("cfg")
            && a.parse_args::<syn::Path>()
                .is_ok_and(|p| p.is_ident("test"))
    })
}

impl<'ast> Visit<'ast> for Walk {
    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        if is_test(&item.attrs) {
            let (start, end) = (item.span().start().line, item.span().end().line);
            self.test_lines += end + 1 - start;
            return;
        }
        self.module.push(item.ident.to_string());
        syn::visit::visit_item_mod(self, item);
        self.module.pop();
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        self.tree(&item.tree, &mut Vec::new());
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let segments: Vec<String> = path.segments.iter().map(|s| s.ident.to_string()).collect();
        if segments.len() > 1 {
            self.path(&segments, path.span().start().line);
        }
        syn::visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        let name = call
            .path
            .segments
            .last()
            .map(|s| s.ident.to_string())
            .unwrap_or_default();
        if self.room != "cli"
            && ["print", "println", "eprint", "eprintln", "dbg"].contains(&name.as_str())
        {
            self.breach(
                call.span().start().line,
                format!("`{name}!` prints; only `cli` does"),
            );
        }
        syn::visit::visit_macro(self, call);
    }
}
