//! From a target file to a transport: places, trust, manners, secrets.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use super::shell::Shell;
use crate::clock::Clock;
use crate::registry::{PerRegistry, RegistryId};
use crate::scenario::model::{Registry, Target, TargetKind};
use crate::scenario::suite::Suite;
use crate::transport::budget::{Budget, BudgetError, DayLimit};
use crate::transport::options::{
    Credential, Identity, LiveOptions, Lookup, Manners, Place, Trust, user_agent,
};
use crate::verdict::results::Place as Written;

/// Says why a target cannot be reached as its file describes.
#[derive(Debug, thiserror::Error)]
pub enum TargetError {
    /// A file with certificates or a key cannot be read.
    #[error(
        "{}:{}:{}: cannot read certificates from `{}`: {why}; a path starts at the folder where quintet is run",
        at.file, at.line, at.column, path.display()
    )]
    Pem {
        /// Where the target names it.
        at: Written,
        /// The file.
        path: PathBuf,
        /// What is wrong.
        why: String,
    },
    /// The suite has no such target.
    #[error("unknown target `{name}`; {meant}")]
    Unknown {
        /// What was asked for.
        name: String,
        /// What was probably meant, in words.
        meant: String,
    },
    /// An address is none.
    #[error("`{0}` is not an address with port, such as `192.0.2.1:53`")]
    Address(String),
    /// A fault where there is no mock world.
    #[error("`--fault` needs the mock world; target `{0}` is none")]
    FaultElsewhere(String),
    /// A place is none.
    #[error("`{0}` is not a host with port, such as `rdap.example.net:443`")]
    Place(String),
    /// A secret is missing.
    #[error(
        "the environment variable `{variable}` is not set; target `{target}` sends it to `{host}`"
    )]
    Secret {
        /// The variable.
        variable: String,
        /// The target.
        target: String,
        /// The host.
        host: String,
    },
    /// A live target without a contact.
    #[error(
        "target `{0}` is live and nobody answers for its requests: give `--contact` with a mail address or URL of yours, or set QUINTET_CONTACT"
    )]
    Contact(String),
    /// A contact at which nobody can be reached.
    #[error(
        "nobody can be reached at the contact `{0}`; expected a mail address or an https URL of yours"
    )]
    Unreachable(String),
    /// The state of budgets cannot be read.
    #[error(transparent)]
    Budget(#[from] BudgetError),
}

/// Finds a target of a suite by name.
///
/// # Errors
///
/// [`TargetError::Unknown`].
pub fn find<'s>(suite: &'s Suite, name: &str) -> Result<&'s Target, TargetError> {
    let names: Vec<&str> = suite.targets.keys().map(String::as_str).collect();
    suite.targets.get(name).ok_or_else(|| TargetError::Unknown {
        name: name.to_owned(),
        meant: super::suite::meant(name, &names),
    })
}

/// Names under which nobody is reached (RFC 2606, RFC 6761).
const NOBODY: &[&str] = &["example", "invalid", "localhost", "test"];

/// Returns who answers for the requests to a target; `none` where nobody has to.
///
/// # Errors
///
/// [`TargetError::Contact`] and [`TargetError::Unreachable`].
pub fn who_asks<'a>(target: &'a Target, given: Option<&'a str>) -> Result<&'a str, TargetError> {
    let live = target.kind == TargetKind::Live;
    match given.or(target.contact.as_deref()) {
        Some(contact) if live && !can_be_reached(contact) => {
            Err(TargetError::Unreachable(contact.to_owned()))
        }
        Some(contact) => Ok(contact),
        None if live => Err(TargetError::Contact(target.name.as_ref().to_owned())),
        None => Ok("none"),
    }
}

/// Says whether a contact is a mail address or URL at which somebody may be.
fn can_be_reached(contact: &str) -> bool {
    let mail = contact.strip_prefix("mailto:").unwrap_or(contact);
    let host = match url::Url::parse(contact) {
        Ok(url) if matches!(url.scheme(), "http" | "https") => url.host_str().map(str::to_owned),
        Ok(_) | Err(_) => mail
            .rsplit_once('@')
            .filter(|(who, _)| !who.is_empty())
            .map(|(_, host)| host.to_ascii_lowercase()),
    };
    host.is_some_and(|host| {
        let mut labels = host.rsplit('.');
        let (top, second) = (labels.next().unwrap_or_default(), labels.next());
        let plain = !host.contains(char::is_whitespace);
        let reserved = second == Some("example") && matches!(top, "com" | "net" | "org");
        plain && second.is_some() && !reserved && !NOBODY.contains(&top)
    })
}

/// Returns the options of a live transport for a target; the mock world's places are added by the caller.
///
/// # Errors
///
/// [`TargetError`], before anything is asked.
pub fn options(
    target: &Target,
    registries: &PerRegistry<Arc<Registry>>,
    run: &str,
    spool: PathBuf,
    state: Option<&Path>,
    clock: &Arc<dyn Clock>,
    shell: &Shell,
    contact: Option<&str>,
) -> Result<LiveOptions, TargetError> {
    let live = target.kind == TargetKind::Live;
    let contact = who_asks(target, contact)?;
    let resolver = target.access.resolver.as_deref().map(address).transpose()?;
    let mut owners = BTreeMap::new();
    for (id, registry) in registries.iter() {
        for host in &registry.hosts {
            owners.insert(host.clone(), id.clone());
        }
    }
    Ok(LiveOptions {
        user_agent: user_agent(contact, run),
        spool,
        path: shell.variable("PATH").unwrap_or_default().to_owned(),
        places: places(&target.access.connect_to)?,
        lookup: resolver.map_or(Lookup::Machine, Lookup::Server),
        dns_server: resolver,
        names: target
            .access
            .names
            .iter()
            .map(|(a, b)| (a.to_lowercase(), b.to_lowercase()))
            .collect(),
        trust: trust(target)?,
        identity: identity(target)?,
        proxy: target.access.proxy.clone(),
        public_only: live,
        manners: manners(target, registries, live),
        owners,
        credentials: credentials(target, shell)?,
        budget: budget(target, registries, state, clock)?,
        silence: LiveOptions::SILENCE,
    })
}

