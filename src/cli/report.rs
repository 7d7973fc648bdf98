//! `quintet report`: shows a judged bundle in other formats.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};

use super::exit::Exit;
use super::judging::formats;
use super::judging::{self, CannotJudge};
use super::shell::Shell;
use crate::audit::Audit;
use crate::bundle::Bundle;
use crate::report::{self, Options};

/// Arguments of the verb.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  quintet report reports/20261121T100211Z-mock-7f3a2c
  quintet report --all reports/20261121T100211Z-mock-7f3a2c
  quintet report -f markdown reports/20261121T100211Z-mock-7f3a2c > report.md
  quintet report -f csv -f junit --out build reports/20261121T100211Z-mock-7f3a2c

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

    /// Shows every row, also those where all is well
    #[arg(long)]
    all: bool,
}

/// Runs the verb.
pub fn run(args: &Args, shell: &Shell) -> Exit {
    if args.out.is_none() && args.format.len() > 1 {
        shell.error("several formats need --out with a folder for their files");
        return Exit::Usage;
    }
    let audit = match Bundle::open(&args.bundle)
        .map_err(CannotJudge::from)
        .and_then(|_| judging::newest_audit(&args.bundle))
    {
        Ok(Some(audit)) => audit,
        Ok(None) => {
            shell.error("the bundle was never judged");
            shell.hint(&format!("`quintet judge {}` does", args.bundle.display()));
            return Exit::Usage;
        }
        Err(error) => {
            shell.error(&super::verify::causes(&error));
            return Exit::Usage;
        }
    };
    let Some(folder) = &args.out else {
        for format in &args.format {
            judging::print(&audit, format, args.all, shell);
        }
        return Exit::Met;
    };
    match write(&audit, args, folder) {
        Ok(()) => Exit::Met,
        Err(error) => {
            shell.error(&super::verify::causes(&error));
            Exit::Usage
        }
    }
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
