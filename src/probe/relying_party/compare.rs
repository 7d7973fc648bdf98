//! Ours against theirs: which payloads differ, which objects say them, and what became of those.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::hash::Hash;
use std::sync::Arc;

use super::super::capture::{Store, Stores};
use super::super::payloads::{Aspa, Payloads, RouterKey, Vrp, differences, of_tree};
use super::super::redirect;
use crate::fact::{Facts, Value};
use crate::inspect::MAX_FINDINGS;
use crate::inspect::rpki::{Kind, Object};
use crate::inspect::tree::{CaOutcome, Objects as _, Outcome, Tree};
use crate::resource::Asn;

/// Most objects that are searched for payloads which only the validator finds.
const MOST_SEARCHED: usize = 100_000;

/// Publishes the comparison; `complaint` returns what the validator says of an object.
pub(super) fn publish(
    tree: &Tree,
    stores: &Stores,
    theirs: &Payloads,
    facts: &mut Facts,
    complaint: impl Fn(&str) -> Option<String>,
) {
    let ours = of_tree(tree);
    let vrps = Sides::of(&ours.vrps, &theirs.vrps);
    let aspas = theirs.aspas.as_deref().map(|theirs| {
        let ours = ours.aspas.as_deref().unwrap_or_default();
        Sides::of(ours, theirs)
    });
    let keys = theirs.router_keys.as_deref().map(|theirs| {
        let ours = ours.router_keys.as_deref().unwrap_or_default();
        Sides::of(ours, theirs)
    });
    let agrees = vrps.agree()
        && aspas.as_ref().is_none_or(Sides::agree)
        && keys.as_ref().is_none_or(Sides::agree);
    facts.set("agrees", Value::Flag(agrees));
    theirs.publish(facts);
    let mut sources = Sources::default();
    if !agrees {
        sources.find_ours(tree, &vrps, aspas.as_ref(), keys.as_ref());
        sources.find_theirs(tree, stores, &vrps, aspas.as_ref());
    }
    vrps.publish("vrps", facts, |vrp| record_of_vrp(vrp, &sources));
    if let Some(aspas) = &aspas {
        aspas.publish("aspas", facts, |aspa| record_of_aspa(aspa, &sources));
    }
    if let Some(keys) = &keys {
        keys.publish("router_keys", facts, |key| record_of_key(key, &sources));
    }
    let records = sources.records(tree, complaint);
    facts.set("disagreement_list", Value::Records(records));
}

/// Two sets and how they differ.
struct Sides<'a, T> {
    ours: usize,
    theirs: usize,
    only_here: Vec<&'a T>,
    only_there: Vec<&'a T>,
}

impl<'a, T: Ord + Hash> Sides<'a, T> {
    fn of(ours: &'a [T], theirs: &'a [T]) -> Self {
        let (only_here, only_there) = differences(ours, theirs);
        Self {
            ours: ours.len(),
            theirs: theirs.len(),
            only_here,
            only_there,
        }
    }

    const fn agree(&self) -> bool {
        self.only_here.is_empty() && self.only_there.is_empty()
    }

    fn publish(&self, name: &str, facts: &mut Facts, record: impl Fn(&T) -> Facts) {
        let mut set = |path: &str, value| facts.set(format!("{name}.{path}"), value);
        set("count", Value::count(self.theirs));
        set("ours", Value::count(self.ours));
        set("only_here", Value::count(self.only_here.len()));
        set("only_there", Value::count(self.only_there.len()));
        let records = |all: &[&T]| {
            let first = all.iter().take(MAX_FINDINGS);
            Value::Records(first.map(|one| record(one)).collect())
        };
        set("only_here_list", records(&self.only_here));
        set("only_there_list", records(&self.only_there));
    }
}

fn record_of_vrp(vrp: &Vrp, sources: &Sources) -> Facts {
    let (prefix, longest, asn) = vrp;
    let mut record = Facts::new();
    record.set("prefix", Value::text(prefix.to_string()));
    record.set("max_length", Value::Count(i64::from(*longest)));
    record.set("asn", Value::text(asn.to_string()));
    record.set("uri", uri_in(&sources.of_vrps, vrp));
    record
}

