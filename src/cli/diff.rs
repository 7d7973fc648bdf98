//! `quintet diff`: what changed between two runs, and why as far as that is known.

use std::path::{Path, PathBuf};

use super::exit::Exit;
use super::judging::{self, CannotJudge, JudgingArgs};
use super::kept;
use super::shell::Shell;
use crate::audit::Audit;
use crate::audit::difference::Difference;
use crate::bundle::Bundle;
use crate::judge::words::counted;
use crate::report::{self, DIFFERENCE_FORMATS, Options};
use crate::verdict::{Change, Level};

/// Arguments of the verb.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  quintet diff reports/20261120T090000Z-live-1a2b3c reports/20261121T090000Z-live-7f3a2c
  quintet diff A B --fail-on regressed,now-unjudgeable
  quintet diff A B --again            both judged with the suite of today: what is left is not ours
  quintet diff A B -f markdown > changes.md

The newest judgings of two bundles are compared as they are; the folder of one judging does as well.
Classes: regressed, fixed, new, gone, still-failing, changed-value, now-unjudgeable, now-judged,
now-applies, no-longer-applies. Nothing is asked and nothing is written. Exit code 0 whatever
changed; 1: something of a class that --fail-on names; 2: the two have nothing in common.")]
pub struct Args {
    /// The earlier bundle, or the folder of one of its judgings
    before: PathBuf,

    /// The later one
    after: PathBuf,

    /// Classes of changes that end with exit code 1; only what counts is looked at
    #[arg(long, value_name = "CLASS", value_delimiter = ',', value_parser = class)]
    fail_on: Vec<Change>,

    /// The lightest level at which --fail-on looks
    #[arg(long, value_name = "LEVEL", default_value = "parity")]
    gate: Level,

    /// Judges both bundles again first, with the suite of today; nothing is written
    #[arg(long)]
    again: bool,

    /// Format of what is printed
    #[arg(long, short, value_parser = formats(), default_value = "terminal", value_name = "FORMAT")]
    format: String,

    /// Tells every change, also those that are many and alike
    #[arg(long)]
    all: bool,
}

fn class(text: &str) -> Result<Change, String> {
    let known: Vec<&str> = Change::ALL.iter().map(|class| class.as_str()).collect();
    text.parse::<Change>()
        .map_err(|error| format!("{error}; {}", super::suite::meant(text, &known)))
}

fn formats() -> clap::builder::PossibleValuesParser {
    let names: Vec<&'static str> = DIFFERENCE_FORMATS.iter().map(|f| f.name()).collect();
    names.into()
}

/// Runs the verb.
pub fn run(args: &Args, shell: &Shell) -> Exit {
    match go(args, shell) {
        Ok(exit) => exit,
        Err(error) => {
            shell.fail(&error);
            Exit::Usage
        }
    }
}

fn go(args: &Args, shell: &Shell) -> Result<Exit, CannotJudge> {
    let mut sides = Vec::with_capacity(2);
    for path in [&args.before, &args.after] {
        match audit(path, args.again, shell)? {
            Some(audit) => sides.push(audit),
            None => return Ok(Exit::Usage),
        }
    }
    let [before, after] = sides.as_slice() else {
        return Ok(Exit::Internal);
    };
    let difference = Difference::of(before, after);
    if difference.has_nothing_in_common() {
        for caveat in &difference.caveats {
            shell.note(&caveat.words);
        }
        shell.error("the two have no result in common, so that nothing can be compared");
        return Ok(Exit::Usage);
    }
    print(&difference, args, shell);
    if !args.again && before.results.suite != after.results.suite {
        let (before, after) = (args.before.display(), args.after.display());
        shell.hint(&format!(
            "`quintet diff --again {before} {after}` judges both with the suite of today"
        ));
    }
    let failing = failing(&difference, args);
    if failing == 0 {
        return Ok(Exit::Met);
    }
    let classes: Vec<&str> = args.fail_on.iter().map(|class| class.as_str()).collect();
    let (changes, classes) = (counted(failing, "change"), classes.join(", "));
    shell.error(&format!("{changes} of a class that fails: {classes}"));
    Ok(Exit::Failed)
}

/// Returns the judging of a bundle; `None` if there is none, which was said.
///
/// Where it is judged again, it is by the suite of today and, of a run that was given a target in a file,
/// that file as the bundle has it.
fn audit(path: &Path, again: bool, shell: &Shell) -> Result<Option<Audit>, CannotJudge> {
    if again {
        let bundle = Bundle::open(path)?;
        let Some(suite) = super::suite::read_for(shell, &bundle)? else {
            return Ok(None);
        };
        let target = &bundle.run().target.name;
        let terms = JudgingArgs::default().terms(&suite, shell, target)?;
        return judging::judge(&suite, &bundle, &terms).map(Some);
    }
    if let Some(audit) = kept::newest_audit(path)? {
        return Ok(Some(audit));
    }
    // Only now does it matter whether there is a bundle at all.
    let bundle = Bundle::open(path)?;
    if bundle.run().twin.is_some() {
        let name = path.display();
        shell.error(&format!(
            "`{name}` is a run of two targets; give the folder `first` or `second` of its judging"
        ));
        return Ok(None);
    }
    shell.error(&format!("`{}` was never judged", path.display()));
    shell.hint(&format!("`quintet judge {}` does", path.display()));
    Ok(None)
}

fn print(difference: &Difference, args: &Args, shell: &Shell) {
    let Some(format) = report::difference_format(&args.format) else {
        return;
    };
    let options = Options {
        width: shell.width.map_or(Options::default().width, usize::from),
        color: shell.color_out,
        all: args.all,
    };
    let mut text = Vec::new();
    match format.write(difference, &options, &mut text) {
        Ok(()) => shell.print(&String::from_utf8_lossy(&text)),
        Err(error) => shell.error(&format!("cannot write the report: {error}")),
    }
}

/// Counts the changes of the classes that fail, at the levels that are looked at.
fn failing(difference: &Difference, args: &Args) -> usize {
    let fails = |class: Change, level: Level| args.fail_on.contains(&class) && level <= args.gate;
    let checks = difference.counted();
    let checks = checks.filter(|change| fails(change.class, change.level));
    let comparisons = difference.comparisons.iter();
    let comparisons = comparisons.filter(|c| c.counts() && fails(c.class, c.level));
    checks.count() + comparisons.count()
}