fn address(text: &str) -> Result<SocketAddr, TargetError> {
    text.parse()
        .map_err(|_| TargetError::Address(text.to_owned()))
}

fn host_and_port(text: &str) -> Result<(String, u16), TargetError> {
    let bad = || TargetError::Place(text.to_owned());
    let (host, port) = text.rsplit_once(':').ok_or_else(bad)?;
    Ok((
        host.trim_matches(['[', ']']).to_lowercase(),
        port.parse().map_err(|_| bad())?,
    ))
}

fn places(
    connect_to: &[(String, String)],
) -> Result<BTreeMap<(String, u16), Vec<Place>>, TargetError> {
    let mut places: BTreeMap<_, Vec<Place>> = BTreeMap::new();
    for (from, to) in connect_to {
        let place = match to.parse::<SocketAddr>() {
            Ok(address) => Place::Address(address),
            Err(_) => {
                let (host, port) = host_and_port(to)?;
                Place::Name(host, port)
            }
        };
        places.entry(host_and_port(from)?).or_default().push(place);
    }
    Ok(places)
}

fn certificates(path: &str, at: &Written) -> Result<Vec<CertificateDer<'static>>, TargetError> {
    let fail = |why: String| TargetError::Pem {
        at: at.clone(),
        path: PathBuf::from(path),
        why,
    };
    let all: Result<Vec<_>, _> = CertificateDer::pem_file_iter(path)
        .map_err(|e| fail(e.to_string()))?
        .collect();
    let all = all.map_err(|e| fail(e.to_string()))?;
    if all.is_empty() {
        Err(fail("it holds none".to_owned()))
    } else {
        Ok(all)
    }
}

fn trust(target: &Target) -> Result<Trust, TargetError> {
    match &target.access.ca_bundle {
        Some(path) => Ok(Trust::MachineAnd(certificates(
            path,
            &target.access.ca_bundle_at,
        )?)),
        None => Ok(Trust::Machine),
    }
}

fn identity(target: &Target) -> Result<Option<Identity>, TargetError> {
    let Some(path) = &target.access.client_certificate else {
        return Ok(None);
    };
    let at = &target.access.client_certificate_at;
    let key = PrivateKeyDer::from_pem_file(path).map_err(|e| TargetError::Pem {
        at: at.clone(),
        path: PathBuf::from(path),
        why: e.to_string(),
    })?;
    Ok(Some(Identity {
        chain: certificates(path, at)?,
        key,
    }))
}

/// The strictest declared limit of a registry wins; live targets get at most what a guest takes.
fn manners(target: &Target, registries: &PerRegistry<Arc<Registry>>, live: bool) -> Manners {
    let base = if live {
        Manners::guest()
    } else {
        Manners::default()
    };
    let declared: BTreeMap<RegistryId, f64> = registries
        .iter()
        .filter_map(|(id, registry)| {
            let limits = [registry.per_second, target.pacing.per_second];
            Some((id.clone(), limits.into_iter().flatten().reduce(f64::min)?))
        })
        .collect();
    Manners {
        per_second: target.pacing.per_second.or(base.per_second),
        per_second_of: if live { declared } else { BTreeMap::new() },
        connections: Some(if live {
            1
        } else {
            target.pacing.connections.max(1)
        }),
        ..base
    }
}

fn credentials(target: &Target, shell: &Shell) -> Result<Vec<Credential>, TargetError> {
    target
        .access
        .credentials
        .iter()
        .map(|wanted| {
            let value = shell
                .variable(&wanted.variable)
                .ok_or_else(|| TargetError::Secret {
                    variable: wanted.variable.clone(),
                    target: target.name.as_ref().to_owned(),
                    host: wanted.host.clone(),
                })?;
            Ok(Credential {
                host: wanted.host.to_lowercase(),
                header: wanted.header.clone(),
                value: value.to_owned(),
            })
        })
        .collect()
}

fn budget(
    target: &Target,
    registries: &PerRegistry<Arc<Registry>>,
    state: Option<&Path>,
    clock: &Arc<dyn Clock>,
) -> Result<Option<Arc<Budget>>, TargetError> {
    let limit = DayLimit {
        requests: target.pacing.requests_per_day,
        bytes: target.pacing.bytes_per_day,
    };
    if limit.requests.is_none() && limit.bytes.is_none() {
        return Ok(None);
    }
    let limits: BTreeMap<RegistryId, DayLimit> =
        registries.ids().map(|id| (id.clone(), limit)).collect();
    let budget = match state {
        Some(path) => Budget::open(path, limits, Arc::clone(clock))?,
        None => Budget::new(limits, Arc::clone(clock)),
    };
    Ok(Some(Arc::new(budget)))
}
