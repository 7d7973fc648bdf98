//! The RPKI of the mock world: five trust anchors with really signed objects.
//!
//! Everything follows from the world and the hour: equal worlds give equal octets. The
//! writer of DER is our own: it shares nothing with the readers that judge, it can write
//! what no library of the field lets through, and every element can be edited before it
//! is signed.

mod answer;
mod certify;
mod consensus;
mod constraints;
mod der;
mod distribution;
mod edit;
mod generate;
mod issue;
pub(super) mod keys;
mod mixed;
mod notation;
mod object;
mod plan;
mod read;
mod read_products;
mod read_spoil;
mod resources;
mod rrdp;
pub mod rsync;
mod tree;
mod x509;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use bytes::Bytes;
use jiff::Timestamp;
use rayon::iter::{IntoParallelIterator as _, ParallelIterator as _};

use super::kept::Kept;
use super::number::Block;
use super::world::World;
pub(super) use answer::answer;
pub(super) use consensus::Agreement;
pub use consensus::{Consensus, Twist};
pub use edit::DerEdit;
pub use generate::{GenerateError, Generated, Scale, generate};
use issue::{Hour, Published, Spot};
pub use keys::KeyError;
pub(super) use keys::sha256;
pub use plan::{
    Authority, FeedAct, FeedFile, FeedSpoil, Part, Plan, Prefix, Product, Repository, Spoil,
    SpoilAct, Successor, What,
};
pub(super) use read::{KEYS, Surroundings, plan as read_plan};
pub(super) use read_spoil::{feed as read_feed, module as read_module, spoil as read_spoil};
pub use resources::Resources;
pub use rrdp::Feed;
use rrdp::State;
pub use rsync::{RsyncAct, RsyncSpoil};
pub use tree::write_tree;

/// Most rendered registries that are kept: a walk over all faults has two at an hour for each.
const MOST_KEPT: usize = 64;

/// The repositories of all registries of a world at one time.
#[derive(Clone, Debug)]
pub struct Repositories {
    /// What each registry publishes, by its id.
    pub anchors: BTreeMap<String, Arc<Rendered>>,
}

/// What one registry publishes at one time.
#[derive(Clone, Debug)]
pub struct Rendered {
    /// The trust anchor locator (RFC 8630).
    pub tal: String,
    /// What may be certified below the trust anchor, as rpki-client reads it.
    pub constraints: String,
    /// URI by rsync of the trust anchor's certificate.
    pub certificate: String,
    /// Every current object by its rsync URI, the trust anchor's certificate included.
    pub objects: BTreeMap<String, Bytes>,
    /// When each object was signed, by its rsync URI.
    pub times: BTreeMap<String, Timestamp>,
    /// The repositories as RRDP serves them.
    pub feeds: Vec<Feed>,
}

/// What a relying party finds below a trust anchor in which nothing is wrong.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Payloads {
    /// Origin, prefix as text, greatest length.
    pub vrps: BTreeSet<(u32, String, u32)>,
    /// Providers by customer, ascending.
    pub aspas: BTreeMap<u32, Vec<u32>>,
    /// AS numbers of router keys.
    pub routers: BTreeSet<u32>,
}

impl Repositories {
    /// Renders the repositories of a world at the beginning of an hour.
    ///
    /// # Errors
    ///
    /// [`KeyError`] if the committed test keys cannot be used.
    pub fn of(world: &World, now: Timestamp) -> Result<Self, KeyError> {
        let plans: Vec<&Arc<Plan>> = world.rpki_plans().collect();
        let anchors = plans.into_par_iter().map(|plan| {
            let rendered = world.rpki_cache().rendered(plan, now)?;
            Ok((plan.operator.clone(), rendered))
        });
        Ok(Self {
            anchors: anchors.collect::<Result<_, KeyError>>()?,
        })
    }
}

impl Plan {
    /// Returns what a relying party finds if nothing is wrong; what died repositories say is lost.
    pub fn payloads(&self) -> Payloads {
        let mut found = Payloads::default();
        let alive = |a: &&Authority| self.repository(a).is_some_and(|r| r.died.is_none());
        for product in self.authorities().filter(alive).flat_map(|a| &a.products) {
            match &product.what {
                What::Roa { origin, prefixes } => found.vrps.extend(prefixes.iter().map(|p| {
                    let block = Prefix {
                        most: p.length,
                        ..*p
                    };
                    (*origin, block.to_string(), p.most)
                })),
                What::Aspa {
                    customer,
                    providers,
                } => found.aspas.entry(*customer).or_default().extend(providers),
                What::Router { asn } => {
                    found.routers.insert(*asn);
                }
                What::Tak
                | What::Consensus
                | What::Ghostbusters { .. }
                | What::PrefixList { .. }
                | What::Checklist { .. } => {}
            }
        }
        found
    }

    /// Returns every object that is current at a time by its rsync URI, the trust anchor's
    /// certificate included, without the files of RRDP around them.
    ///
    /// # Errors
    ///
    /// [`KeyError`] if the committed test keys cannot be used.
    pub fn objects(&self, now: Timestamp) -> Result<BTreeMap<String, Bytes>, KeyError> {
        let hour = issue::hour(now);
        let spots = Spot::all(self)?;
        let mut all = Vec::new();
        for anchor in Spot::anchors(&spots) {
            all.push(anchor.anchor(hour)?);
        }
        for spot in &spots {
            all.extend(spot.publish(hour)?);
        }
        Ok(all.into_iter().map(|one| (one.uri, one.octets)).collect())
    }