fn record_of_aspa(aspa: &Aspa, sources: &Sources) -> Facts {
    let (customer, providers) = aspa;
    let providers = providers.iter().map(|asn| Arc::from(asn.to_string()));
    let mut record = Facts::new();
    record.set("customer", Value::text(customer.to_string()));
    record.set("providers", Value::Texts(providers.collect()));
    record.set("uri", uri_in(&sources.of_aspas, customer));
    record
}

fn record_of_key(key: &RouterKey, sources: &Sources) -> Facts {
    let (asn, id) = key;
    let mut record = Facts::new();
    record.set("asn", Value::text(asn.to_string()));
    record.set("key", Value::text(id.to_string()));
    record.set("uri", uri_in(&sources.of_keys, key));
    record
}

fn uri_in<T: Eq + Hash>(sources: &HashMap<T, Arc<str>>, payload: &T) -> Value {
    Value::text(sources.get(payload).map_or("", |uri| uri))
}

/// How many payloads of an object only one side finds.
#[derive(Clone, Copy, Debug, Default)]
struct Counts {
    here: usize,
    there: usize,
}

/// The objects that say what the sides do not agree about.
#[derive(Debug, Default)]
struct Sources {
    /// The first object that says it, for each payload.
    of_vrps: HashMap<Vrp, Arc<str>>,
    of_aspas: HashMap<Asn, Arc<str>>,
    of_keys: HashMap<RouterKey, Arc<str>>,
    /// The first objects in the order of their URIs.
    objects: BTreeMap<Arc<str>, Counts>,
}

impl Sources {
    /// Counts a payload of an object. Only the first objects are kept.
    fn count(&mut self, uri: &Arc<str>, count: impl FnOnce(&mut Counts)) {
        let is_late = self.objects.len() >= MAX_FINDINGS
            && self
                .objects
                .last_key_value()
                .is_some_and(|(last, _)| uri > last);
        if is_late {
            return;
        }
        count(self.objects.entry(Arc::clone(uri)).or_default());
        if self.objects.len() > MAX_FINDINGS {
            self.objects.pop_last();
        }
    }

    /// Finds the objects of what only we find: accepted ones.
    fn find_ours(
        &mut self,
        tree: &Tree,
        vrps: &Sides<'_, Vrp>,
        aspas: Option<&Sides<'_, Aspa>>,
        keys: Option<&Sides<'_, RouterKey>>,
    ) {
        let wanted: HashSet<&Vrp> = vrps.only_here.iter().copied().collect();
        for vrp in &tree.vrps {
            let payload = vrp.payload();
            if wanted.contains(&payload) {
                let uri = Arc::from(tree.uri_of(vrp.object));
                self.count(&uri, |counts| counts.here += 1);
                self.of_vrps.entry(payload).or_insert(uri);
            }
        }
        let wanted = aspas.map(|sides| sides.only_here.iter().map(|(customer, _)| *customer));
        let wanted: HashSet<Asn> = wanted.into_iter().flatten().collect();
        for aspa in &tree.aspas {
            if wanted.contains(&aspa.customer) {
                let uri = Arc::from(tree.uri_of(aspa.object));
                self.count(&uri, |counts| counts.here += 1);
                self.of_aspas.entry(aspa.customer).or_insert(uri);
            }
        }
        for router in &tree.router_keys {
            let sides = keys.into_iter().flat_map(|sides| &sides.only_here);
            for payload in sides.filter(|(_, key)| *key == router.key) {
                let uri = Arc::from(tree.uri_of(router.object));
                self.count(&uri, |counts| counts.here += 1);
                self.of_keys.entry(**payload).or_insert(uri);
            }
        }
    }

