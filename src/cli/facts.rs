//! `quintet facts`: what probes can be asked and what they publish, and the functions of expressions.

use serde_json::{Value, json};

use super::exit::Exit;
use super::shell::Shell;
use super::suite::{Page, wrap};
use crate::expr::FUNCTIONS;
use crate::fact::vocabulary::{
    Argument, COMMON_ARGUMENTS, COMMON_FACTS, FactSpec, PROBES, ProbeKind,
};
use crate::yaml::nearest;

/// Shows the kinds of probes with their arguments and facts
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  quintet facts               which kinds of probes there are
  quintet facts rdap          arguments and facts of one kind
  quintet facts functions     functions of expressions, each with an example
  quintet facts --markdown    the whole reference, as in docs/facts.md")]
pub struct Args {
    /// A kind of probe, or `functions`
    probe: Option<String>,

    /// How the reference is printed
    #[arg(long, value_enum, default_value_t)]
    format: Format,

    /// Same as `--format markdown`
    #[arg(long)]
    markdown: bool,
}

/// How the reference is printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// For a terminal
    #[default]
    Text,
    /// For a document
    Markdown,
    /// One object
    Json,
}

/// Runs the verb.
pub fn run(args: &Args, shell: &Shell) -> Exit {
    let format = if args.markdown {
        Format::Markdown
    } else {
        args.format
    };
    let functions = args.probe.as_deref() == Some("functions");
    let kinds: Vec<&ProbeKind> = match args.probe.as_deref() {
        None => PROBES.to_vec(),
        Some("functions") => Vec::new(),
        Some(name) => match ProbeKind::named(name) {
            Some(kind) => vec![kind],
            None => return unknown(name, shell),
        },
    };
    match format {
        Format::Json => {
            let value = json!({
                "probes": kinds.iter().map(|k| kind_json(k)).collect::<Vec<_>>(),
                "functions": if args.probe.is_none() || functions { functions_json() } else { Vec::new() },
            });
            shell.line(&serde_json::to_string_pretty(&value).unwrap_or_default());
        }
        Format::Markdown => shell.print(&markdown(&kinds, args.probe.is_none() || functions)),
        Format::Text if functions => functions_text(shell),
        Format::Text if args.probe.is_none() => overview(shell),
        Format::Text => kinds.iter().for_each(|kind| kind_text(kind, shell)),
    }
    Exit::Met
}

fn unknown(name: &str, shell: &Shell) -> Exit {
    let known: Vec<&str> = PROBES.iter().map(|k| k.name).chain(["functions"]).collect();
    shell.error(&format!("unknown kind of probe `{name}`"));
    match nearest(name, known.iter().copied()) {
        Some(near) => shell.hint(&format!("did you mean `{near}`?")),
        None => shell.hint(&format!("there are {}", known.join(", "))),
    }
    Exit::Usage
}

fn width(shell: &Shell) -> usize {
    shell.width.map_or(100, usize::from).clamp(60, 120)
}

fn overview(shell: &Shell) {
    let page = Page::of(shell);
    let longest = PROBES.iter().map(|kind| kind.name.len()).max();
    let indent = longest.unwrap_or_default() + 2;
    for kind in PROBES {
        let text = wrap(kind.summary, width(shell), indent);
        shell.line(&format!(
            "{}{}{text}",
            page.strong(kind.name),
            " ".repeat(indent.saturating_sub(kind.name.len()))
        ));
    }
    shell.note("`quintet facts <KIND>` shows arguments and facts of one kind, `quintet facts functions` those of expressions");
}

fn kind_text(kind: &ProbeKind, shell: &Shell) {
    let page = Page::of(shell);
    shell.line(&format!("{}  {}", page.strong(kind.name), kind.summary));
    shell.line(&format!(
        "\n    {}: {}   {}\n",
        kind.name,
        kind.example,
        page.faint(kind.subject)
    ));
    shell.line(&page.label("arguments"));
    let own = kind.arguments.iter().flat_map(|a| a.iter());
    for argument in own.chain(COMMON_ARGUMENTS) {
        shell.line(&format!(
            "    {:<18}{}",
            argument.name,
            wrap(argument.meaning, width(shell), 22)
        ));
    }
    shell.line(&format!("\n{}", page.label("facts")));
    let own = kind.facts.iter().flat_map(|f| f.iter());
    for fact in own.chain(COMMON_FACTS) {
        let source = if fact.source.is_empty() {
            String::new()
        } else {
            format!(" ({})", fact.source)
        };
        let text = wrap(&format!("{}{source}", fact.meaning), width(shell), 36);
        shell.line(&format!(
            "    {:<22}{:<10}{text}",
            fact.path,
            fact.kind.as_str()
        ));
        for field in fact.fields {
            let text = wrap(field.meaning, width(shell), 36);
            shell.line(&format!(
                "      .{:<19}{:<10}{text}",
                field.path,
                field.kind.as_str()
            ));
        }
    }
    shell.line("");
}

