//! The mock world for verbs: with faults, served inside this process.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;
use rustls::pki_types::CertificateDer;

use super::exit::Exit;
use super::shell::Shell;
use crate::clock::Clock;
use crate::mock::World;
use crate::mock::fault::Fault;
use crate::mock::serve::{Options, ServeError, Served};
use crate::mock::world::WorldError;
use crate::scenario;
use crate::transport::machine;
use crate::transport::options::{LiveOptions, Lookup, Place, Trust};
use crate::yaml::{Diagnostic, Diagnostics, hint};

/// Says why there is no world.
#[derive(Debug, thiserror::Error)]
pub enum NoWorld {
    /// Files have mistakes.
    #[error("the world's files have mistakes")]
    Mistakes(Diagnostics),
    /// A fault does not exist.
    #[error("unknown fault `{name}`; {meant}")]
    Unknown {
        /// What was asked for.
        name: String,
        /// What was probably meant, in words.
        meant: String,
    },
    /// A fault cannot be applied.
    #[error(transparent)]
    World(#[from] WorldError),
    /// Sockets cannot be opened.
    #[error(transparent)]
    Serve(#[from] ServeError),
}

impl NoWorld {
    /// Says why on stderr, and returns how the program ends.
    pub fn complain(&self, shell: &Shell) -> Exit {
        match self {
            Self::Mistakes(all) => shell.complain(all),
            Self::Unknown { .. } | Self::World(_) | Self::Serve(_) => shell.fail(self),
        }
        match self {
            Self::Mistakes(_) | Self::Unknown { .. } | Self::World(_) => Exit::Usage,
            Self::Serve(_) => Exit::Internal,
        }
    }
}

/// Reads the world of a suite's folder, with the named faults in it.
///
/// # Errors
///
/// [`NoWorld`] with every mistake of the files that were read.
pub fn read(suite: &Path, faults: &[String]) -> Result<World, NoWorld> {
    suffering(sound(suite)?, suite, faults)
}

/// Reads the same, rehearsed from a time on. Faults come last: one of what is registered is none of
/// what is certified, at no step.
///
/// # Errors
///
/// As [`read`].
pub fn rehearsed(suite: &Path, faults: &[String], began: Timestamp) -> Result<World, NoWorld> {
    suffering(sound(suite)?.rehearsed(began)?, suite, faults)
}

fn sound(suite: &Path) -> Result<World, NoWorld> {
    let (source, _) =
        scenario::open(suite, "worlds/five.yaml").map_err(|one| mistakes(vec![one]))?;
    World::read(&source).map_err(|error| match error {
        WorldError::Mistakes(all) => mistakes(all),
        other @ WorldError::Fault { .. } => other.into(),
    })
}

fn suffering(mut world: World, suite: &Path, faults: &[String]) -> Result<World, NoWorld> {
    for name in faults {
        let fault = fault(suite, name)?;
        world = world.with_fault(&fault)?;
    }
    Ok(world)
}

/// Reads a fault by name, which is its file's.
///
/// # Errors
///
/// [`NoWorld::Unknown`] with the nearest name, or the mistakes of its file.
pub fn fault(suite: &Path, name: &str) -> Result<Fault, NoWorld> {
    let files = fault_files(suite)?;
    let Some(path) = files.get(name) else {
        let otherwise = || "`quintet list --faults` shows them all".to_owned();
        return Err(NoWorld::Unknown {
            name: name.to_owned(),
            meant: hint(name, files.keys().map(String::as_str), otherwise),
        });
    };
    read_fault(suite, path).map_err(mistakes)
}

/// Reads all faults of a suite, ordered by name.
///
/// # Errors
///
/// The mistakes of all files.
pub fn faults(suite: &Path) -> Result<Vec<Fault>, NoWorld> {
    let (mut all, mut wrong) = (Vec::new(), Vec::new());
    for path in fault_files(suite)?.values() {
        match read_fault(suite, path) {
            Ok(fault) => all.push(fault),
            Err(problems) => wrong.extend(problems),
        }
    }
    if wrong.is_empty() {
        Ok(all)
    } else {
        Err(mistakes(wrong))
    }
}

fn mistakes(all: Vec<Diagnostic>) -> NoWorld {
    NoWorld::Mistakes(Diagnostics(all))
}

fn read_fault(suite: &Path, path: &str) -> Result<Fault, Vec<Diagnostic>> {
    let (source, _) = scenario::open(suite, path).map_err(|one| vec![one])?;
    Fault::read(&source)
}

/// Returns the files of all faults by name: a suite's own, and those of the suites it extends.
fn fault_files(suite: &Path) -> Result<BTreeMap<String, String>, NoWorld> {
    let paths = scenario::below(suite, "worlds/faults").map_err(|one| mistakes(vec![one]))?;
    let named = paths.into_iter().filter_map(|path| {
        let (_, name) = path.rsplit_once('/')?;
        let name = name.strip_suffix(".yaml")?.to_owned();
        Some((name, path))
    });
    Ok(named.collect())
}

/// Serves a world inside this process.
///
/// # Errors
///
/// [`NoWorld::Serve`] if there is no free socket.
pub async fn serve(
    world: World,
    clock: Arc<dyn Clock>,
    options: &Options,
) -> Result<Served, NoWorld> {
    Ok(Served::start(world, clock, options).await?)
}

/// Returns where the program rsync is, which serves the repositories of a world; `None` where it is not installed.
pub fn rsync(shell: &Shell) -> Option<PathBuf> {
    machine::program(shell.variable("PATH").unwrap_or_default(), "rsync")
}

/// Makes options lead to a served world, and nowhere else.
pub fn lead_to(options: &mut LiveOptions, served: &Served) {
    let places: BTreeMap<(String, u16), Vec<Place>> = served
        .services()
        .map(|(host, port, addresses)| {
            (
                (host.to_owned(), port),
                addresses.iter().copied().map(Place::Address).collect(),
            )
        })
        .collect();
    options.places = places;
    options.lookup = Lookup::Nothing;
    options.dns_server = served.dns().first().copied();
    options.trust = Trust::Only(vec![CertificateDer::from(served.ca_der().to_vec())]);
}