    /// Finds the objects of what only the validator finds: captured ones that we do not accept.
    fn find_theirs(
        &mut self,
        tree: &Tree,
        stores: &Stores,
        vrps: &Sides<'_, Vrp>,
        aspas: Option<&Sides<'_, Aspa>>,
    ) {
        let wanted: HashSet<&Vrp> = vrps.only_there.iter().copied().collect();
        let customers = aspas.map(|sides| sides.only_there.iter().map(|(customer, _)| *customer));
        let customers: HashSet<Asn> = customers.into_iter().flatten().collect();
        if wanted.is_empty() && customers.is_empty() {
            return;
        }
        let accepted: HashSet<String> = tree
            .objects
            .iter()
            .filter(|object| matches!(object.outcome, Outcome::Accepted))
            .map(|object| tree.uri(object))
            .collect();
        let all = stores.0.iter().flat_map(Store::iter);
        let mut uris: Vec<&str> = all
            .map(|(uri, _)| uri)
            .filter(|uri| uri.ends_with(".roa") || uri.ends_with(".asa"))
            .filter(|uri| !accepted.contains(*uri))
            .collect();
        uris.sort_unstable();
        uris.dedup();
        for uri in uris.into_iter().take(MOST_SEARCHED) {
            let Some(octets) = stores.read(uri) else {
                continue;
            };
            let kind = if uri.ends_with(".roa") {
                Kind::Roa
            } else {
                Kind::Aspa
            };
            let object = Object::read(kind, &octets);
            let uri: Arc<str> = Arc::from(uri);
            for payload in object.authorizations() {
                if wanted.contains(&payload) {
                    self.count(&uri, |counts| counts.there += 1);
                    self.of_vrps
                        .entry(payload)
                        .or_insert_with(|| Arc::clone(&uri));
                }
            }
            if let Some((customer, _)) = object.provider_set()
                && customers.contains(&customer)
            {
                self.count(&uri, |counts| counts.there += 1);
                self.of_aspas.entry(customer).or_insert(uri);
            }
        }
    }

    /// Returns a record for each object, with what we make of it and what the validator says.
    fn records(&self, tree: &Tree, complaint: impl Fn(&str) -> Option<String>) -> Vec<Facts> {
        let mut known = HashMap::new();
        if !self.objects.is_empty() {
            let rows = tree.objects.iter().map(|object| (tree.uri(object), object));
            known.extend(rows.filter(|(uri, _)| self.objects.contains_key(uri.as_str())));
        }
        let records = self.objects.iter().map(|(uri, counts)| {
            let object = known.get(&**uri);
            let ca = object.and_then(|object| tree.ca(object.ca));
            let (ours, words) = match object.map(|object| &object.outcome) {
                None => ("unlisted".to_owned(), String::new()),
                Some(Outcome::Refused(refusal)) => (
                    format!("refused/{}", refusal.reason),
                    refusal.words.to_string(),
                ),
                Some(Outcome::Dropped) => {
                    let why = ca.map(|ca| words_of(&ca.outcome));
                    ("dropped".to_owned(), why.unwrap_or_default())
                }
                Some(outcome @ (Outcome::Accepted | Outcome::Ignored)) => {
                    (outcome.as_str().to_owned(), String::new())
                }
            };
            // What costs a whole publication point is said of its manifest.
            let said = complaint(uri).or_else(|| complaint(&ca?.manifest_uri()));
            let said = said.map(|line| redirect::cut(&line)).unwrap_or_default();
            let mut record = Facts::new();
            record.set("uri", Value::text(uri));
            record.set("ours", Value::text(ours));
            record.set("words", Value::text(words));
            record.set("complaint", Value::text(said));
            record.set("only_here", Value::count(counts.here));
            record.set("only_there", Value::count(counts.there));
            record
        });
        records.collect()
    }
}

/// Says why a publication point was dropped.
fn words_of(outcome: &CaOutcome) -> String {
    match outcome {
        CaOutcome::Failed { words, .. } => format!("{}: {words}", outcome.name()),
        CaOutcome::Accepted | CaOutcome::Refused(_) | CaOutcome::Dropped | CaOutcome::NotWalked => {
            outcome.name()
        }
    }
}