fn functions_text(shell: &Shell) {
    let page = Page::of(shell);
    for function in FUNCTIONS.iter().flat_map(|f| f.iter()) {
        shell.line(&page.strong(function.signature));
        shell.line(&format!("    {}", wrap(function.meaning, width(shell), 4)));
        shell.line(&format!("    {} → {}", function.example, function.result));
    }
}

fn markdown(kinds: &[&ProbeKind], functions: bool) -> String {
    let mut out = String::new();
    let mut line = |text: &str| {
        out.push_str(text);
        out.push('\n');
    };
    if kinds.len() > 1 {
        line("# Facts and functions");
        line("");
        line(
            "Everything that a scenario can ask and read. Written by `quintet facts --markdown`; do not edit.",
        );
        line("");
        line("Arguments and facts of every probe stand once, at the end of the probes.");
        line("");
    }
    for kind in kinds {
        line(&format!("## `{}`", kind.name));
        line("");
        line(&format!(
            "{}. Its value is the {}, such as `{}: {}`.",
            sentence(kind.summary),
            kind.subject,
            kind.name,
            kind.example
        ));
        line("");
        arguments(&mut line, kind.arguments.iter().flat_map(|a| a.iter()));
        facts(&mut line, kind.facts.iter().flat_map(|f| f.iter()));
    }
    if !kinds.is_empty() {
        line("## Every probe");
        line("");
        arguments(&mut line, COMMON_ARGUMENTS.iter());
        facts(&mut line, COMMON_FACTS.iter());
    }
    if functions {
        line("## Functions of expressions");
        line("");
        line("| function | meaning | example | yields |");
        line("| --- | --- | --- | --- |");
        for function in FUNCTIONS.iter().flat_map(|f| f.iter()) {
            line(&format!(
                "| `{}` | {} | `{}` | `{}` |",
                cell(function.signature),
                cell(function.meaning),
                cell(function.example),
                cell(function.result)
            ));
        }
    }
    out
}

fn arguments(line: &mut impl FnMut(&str), all: impl Iterator<Item = &'static Argument>) {
    line("| argument | meaning |");
    line("| --- | --- |");
    for argument in all {
        line(&format!(
            "| `{}` | {} |",
            argument.name,
            cell(argument.meaning)
        ));
    }
    line("");
}

fn facts(line: &mut impl FnMut(&str), all: impl Iterator<Item = &'static FactSpec>) {
    line("| fact | kind | meaning | source |");
    line("| --- | --- | --- | --- |");
    for fact in all {
        line(&format!(
            "| `{}` | {} | {} | {} |",
            fact.path,
            fact.kind.as_str(),
            cell(fact.meaning),
            cell(fact.source)
        ));
        for field in fact.fields {
            line(&format!(
                "| `{}[].{}` | {} | {} | {} |",
                fact.path,
                field.path,
                field.kind.as_str(),
                cell(field.meaning),
                cell(field.source)
            ));
        }
    }
    line("");
}

fn sentence(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(characters).collect()
    })
}

fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

fn kind_json(kind: &ProbeKind) -> Value {
    json!({
        "name": kind.name,
        "summary": kind.summary,
        "subject": kind.subject,
        "example": kind.example,
        "document": kind.inspector,
        "arguments": kind.all_arguments().map(|a| json!({ "name": a.name, "meaning": a.meaning })).collect::<Vec<_>>(),
        "facts": kind.all_facts().map(fact_json).collect::<Vec<_>>(),
    })
}

fn fact_json(fact: &'static FactSpec) -> Value {
    json!({
        "path": fact.path,
        "kind": fact.kind.as_str(),
        "meaning": fact.meaning,
        "source": fact.source,
        "fields": fact.fields.iter().map(fact_json).collect::<Vec<_>>(),
    })
}

fn functions_json() -> Vec<Value> {
    FUNCTIONS
        .iter()
        .flat_map(|f| f.iter())
        .map(|f| json!({ "name": f.name, "signature": f.signature, "meaning": f.meaning, "example": f.example, "result": f.result }))
        .collect()
}
