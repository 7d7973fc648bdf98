//! `quintet report`: shows a judged bundle in other formats.

use std::path::PathBuf;

use super::exit::Exit;
use super::judged;
use super::judging::{CannotJudge, formats};
use super::kept;
use super::shell::Shell;
use super::twins;
use crate::bundle::Bundle;
use crate::report;

/// Arguments of the verb.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  quintet report reports/20261121T100211Z-mock-7f3a2c
  quintet report --all reports/20261121T100211Z-mock-7f3a2c
  quintet report -f markdown reports/20261121T100211Z-mock-7f3a2c > report.md
  quintet report -f csv -f junit --out build reports/20261121T100211Z-mock-7f3a2c
  quintet report -f ics reports/20261121T100211Z-mock-7f3a2c > expiry.ics

The newest judging of the bundle is shown as it is, whatever the suite of today says; `quintet judge`
judges again. Nothing is asked and nothing in the bundle is changed. Exit code 0 whatever was found;
use `quintet judge` for a gate.")]
pub struct Args {
    /// Folder of the bundle
    bundle: PathBuf,

    /// Format; may be given several times with --out
    #[arg(long, short, value_parser = formats(), default_value = "terminal", value_name = "FORMAT")]
    format: Vec<String>,

    /// Folder for the files of the formats; printed if absent
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,

    /// Shows every row, also those where all is well, and parameters side by side
    #[arg(long)]
    all: bool,
}

/// Runs the verb.
pub fn run(args: &Args, shell: &Shell) -> Exit {
    if args.out.is_none() && args.format.len() > 1 {
        shell.error("several formats need --out with a folder for their files");
        return Exit::Usage;
    }
    match show(args, shell) {
        Ok(exit) => exit,
        Err(error) => {
            shell.fail(&error);
            Exit::Usage
        }
    }
}

fn show(args: &Args, shell: &Shell) -> Result<Exit, CannotJudge> {
    let Some(audit) = kept::newest_audit(&args.bundle)? else {
        if let Some(twin) = kept::newest_twin(&args.bundle)? {
            for format in &args.format {
                twins::print(&twin, format, args.all, shell);
            }
            return Ok(Exit::Met);
        }
        // Only now does it matter whether there is a bundle at all.
        Bundle::open(&args.bundle)?;
        shell.error("the bundle was never judged");
        shell.hint(&format!("`quintet judge {}` does", args.bundle.display()));
        return Ok(Exit::Usage);
    };
    match &args.out {
        None => {
            for format in &args.format {
                judged::print(&audit, format, args.all, shell);
            }
        }
        Some(folder) => {
            let formats = args.format.iter().filter_map(|name| report::named(name));
            judged::write(&audit, formats, folder, args.all)?;
        }
    }
    Ok(Exit::Met)
}
