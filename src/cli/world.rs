//! The mock world for verbs: with faults, served inside this process.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::pki_types::CertificateDer;

use crate::clock::Clock;
use crate::mock::World;
use crate::mock::fault::Fault;
use crate::mock::serve::{Options, ServeError, Served};
use crate::mock::world::WorldError;
use crate::scenario;
use crate::transport::options::{LiveOptions, Lookup, Place, Trust};
use crate::yaml::{Diagnostic, Diagnostics, Source, nearest, read_file};

/// Says why there is no world.
#[derive(Debug, thiserror::Error)]
pub enum NoWorld {
    /// Files have mistakes.
    #[error("the world's files have mistakes")]
    Mistakes(Diagnostics),
    /// A fault does not exist.
    #[error("unknown fault `{name}`{}", hint.as_ref().map(|h| format!("; did you mean `{h}`?")).unwrap_or_default())]
    Unknown {
        /// What was asked for.
        name: String,
        /// What was probably meant.
        hint: Option<String>,
    },
    /// A fault cannot be applied.
    #[error(transparent)]
    World(#[from] WorldError),
    /// Sockets cannot be opened.
    #[error(transparent)]
    Serve(#[from] ServeError),
}

/// Reads the world of a suite's folder, with the named faults in it.
///
/// # Errors
///
/// [`NoWorld`] with every mistake of the files that were read.
pub fn read(suite: &Path, faults: &[String]) -> Result<World, NoWorld> {
    let mistakes = |all: Vec<Diagnostic>| NoWorld::Mistakes(Diagnostics(all));
    let path = scenario::find(suite, "worlds/five.yaml");
    let (source, _) =
        read_file(&path, &path.to_string_lossy()).map_err(|one| mistakes(vec![one]))?;
    let mut world = match World::read(&source) {
        Ok(world) => world,
        Err(WorldError::Mistakes(all)) => return Err(mistakes(all)),
        Err(other) => return Err(other.into()),
    };
    for name in faults {
        let fault = fault(suite, name)?;
        world = world.with_fault(&fault)?;
    }
    Ok(world)
}

/// Reads a fault by name.
///
/// # Errors
///
/// [`NoWorld::Unknown`] with the nearest name, or the mistakes of its file.
pub fn fault(suite: &Path, name: &str) -> Result<Fault, NoWorld> {
    for source in fault_sources(suite)? {
        let declared = source
            .text
            .lines()
            .find_map(|l| l.strip_prefix("fault:"))
            .map(str::trim);
        if declared == Some(name) {
            return Fault::read(&source).map_err(|all| NoWorld::Mistakes(Diagnostics(all)));
        }
    }
    let names: Vec<String> = fault_sources(suite)?
        .iter()
        .filter_map(|s| {
            s.text
                .lines()
                .find_map(|l| l.strip_prefix("fault:"))
                .map(|n| n.trim().to_owned())
        })
        .collect();
    let hint = nearest(name, names.iter().map(String::as_str)).map(str::to_owned);
    Err(NoWorld::Unknown {
        name: name.to_owned(),
        hint,
    })
}

/// Reads all faults of a suite's folder, ordered by file name.
///
/// # Errors
///
/// The mistakes of all files.
pub fn faults(suite: &Path) -> Result<Vec<Fault>, NoWorld> {
    let (mut all, mut mistakes) = (Vec::new(), Vec::new());
    for source in fault_sources(suite)? {
        match Fault::read(&source) {
            Ok(fault) => all.push(fault),
            Err(wrong) => mistakes.extend(wrong),
        }
    }
    if mistakes.is_empty() {
        Ok(all)
    } else {
        Err(NoWorld::Mistakes(Diagnostics(mistakes)))
    }
}

fn fault_sources(suite: &Path) -> Result<Vec<Source>, NoWorld> {
    let folder = scenario::find(suite, "worlds/faults");
    let mut paths: Vec<PathBuf> = std::fs::read_dir(&folder)
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|e| e == "yaml"))
        .collect();
    paths.sort();
    let (mut sources, mut mistakes) = (Vec::new(), Vec::new());
    for path in paths {
        match read_file(&path, &path.to_string_lossy()) {
            Ok((source, _)) => sources.push(source),
            Err(wrong) => mistakes.push(wrong),
        }
    }
    if mistakes.is_empty() {
        Ok(sources)
    } else {
        Err(NoWorld::Mistakes(Diagnostics(mistakes)))
    }
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
