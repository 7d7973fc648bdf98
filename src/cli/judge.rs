//! `quintet judge`: judges a bundle again, with the scenarios of today.

use std::path::PathBuf;

use super::exit::Exit;
use super::judging::{self, CannotJudge, Terms};
use super::shell::Shell;
use crate::bundle::Bundle;
use crate::decide::Mode;
use crate::report;
use crate::scenario::suite::Suite;
use crate::verdict::Level;

/// Arguments of the verb.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  quintet judge reports/20261121T100211Z-mock-7f3a2c
  quintet judge --audit --past reports/20261120T090000Z-live-1a2b3c reports/20261121T100211Z-live-7f3a2c
  quintet judge --gate should --format junit reports/20261121T100211Z-mock-7f3a2c > junit.xml

Nothing is asked: observations and the suite give the verdicts. Results and reports are written into
the bundle, below judgements/, in a folder for each suite that judged.")]
pub struct Args {
    /// Folder of the bundle
    bundle: PathBuf,

    /// The lightest level that gates; the policy's otherwise
    #[arg(long, value_name = "LEVEL")]
    gate: Option<Level>,

    /// Audits: stale waivers fail, and no registry approves its own
    #[arg(long)]
    audit: bool,

    /// Name of the policy
    #[arg(long, default_value = "default", value_name = "NAME")]
    policy: String,

    /// An earlier bundle of the same target, which confirms what is seen again; may be given several times
    #[arg(long, value_name = "BUNDLE")]
    past: Vec<PathBuf>,

    /// Format of what is printed
    #[arg(long, short, value_parser = formats(), default_value = "terminal", value_name = "FORMAT")]
    format: String,

    /// Shows every row, also those where all is well
    #[arg(long)]
    all: bool,
}

/// Returns the names of formats, for arguments.
pub(super) fn formats() -> clap::builder::PossibleValuesParser {
    let names: Vec<&'static str> = report::FORMATS.iter().map(|f| f.name()).collect();
    names.into()
}

/// Runs the verb.
pub fn run(args: &Args, shell: &Shell) -> Exit {
    let Some(suite) = super::suite::read(shell) else {
        return Exit::Usage;
    };
    match go(args, &suite, shell) {
        Ok(exit) => exit,
        Err(error) => {
            shell.error(&super::verify::causes(&error));
            Exit::Usage
        }
    }
}

fn go(args: &Args, suite: &Suite, shell: &Shell) -> Result<Exit, CannotJudge> {
    let bundle = Bundle::open(&args.bundle)?;
    let terms = Terms {
        policy: args.policy.clone(),
        gate: args.gate,
        mode: if args.audit { Mode::Audit } else { Mode::Gate },
        past: args.past.clone(),
    };
    let audit = judging::judge(suite, &bundle, &terms)?;
    let folder = judging::keep(&audit, &bundle, &suite.digest)?;
    judging::print(&audit, &args.format, args.all, shell);
    shell.note(&format!("results and reports in {}", folder.display()));
    Ok(judging::exit(&audit))
}
