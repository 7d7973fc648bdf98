//! `quintet judge`: judges a bundle again, with the scenarios of today.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use super::exit::Exit;
use super::judged;
use super::judging::{self, CannotJudge};
use super::shell::Shell;
use super::twins;
use crate::bundle::Bundle;

/// Arguments of the verb.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  quintet judge reports/20261121T100211Z-mock-7f3a2c
  quintet judge --audit --past reports/20261120T090000Z-live-1a2b3c reports/20261121T100211Z-live-7f3a2c
  quintet judge --window gap=2h --window rdap=48h reports/20261121T100211Z-mock-7f3a2c
  quintet judge --gate should --format junit reports/20261121T100211Z-mock-7f3a2c > junit.xml

Nothing is asked: observations and the suite give the verdicts. Results and reports are written into
the bundle, below judgements/, in a folder for each suite that judged.")]
pub struct Args {
    /// Folder of the bundle
    bundle: PathBuf,

    /// Judges with another length of a window, in every scenario that has one of that name; may be given several times
    #[arg(long = "window", value_name = "NAME=LENGTH", value_parser = window)]
    windows: Vec<(String, String)>,

    #[command(flatten)]
    judging: judging::JudgingArgs,
}

/// Reads `gap=2h`.
fn window(text: &str) -> Result<(String, String), String> {
    let (name, length) = { text.split_once('=') }
        .ok_or_else(|| format!("`{text}` is not a window such as `gap=2h`"))?;
    Ok((name.to_owned(), length.to_owned()))
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
    let bundle = Bundle::open(&args.bundle)?;
    let Some(suite) = super::suite::read_for(shell, &bundle)? else {
        return Ok(Exit::Usage);
    };
    let windows: BTreeMap<String, String> = args.windows.iter().cloned().collect();
    let suite = match windows.is_empty() {
        true => Ok(suite),
        false => Arc::unwrap_or_clone(suite)
            .with_windows(&windows)
            .map(Arc::new),
    };
    let suite = &match suite {
        Ok(suite) => suite,
        Err(error) => {
            shell.fail(&error);
            return Ok(Exit::Usage);
        }
    };
    let target = &bundle.run().target.name;
    let terms = args.judging.terms(suite, shell, target)?;
    if bundle.run().twin.is_some() {
        let twin = twins::judge_bundle(suite, &bundle, &terms)?;
        twins::print(&twin, &args.judging.format, args.judging.all, shell);
        return Ok(twins::exit(&twin));
    }
    let audit = judging::judge(suite, &bundle, &terms)?;
    let folder = judged::keep(&audit, bundle.folder(), &suite.digest)?;
    args.judging.leave(&audit, &terms, bundle.folder(), shell);
    judged::print(&audit, &args.judging.format, args.judging.all, shell);
    shell.note(&format!("results and reports in {}", folder.display()));
    Ok(judged::exit(&audit))
}
