//! `quintet history`: how a check, a comparison or a parameter went on over the runs of an archive.

use std::path::PathBuf;

use super::archive::{Added, Archive, CannotArchive};
use super::exit::Exit;
use super::shell::{Shell, in_full};
use crate::audit::history::{Course, Entry};
use crate::judge::words::{counted, put_line};
use crate::report;
use crate::report::history::{csv, text};

/// Arguments of the verb.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  quintet history --add reports/20261121T100211Z-live-7f3a2c
  quintet history                                   the runs of the archive
  quintet history -r apnic                          verdicts on a registry run by run, and what changed
  quintet history rdap.link.self-type               when a rule passed and failed, registry by registry
  quintet history rpki.rrdp/snapshot-size -r apnic  a parameter over time
  quintet history rpki.rrdp/snapshot-size -f csv > size.csv
  quintet history --rebuild                         indexes all bundles of the archive anew

An archive is a folder: bundles as they were written, and a small index of each. The newest judging
of each bundle is what counts. Verdicts are told by stretches of runs that said the same. With the
feature `s3` an archive may be `s3://bucket/prefix`.")]
pub struct Args {
    /// Id of a rule, check, comparison or parameter
    #[arg(value_name = "ID", conflicts_with_all = ["add", "rebuild"])]
    id: Option<String>,

    /// Folder of the archive
    #[arg(
        long,
        env = "QUINTET_ARCHIVE",
        default_value = "archive",
        value_name = "DIR"
    )]
    archive: PathBuf,

    /// Copies these judged bundles into the archive
    #[arg(long, value_name = "BUNDLE", num_args = 1..)]
    add: Vec<PathBuf>,

    /// Indexes all bundles of the archive anew
    #[arg(long, conflicts_with = "add")]
    rebuild: bool,

    /// Shows these registries only; without an id how things went on at each
    #[arg(long, short, value_name = "ID", value_delimiter = ',')]
    registry: Vec<String>,

    /// Shows runs of this target only
    #[arg(long, value_name = "NAME")]
    target: Option<String>,

    /// How to print
    #[arg(long, short, value_enum, default_value_t, value_name = "FORMAT")]
    format: Format,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// Lines for people
    #[default]
    Text,
    /// One object
    Json,
    /// One row for each stretch, or for each value of a parameter
    Csv,
}

/// Runs the verb.
pub fn run(args: &Args, shell: &Shell) -> Exit {
    match go(args, shell) {
        Ok(exit) => exit,
        Err(error) => {
            shell.fail(&error);
            match error {
                CannotArchive::Store { .. } => Exit::Internal,
                CannotArchive::NotIntact { .. } => Exit::Failed,
                CannotArchive::Bundle(_)
                | CannotArchive::Judge(_)
                | CannotArchive::Unjudged(_)
                | CannotArchive::Twin(_)
                | CannotArchive::Other { .. }
                | CannotArchive::Name(_)
                | CannotArchive::Index { .. }
                | CannotArchive::NoObjects(_) => Exit::Usage,
            }
        }
    }
}

