//! `quintet baseline`: looks at what differs from accepted values, and accepts or rejects it.

use std::path::{Path, PathBuf};

use anstyle::{AnsiColor, Style};
use similar::{ChangeTag, TextDiff};

use super::baselines::{self, File};
use super::exit::Exit;
use super::guest::Guests;
use super::judging::{self, CannotJudge};
use super::shell::Shell;
use crate::bundle::Bundle;
use crate::fact::Digest;
use crate::judge::words::{counted, plain, put, put_line};
use crate::scenario::glob;
use crate::verdict::baseline::{self, Head, PENDING, SUFFIX};
use crate::yaml::Diagnostics;

/// Most lines of a body that are shown as evidence.
const MOST_LINES: usize = 40;

/// Lines around a difference.
const CONTEXT: usize = 3;

/// Arguments of the verb.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  quintet baseline accept reports/20261121T100211Z-live-7f3a2c -r apnic
  quintet baseline review
  quintet baseline accept --only 'rdap.**'
  quintet baseline reject

Values that scenarios take snapshots of are compared with snapshots/<target>/<registry>/<scenario>.snap. Nothing but
`accept` and `review` writes these files; a run that differs leaves its values beside them (.snap.new), which `cargo insta
review` shows too. A difference is drift and fails nothing, unless a policy says `drift_fails: true`.")]
pub struct Args {
    /// Folder of the baselines; `snapshots` beside the suite's folder if absent
    #[arg(long, global = true, env = "QUINTET_BASELINES", value_name = "DIR")]
    baselines: Option<PathBuf>,

    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// Shows what waits, one file after the other: accept, reject or skip each
    Review(Chosen),
    /// Accepts what waits, or everything that a bundle shows
    Accept {
        /// Folder of a bundle, whose values become the baseline; what waits if absent
        bundle: Option<PathBuf>,

        #[command(flatten)]
        chosen: Chosen,
    },
    /// Removes what waits; the baselines stay as they are
    Reject(Chosen),
}

/// Which files.
#[derive(Debug, clap::Args)]
struct Chosen {
    /// Files of these registries only
    #[arg(long, short, value_name = "ID", value_delimiter = ',')]
    registry: Vec<String>,

    /// Files of scenarios with these ids only, `*` and `**` as in filters
    #[arg(long, value_name = "PATTERN", value_delimiter = ',')]
    only: Vec<String>,
}

impl Chosen {
    fn takes(&self, registry: &str, scenario: &str) -> bool {
        (self.registry.is_empty() || self.registry.iter().any(|id| id == registry))
            && (self.only.is_empty() || self.only.iter().any(|p| glob::matches(p, scenario)))
    }
}