    /// Renders everything at an hour.
    fn render(&self, hour: Hour) -> Result<Rendered, KeyError> {
        let spots = Spot::all(self)?;
        let before = Self {
            sudden: Vec::new(),
            ..self.clone()
        };
        let before = Spot::all(&before)?;
        let mut made: HashMap<(usize, Hour, bool), Vec<Published>> = HashMap::new();
        let mut feeds = Vec::new();
        let mut objects = BTreeMap::new();
        let mut times = BTreeMap::new();
        for (index, repository) in self.repositories.iter().enumerate() {
            let newest = repository.died.map_or(hour, |died| died.min(hour));
            let newest = newest - newest.rem_euclid(repository.step);
            let mut states = Vec::new();
            for back in 0..=repository.deltas {
                let back = i64::try_from(back)
                    .unwrap_or(0)
                    .saturating_mul(repository.step);
                let at = newest.saturating_sub(back);
                let mut state = State::new();
                let of_now = at == newest && !self.sudden.is_empty();
                let spots = if of_now { &spots } else { &before };
                for spot in spots.iter().filter(|s| s.authority.repository == index) {
                    let place = (spot.number, spot.issued(at), of_now && spot.sudden);
                    let files = match made.get(&place) {
                        Some(files) => files,
                        None => made.entry(place).or_insert(spot.publish(at)?),
                    };
                    state.extend(files.iter().map(|f| (f.uri.clone(), f.clone())));
                }
                states.push((at, state));
            }
            let acts = self
                .feeds
                .iter()
                .filter(|(name, _)| *name == repository.name);
            let acts: Vec<FeedSpoil> = acts.map(|(_, act)| act.clone()).collect();
            let seed = format!("{}/{}", self.operator, repository.name);
            feeds.push(rrdp::feed(repository, &seed, &states, &acts));
            if let Some((_, state)) = states.into_iter().next() {
                for (uri, object) in state {
                    times.insert(uri.clone(), object.time);
                    objects.insert(uri, object.octets);
                }
            }
        }
        for anchor in Spot::anchors(&spots) {
            let certificate = anchor.anchor(hour)?;
            times.insert(certificate.uri.clone(), certificate.time);
            objects.insert(certificate.uri, certificate.octets);
        }
        let anchor = spots.first().ok_or(KeyError)?;
        Ok(Rendered {
            tal: tal(self, &anchor.key.info().encode()),
            constraints: constraints::text(self),
            certificate: anchor.certificate.clone(),
            objects,
            times,
            feeds,
        })
    }
}

/// Writes a trust anchor locator: comments, URIs, an empty line, the key in lines of 64.
fn tal(plan: &Plan, key: &[u8]) -> String {
    let key = data_encoding::BASE64.encode(key);
    let mut lines: Vec<String> = plan
        .comment
        .iter()
        .map(|line| format!("# {line}"))
        .collect();
    lines.extend(plan.certificate.iter().cloned());
    lines.push(String::new());
    let letters: Vec<char> = key.chars().collect();
    lines.extend(
        letters
            .chunks(64)
            .map(|line| line.iter().collect::<String>()),
    );
    lines.push(String::new());
    lines.join("\n")
}

/// Returns the prefixes of a block of addresses, none with a greater length.
fn prefixes_of(block: &Block) -> Vec<Prefix> {
    let space = block.space;
    let prefix = |(address, length)| Prefix {
        space,
        address,
        length,
        most: length,
    };
    block.prefixes().into_iter().map(prefix).collect()
}

/// Rendered registries, by plan and hour; worlds that came of one another share them.
#[derive(Debug)]
pub(super) struct Cache {
    made: Kept<(Arc<Plan>, Hour), Shown>,
    /// The same for those who ask again with the same plan: to compare plans takes long.
    shown: Kept<(Same, Hour), Shown>,
}

type Shown = Result<Arc<Rendered>, KeyError>;

/// A plan that equals itself alone.
struct Same(Arc<Plan>);

impl PartialEq for Same {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for Same {}

impl Hash for Same {
    fn hash<H: Hasher>(&self, state: &mut H) {
        Arc::as_ptr(&self.0).hash(state);
    }
}

impl Default for Cache {
    fn default() -> Self {
        Self {
            made: Kept::at_most(MOST_KEPT),
            shown: Kept::at_most(MOST_KEPT),
        }
    }
}

impl Cache {
    /// Returns what a registry publishes; renders it if no one has yet.
    pub(super) fn rendered(
        &self,
        plan: &Arc<Plan>,
        now: Timestamp,
    ) -> Result<Arc<Rendered>, KeyError> {
        let hour = issue::hour(now);
        let render = || plan.render(hour).map(Arc::new);
        let make = || self.made.get((Arc::clone(plan), hour), render);
        self.shown.get((Same(Arc::clone(plan)), hour), make)
    }
}