fn go(args: &Args, shell: &Shell) -> Result<Exit, CannotArchive> {
    let archive = Archive::open(&args.archive, shell)?;
    if args.rebuild {
        let (runs, wrong) = archive.rebuild()?;
        for (place, why) in &wrong {
            shell.error(&format!("`{place}` is not indexed: {why}"));
        }
        shell.note(&format!("{} indexed", counted(runs, "run")));
        return Ok(if wrong.is_empty() {
            Exit::Met
        } else {
            Exit::Failed
        });
    }
    if !args.add.is_empty() {
        let mut exit = Exit::Met;
        for bundle in &args.add {
            match archive.add(bundle) {
                Ok(added) => {
                    let word = match added {
                        Added::New => "added",
                        Added::Again => "was there; what was judged since is added",
                    };
                    shell.note(&format!("{}: {word}", bundle.display()));
                }
                // The others are added all the same.
                Err(error @ CannotArchive::Store { .. }) => return Err(error),
                Err(error) => {
                    shell.error(&in_full(&error));
                    let is_changed = matches!(error, CannotArchive::NotIntact { .. });
                    exit = exit.or(if is_changed {
                        Exit::Failed
                    } else {
                        Exit::Usage
                    });
                }
            }
        }
        return Ok(exit);
    }
    match &args.id {
        None if !args.registry.is_empty() => return at_registries(args, &archive, shell),
        None => {
            let mut runs = archive.runs()?;
            runs.retain(|run| {
                args.target
                    .as_ref()
                    .is_none_or(|target| run.target == *target)
            });
            if runs.is_empty() {
                return Ok(nothing(args, shell));
            }
            list(args, &runs, shell);
        }
        Some(id) => {
            let mut trend = archive.trend(id, args.target.as_deref())?;
            if !args.registry.is_empty() {
                trend
                    .lines
                    .retain(|line| line.at.is_empty() || args.registry.contains(&line.at));
            }
            if trend.runs == 0 {
                return Ok(nothing(args, shell));
            }
            if trend.lines.is_empty() {
                let ids = archive.ids()?;
                let known: Vec<&str> = ids.iter().map(String::as_str).collect();
                let meant = super::suite::meant(id, &known);
                shell.error(&format!(
                    "no run of the archive says anything of `{id}`; {meant}"
                ));
                return Ok(Exit::Nothing);
            }
            match args.format {
                Format::Text => shell.print(&text(&trend)),
                Format::Csv => shell.print(&csv(&trend)),
                Format::Json => {
                    shell.line(&serde_json::to_string_pretty(&trend).unwrap_or_default())
                }
            }
        }
    }
    Ok(Exit::Met)
}

/// Tells how things went on at registries: counts of verdicts run by run, and what changed.
fn at_registries(args: &Args, archive: &Archive, shell: &Shell) -> Result<Exit, CannotArchive> {
    let mut courses: Vec<Course> = Vec::new();
    for registry in &args.registry {
        let own = archive.course(registry, args.target.as_deref())?;
        if own.is_empty() {
            shell.error(&format!(
                "no run of the archive asked registry `{registry}`"
            ));
            return Ok(Exit::Nothing);
        }
        courses.extend(own);
    }
    let is_counted = |course: &Course| course.runs.iter().any(|run| !run.counts.is_empty());
    if !courses.iter().any(is_counted) {
        shell.note("no verdicts are counted: `quintet history --rebuild` indexes what an earlier program added");
    }
    match args.format {
        Format::Text => shell.print(&report::course::text(&courses)),
        Format::Csv => shell.print(&report::course::csv(&courses)),
        Format::Json => shell.line(&serde_json::to_string_pretty(&courses).unwrap_or_default()),
    }
    Ok(Exit::Met)
}

fn nothing(args: &Args, shell: &Shell) -> Exit {
    let archive = args.archive.display();
    shell.error(&format!("the archive `{archive}` has no such run"));
    shell.hint("`quintet history --add BUNDLE` adds one");
    Exit::Nothing
}

fn list(args: &Args, runs: &[Entry], shell: &Shell) {
    if args.format == Format::Json {
        shell.line(&serde_json::to_string_pretty(runs).unwrap_or_default());
        return;
    }
    let mut lines = String::new();
    let sign = if args.format == Format::Csv {
        ","
    } else {
        "  "
    };
    if args.format == Format::Csv {
        put_line!(lines, "started,target,vantage,release,partial,run");
    }
    for run in runs {
        let partial = if run.partial { "partial" } else { "whole" };
        let columns = [
            run.started.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
            run.target.clone(),
            run.vantage.replace(", ", "+"),
            run.release.clone(),
            partial.to_owned(),
            run.run.clone(),
        ];
        put_line!(lines, "{}", columns.join(sign));
    }
    shell.print(&lines);
}