/// Says why nothing was accepted.
#[derive(Debug, thiserror::Error)]
enum Stopped {
    #[error("baselines have mistakes")]
    Mistakes(Diagnostics),
    #[error(transparent)]
    Judge(#[from] CannotJudge),
    #[error("cannot write `{}`", path.display())]
    Write {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
}

/// Runs the verb.
pub fn run(args: &Args, shell: &Shell) -> Exit {
    let folder = baselines::folder(shell, args.baselines.as_deref());
    let done = match &args.what {
        What::Review(chosen) => review(chosen, &folder, shell),
        What::Accept {
            bundle: None,
            chosen,
        } => settle(chosen, &folder, shell, true),
        What::Accept {
            bundle: Some(bundle),
            chosen,
        } => accept_bundle(bundle, chosen, &folder, shell),
        What::Reject(chosen) => settle(chosen, &folder, shell, false),
    };
    match done {
        Ok(exit) => exit,
        Err(Stopped::Mistakes(all)) => {
            shell.complain(&all);
            Exit::Usage
        }
        Err(stopped) => {
            shell.fail(&stopped);
            match stopped {
                Stopped::Write { .. } => Exit::Internal,
                Stopped::Judge(_) | Stopped::Mistakes(_) => Exit::Usage,
            }
        }
    }
}

/// Returns the files that wait, of all targets.
fn waiting(chosen: &Chosen, folder: &Path) -> Result<Vec<File>, Stopped> {
    let mut all = Vec::new();
    let targets = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut targets: Vec<PathBuf> = targets.map(|entry| entry.path()).collect();
    targets.sort();
    for target in targets.iter().filter(|path| path.is_dir()) {
        let suffix = format!("{SUFFIX}{PENDING}");
        let files = baselines::files(target, &suffix)
            .map_err(|one| Stopped::Mistakes(Diagnostics(vec![one])))?;
        all.extend(
            files
                .into_iter()
                .filter(|file| chosen.takes(&file.registry, &file.scenario)),
        );
    }
    Ok(all)
}

/// Returns the file that one which waits would become.
fn accepted(file: &File) -> PathBuf {
    let name = format!("{}{SUFFIX}", file.scenario);
    file.path.with_file_name(name)
}

/// Accepts or rejects everything that waits.
fn settle(chosen: &Chosen, folder: &Path, shell: &Shell, accept: bool) -> Result<Exit, Stopped> {
    let files = waiting(chosen, folder)?;
    for file in &files {
        if accept {
            take(file)?;
        } else {
            remove(&file.path)?;
        }
        let word = if accept { "accepted" } else { "rejected" };
        shell.line(&format!("{word}  {}", accepted(file).display()));
    }
    if files.is_empty() {
        shell.note(&format!("nothing waits below `{}`", folder.display()));
    }
    Ok(Exit::Met)
}

/// Makes what waits the baseline.
fn take(file: &File) -> Result<(), Stopped> {
    let (mut head, values, _) = baselines::read_file(&file.path)
        .map_err(|one| Stopped::Mistakes(Diagnostics(vec![one])))?;
    for passing in ["bundle", "evidence"] {
        head.info.shift_remove(passing);
    }
    let path = accepted(file);
    write(&path, &baseline::write(&head, &values))?;
    remove(&file.path)
}

fn write(path: &Path, text: &str) -> Result<(), Stopped> {
    baselines::write(path, text).map_err(|source| Stopped::Write {
        path: path.to_owned(),
        source,
    })
}

fn remove(path: &Path) -> Result<(), Stopped> {
    std::fs::remove_file(path).map_err(|source| Stopped::Write {
        path: path.to_owned(),
        source,
    })
}

/// Makes what a bundle shows the baseline.
fn accept_bundle(
    bundle: &Path,
    chosen: &Chosen,
    folder: &Path,
    shell: &Shell,
) -> Result<Exit, Stopped> {
    let bundle = Bundle::open(bundle).map_err(CannotJudge::from)?;
    let guests = Guests::recorded(&bundle).map_err(CannotJudge::from)?;
    let Some(suite) = super::suite::read_with(shell, &guests) else {
        return Ok(Exit::Usage);
    };
    let target = bundle.run().target.name.clone();
    let known = baselines::read(folder, &target).map_err(Stopped::Mistakes)?;
    let terms = judging::Terms {
        baselines: known,
        ..judging::Terms::plain(&suite)
    };
    let audit = judging::judge(&suite, &bundle, &terms)?;
    let mut written = 0;
    let mut values_seen = false;
    let groups = baselines::grouped(&audit.results.drifts);
    let kept: usize = groups.values().map(Vec::len).sum();
    if kept < audit.results.drifts.len() {
        let number = counted(audit.results.drifts.len() - kept, "value");
        shell.warn(&format!(
            "{number} left out, on which places of observation disagree"
        ));
    }
    for ((registry, scenario), drifts) in groups {
        if !chosen.takes(registry, scenario) {
            continue;
        }
        values_seen = true;
        let own = terms.baselines.of(registry, scenario);
        let values = baselines::renewed(own, &drifts);
        let path = folder.join(format!("{target}/{registry}/{scenario}{SUFFIX}"));
        let waits = folder.join(format!("{target}/{registry}/{scenario}{SUFFIX}{PENDING}"));
        if own.is_none_or(|own| own.values != values) {
            let head = baselines::head(&audit, registry, scenario, &drifts);
            write(&path, &baseline::write(&head, &values))?;
            shell.line(&format!("accepted  {}", path.display()));
            written += 1;
        }
        if waits.is_file() {
            remove(&waits)?;
        }
    }
    if !audit.run.faults.is_empty() {
        let faults = audit.run.faults.join(", ");
        shell.warn(&format!("the run had the fault {faults} in its world"));
    }
    if !values_seen {
        shell.error("the bundle has no values that scenarios take snapshots of");
        return Ok(Exit::Nothing);
    }
    if written == 0 {
        shell.note("everything is as it was accepted");
    }
    Ok(Exit::Met)
}

/// What somebody answers.
enum Answer {
    Accept,
    Reject,
    Skip,
    Quit,
}

/// Shows what waits, file by file, and does what is answered.
fn review(chosen: &Chosen, folder: &Path, shell: &Shell) -> Result<Exit, Stopped> {
    let files = waiting(chosen, folder)?;
    if files.is_empty() {
        shell.note(&format!("nothing waits below `{}`", folder.display()));
        return Ok(Exit::Met);
    }
    let (mut took, mut gave) = (0, 0);
    for (number, file) in files.iter().enumerate() {
        let place = format!("{} of {}", number + 1, files.len());
        match ask(file, &place, shell)? {
            Answer::Accept => {
                take(file)?;
                took += 1;
            }
            Answer::Reject => {
                remove(&file.path)?;
                gave += 1;
            }
            Answer::Skip => {}
            Answer::Quit => break,
        }
    }
    let left = files.len() - took - gave;
    shell.line(&format!("{took} accepted, {gave} rejected, {left} skipped"));
    Ok(Exit::Met)
}

/// Shows one file until somebody says what becomes of it; the end of input skips it and the rest.
fn ask(file: &File, place: &str, shell: &Shell) -> Result<Answer, Stopped> {
    let mistake = |one| Stopped::Mistakes(Diagnostics(vec![one]));
    let (head, values, _) = baselines::read_file(&file.path).map_err(mistake)?;
    let path = accepted(file);
    let old = if path.is_file() {
        let (_, values, _) = baselines::read_file(&path).map_err(mistake)?;
        Some(values)
    } else {
        None
    };
    let (before, after) = (
        baseline::body(&old.unwrap_or_default()),
        baseline::body(&values),
    );
    shell.line(&format!("{place}  {}", path.display()));
    shell.line(&format!("    {}", about(&head)));
    shell.line("");
    shell.print(&difference(&before, &after, shell));
    loop {
        shell.print("accept (a), reject (r), skip (s), old (o), new (n), evidence (e), quit (q)? ");
        let Some(answer) = shell.ask() else {
            shell.line("");
            return Ok(Answer::Quit);
        };
        match answer.trim() {
            "a" | "accept" => return Ok(Answer::Accept),
            "r" | "reject" => return Ok(Answer::Reject),
            "s" | "skip" => return Ok(Answer::Skip),
            "q" | "quit" => return Ok(Answer::Quit),
            "o" | "old" => shell.print(&plain(&before)),
            "n" | "new" => shell.print(&plain(&after)),
            "d" | "difference" => shell.print(&difference(&before, &after, shell)),
            "e" | "evidence" => shell.print(&evidence(&head)),
            other => shell.hint(&format!("`{}` is none of these letters", plain(other))),
        }
    }
}

/// Says in a line what the values are of, and who saw them.
fn about(head: &Head) -> String {
    let text = |key: &str| {
        let value = head.info.get(key).and_then(serde_json::Value::as_str);
        value.unwrap_or("?").to_owned()
    };
    let mut line = format!(
        "{}, seen {} by run {}",
        head.expression,
        text("observed"),
        text("run")
    );
    if let Some(faults) = head.info.get("faults") {
        put!(line, ", with faults {faults}");
    }
    plain(&line)
}

/// Returns what differs, line by line, with a sign before each.
fn difference(before: &str, after: &str, shell: &Shell) -> String {
    let diff = TextDiff::from_lines(before, after);
    let mut text = String::new();
    for (number, group) in diff.grouped_ops(CONTEXT).iter().enumerate() {
        if number > 0 {
            text.push_str("  …\n");
        }
        for change in group.iter().flat_map(|op| diff.iter_changes(op)) {
            let (sign, style) = match change.tag() {
                ChangeTag::Delete => ('-', AnsiColor::Red.on_default()),
                ChangeTag::Insert => ('+', AnsiColor::Green.on_default()),
                ChangeTag::Equal => (' ', Style::new()),
            };
            let line = plain(change.value().trim_end_matches('\n'));
            if shell.color_out && sign != ' ' {
                put_line!(text, "{style}{sign} {line}{style:#}");
            } else {
                put_line!(text, "{sign} {line}");
            }
        }
    }
    text.push('\n');
    text
}

/// Returns what was asked and answered, and the beginnings of bodies where the bundle is still there.
fn evidence(head: &Head) -> String {
    let bundle = head.info.get("bundle").and_then(|b| b.as_str());
    let bundle = bundle.unwrap_or_default();
    let opened = Bundle::open(Path::new(bundle)).ok();
    let mut text = String::new();
    put_line!(text, "bundle  {}", plain(bundle));
    if opened.is_none() {
        put_line!(text, "        it is not there any more");
    }
    let entries = head.info.get("evidence").and_then(|e| e.as_object());
    for (entry, lines) in entries.into_iter().flatten() {
        put_line!(text, "{}", plain(entry));
        let lines = lines.as_array().map(Vec::as_slice).unwrap_or_default();
        for line in lines.iter().filter_map(|line| line.as_str()) {
            put_line!(text, "  {}", plain(line));
            let body =
                Digest::parse(line).and_then(|digest| opened.as_ref()?.evidence().body(&digest));
            if let Some(body) = body {
                let body = String::from_utf8_lossy(&body).into_owned();
                let all = body.lines().count();
                for line in body.lines().take(MOST_LINES) {
                    put_line!(text, "    {}", plain(line));
                }
                if all > MOST_LINES {
                    put_line!(text, "    and {}", counted(all - MOST_LINES, "more line"));
                }
            }
        }
    }
    text.push('\n');
    text
}
