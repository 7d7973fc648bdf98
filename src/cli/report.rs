//! `quintet report`: shows a judged bundle in other formats.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};

use super::exit::Exit;
use super::judging::formats;
use super::judging::{self, CannotJudge, Terms};
use super::shell::Shell;
use crate::audit::Audit;
use crate::bundle::Bundle;
use crate::decide::Mode;
use crate::report::{self, Options};
use crate::scenario::suite::Suite;

/// Arguments of the verb.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  quintet report reports/20261121T100211Z-mock-7f3a2c
  quintet report --all reports/20261121T100211Z-mock-7f3a2c
  quintet report -f markdown reports/20261121T100211Z-mock-7f3a2c > report.md
  quintet report -f csv -f junit --out build reports/20261121T100211Z-mock-7f3a2c

Nothing is asked and nothing in the bundle is changed. Exit code 0 whatever was found; use
`quintet judge` for a gate.")]
pub struct Args {
    /// Folder of the bundle
    bundle: PathBuf,

    /// Format; may be given several times with --out
    #[arg(long, short, value_parser = formats(), default_value = "terminal", value_name = "FORMAT")]
    format: Vec<String>,

    /// Folder for the files of the formats; printed if absent
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,

    /// Shows every row, also those where all is well
    #[arg(long)]
    all: bool,

    /// Shows it as an audit: stale waivers fail, and no registry approves its own
    #[arg(long)]
    audit: bool,

    /// Name of the policy
    #[arg(long, default_value = "default", value_name = "NAME")]
    policy: String,

    /// An earlier bundle of the same target, which confirms what is seen again; may be given several times
    #[arg(long, value_name = "BUNDLE")]
    past: Vec<PathBuf>,
}

/// Runs the verb.
pub fn run(args: &Args, shell: &Shell) -> Exit {
    if args.out.is_none() && args.format.len() > 1 {
        shell.error("several formats need --out with a folder for their files");
        return Exit::Usage;
    }
    let Some(suite) = super::suite::read(shell) else {
        return Exit::Usage;
    };
    let written = judged(args, &suite, shell).and_then(|audit| {
        if let Some(folder) = &args.out {
            return write(&audit, args, folder);
        }
        for format in &args.format {
            judging::print(&audit, format, args.all, shell);
        }
        Ok(())
    });
    match written {
        Ok(()) => Exit::Met,
        Err(error) => {
            shell.error(&super::verify::causes(&error));
            Exit::Usage
        }
    }
}

/// Judges with the scenarios of today, so that what is left out of `results.json` is shown too.
fn judged(args: &Args, suite: &Suite, shell: &Shell) -> Result<Audit, CannotJudge> {
    let bundle = Bundle::open(&args.bundle)?;
    if !bundle.judgement(&suite.digest).exists() {
        shell.note("the bundle was judged by another suite; this report judges with today's");
    }
    let terms = Terms {
        policy: args.policy.clone(),
        gate: None,
        mode: if args.audit { Mode::Audit } else { Mode::Gate },
        past: args.past.clone(),
    };
    judging::judge(suite, &bundle, &terms)
}

/// Writes one file per format; the terminal's is `report.txt`.
fn write(audit: &Audit, args: &Args, folder: &Path) -> Result<(), CannotJudge> {
    let failed = |source| CannotJudge::Write {
        path: folder.to_owned(),
        source,
    };
    std::fs::create_dir_all(folder).map_err(failed)?;
    let options = Options {
        all: args.all,
        ..Options::default()
    };
    for format in args.format.iter().filter_map(|name| report::named(name)) {
        let file = folder.join(format.file().unwrap_or("report.txt"));
        let mut sink = BufWriter::new(File::create(file).map_err(failed)?);
        format.write(audit, &options, &mut sink).map_err(failed)?;
        sink.flush().map_err(failed)?;
    }
    Ok(())
}
