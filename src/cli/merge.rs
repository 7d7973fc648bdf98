//! `quintet merge`: bundles of one plan, from several places or in several parts, as one.

use std::path::{Path, PathBuf};

use jiff::SignedDuration;

use super::exit::Exit;
use super::judged;
use super::judging::{self, CannotJudge, Which};
use super::shell::Shell;
use crate::audit::quoted;
use crate::bundle::{self, Bundle, BundleError, CannotMerge, RunRecord};
use crate::clock::{Clock as _, RealClock};
use crate::plan::Shard;
use crate::scenario::suite::Suite;

/// Arguments of the verb.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  quintet merge reports/…-ams1 reports/…-nyc1           two places of observation
  quintet merge shard-1 shard-2 shard-3 --out whole     shards of one run
  quintet merge afrinic apnic arin lacnic ripe-ncc      five registries, each measured by itself
  quintet merge ams1 nyc1 --apart 30m -f markdown

The bundles must be of one plan: the same suite, target, faults, filters and version of the program,
clocks that agree, and runs that began within --apart. Each must be whole and what was sealed, and of
a run in shards all must be there. What fails from two places is confirmed; where one passes and another fails there is no verdict
(inconclusive, vantages-disagree). A place that could not see takes nothing away from one that did.
The merged bundle stands alone, and is judged, shown, signed and published like any other; replay its
parts. Exit codes as of `quintet judge`.")]
pub struct Args {
    /// Folders of the bundles, two at least
    #[arg(required = true, num_args = 2.., value_name = "BUNDLE")]
    bundles: Vec<PathBuf>,

    /// Folder for the merged bundle; it must not hold one already
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,

    /// Farthest that the runs may have begun apart
    #[arg(long, default_value = "6h", value_name = "DURATION")]
    apart: SignedDuration,

    #[command(flatten)]
    judging: judging::JudgingArgs,
}

/// Says why nothing was merged.
#[derive(Debug, thiserror::Error)]
enum Stopped {
    #[error(transparent)]
    Merge(#[from] CannotMerge),
    #[error(transparent)]
    Judge(#[from] CannotJudge),
}

impl From<BundleError> for Stopped {
    fn from(error: BundleError) -> Self {
        Self::Merge(error.into())
    }
}

/// Runs the verb.
pub fn run(args: &Args, shell: &Shell) -> Exit {
    match merge(args, shell) {
        Ok(exit) => exit,
        Err(stopped) => {
            shell.fail(&stopped);
            if let Stopped::Merge(CannotMerge::NotIntact { path, .. }) = &stopped {
                shell.hint(&format!("`quintet verify {}` says more", path.display()));
            }
            Exit::Usage
        }
    }
}

fn merge(args: &Args, shell: &Shell) -> Result<Exit, Stopped> {
    // Parts of one plan have one target; if it was in a file, each has that file.
    let Some(first) = args.bundles.first() else {
        return Err(CannotMerge::Number.into());
    };
    let suite = super::suite::read_for(shell, &Bundle::open(first)?).map_err(CannotJudge::from)?;
    let Some(suite) = &suite else {
        return Ok(Exit::Usage);
    };
    let is_empty = |record: &RunRecord, shard| is_empty(suite, record, shard);
    let parts = bundle::parts(&args.bundles, args.apart, &is_empty)?;
    let names = parts
        .iter()
        .map(|part| quoted(&part.folder().to_string_lossy()));
    let names: Vec<String> = names.collect();
    let reproduce = format!("quintet merge {}", names.join(" "));
    let Some(record) = bundle::record_of(&parts, reproduce)? else {
        return Err(CannotMerge::Number.into());
    };
    let terms = args.judging.terms(suite, shell, &record.target.name)?;
    let wall = RealClock::new();
    let writer = bundle::writer_of(
        args.out.as_deref(),
        Path::new("reports"),
        wall.now(),
        record,
    )?;
    let folder = writer.folder().to_owned();
    bundle::merge(&parts, &writer, wall.now())?;
    drop(writer);
    let merged = Bundle::open(&folder)?;
    if merged.run().suite != suite.digest {
        shell.note("the suite has changed since the runs; it is judged by that of today");
    }
    let audit = judging::judge(suite, &merged, &terms)?;
    judged::keep(&audit, &folder, &suite.digest)?;
    args.judging.leave(&audit, &terms, &folder, shell);
    judged::print(&audit, &args.judging.format, args.judging.all, shell);
    shell.note(&format!("bundle   {}", folder.display()));
    Ok(judged::exit(&audit))
}

/// Says whether a run's selection has nothing for a shard, as where there are more shards than
/// scenarios. By another suite than the run's it cannot be told, and is not said.
fn is_empty(suite: &Suite, record: &RunRecord, shard: Shard) -> bool {
    let mut record = record.clone();
    record.filters.shard = Some(shard);
    let plan = judging::plan_of(suite, &record, Which::First);
    record.suite == suite.digest && plan.is_ok_and(|plan| plan.scenarios.is_empty())
}
