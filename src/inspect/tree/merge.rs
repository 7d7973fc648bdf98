//! Putting together what the threads found, in the order of the tree.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use jiff::Timestamp;

use super::anchor::{Anchor, Opened};
use super::dark::Expiry;
use super::found::{
    AnchorFound, Aspa, Ca, CaId, Key, Object, ObjectId, Repository, RouterKey, Tree, Validity, Vrp,
    host_of, module_of,
};
use super::holdings::ListedByOwnCa;
use super::labels::{Place, Tier};
use super::look::{Glance, Look};
use super::object::{Child, Judged, Payload, Row};
use super::options::Options;
use super::outcome::{CaOutcome, Failure, Kind, Outcome, Reason, Refusal};
use super::point::Dropped;
use super::resources::Resources;
use super::samples::Samples;
use super::sampling::{ASPA, CA, ROA, ROUTER, TAK};
use super::walk::{Done, Pending};
use crate::verdict::Operator;

/// A tree that is being built.
#[derive(Debug)]
pub(super) struct Builder<'a> {
    pub(super) tree: Tree,
    options: &'a Options,
    anchor_host: String,
    /// How many certificates each key with a publication point has so far.
    certificates: HashMap<(Key, Arc<str>), u32>,
    repositories: HashMap<(Option<Arc<str>>, Arc<str>), u32>,
    texts: HashSet<Arc<str>>,
    payloads: usize,
}

impl<'a> Builder<'a> {
    pub(super) fn new(anchor: AnchorFound, now: Timestamp, options: &'a Options) -> Self {
        Self {
            tree: Tree {
                now,
                anchor,
                cas: Vec::new(),
                objects: Vec::new(),
                vrps: Vec::new(),
                aspas: Vec::new(),
                router_keys: Vec::new(),
                repositories: Vec::new(),
                samples: Samples::default(),
                cancelled: false,
                own_listed: Vec::new(),
            },
            options,
            anchor_host: String::new(),
            certificates: HashMap::new(),
            repositories: HashMap::new(),
            texts: HashSet::new(),
            payloads: 0,
        }
    }

    /// Returns the tree as far as it was walked.
    pub(super) fn finish(self) -> Tree {
        self.tree
    }

    /// Shows the trust anchor's certificate to the hook.
    pub(super) fn show_anchor<L: Look>(&self, anchor: &Anchor, look: &L, tally: &mut L::Tally) {
        let glance = Glance {
            uri: &anchor.uri,
            kind: Kind::TrustAnchor,
            octets: &anchor.certificate,
            outcome: &self.tree.anchor.outcome,
            ca: CaId(0),
            operator: Operator::RirService,
            tier: Tier::Anchor,
            depth: 0,
            now: self.tree.now,
        };
        look.object(&glance, tally);
    }

    /// Begins the tree with the trust anchor's CA.
    pub(super) fn root(&mut self, opened: Opened) -> Pending {
        let Opened { cert, child } = opened;
        host_of(&child.publication_point).clone_into(&mut self.anchor_host);
        let validity = self.tree.anchor.validity.unwrap_or(Validity::new(0, 0));
        let place = Issued {
            parent: None,
            certificate: None,
            cert: Some(&cert),
            validity,
        };
        let id = self.add(&child, place, CaOutcome::NotWalked);
        Pending { id, cert }
    }

    /// Takes in a publication point that was walked; CAs that are to be walked go to `next`.
    pub(super) fn take(&mut self, pending: &Pending, done: Done, next: &mut Vec<Pending>) {
        let start = ObjectId::after(self.tree.objects.len());
        let (judged, dropped) = match done.judged {
            Ok(judged) => {
                let dropped = failed_file(&judged);
                (judged, dropped)
            }
            Err(dropped) => (Vec::new(), Some(dropped)),
        };
        let whole = dropped.is_none();
        if let Some(ca) = self.tree.cas.get_mut(pending.id.index()) {
            ca.manifest = done.head.manifest;
            ca.crl = done.head.crl;
            ca.outcome =
                dropped.map_or(CaOutcome::Accepted, |(failure, words)| CaOutcome::Failed {
                    failure,
                    words: words.into_boxed_str(),
                });
            if whole {
                limit_by_own(ca);
            }
        }
        if whole {
            self.sample_point(pending.id);
        }
        for row in done.head.rows {
            self.push(pending.id, row, whole);
        }
        for one in judged {
            let Judged {
                row,
                payload,
                listed,
            } = one;
            let object = self.push(pending.id, row, whole);
            self.take_payload(pending, object, payload, next);
            let accepted = self.outcome_is(object, &Outcome::Accepted);
            let kind = self.tree.object(object).map(|object| object.kind);
            if accepted && kind == Some(Kind::Tak) {
                self.sample_object(object, &TAK, 1);
            }
            if let Some((addresses, asns)) = listed.filter(|_| accepted).map(|l| *l) {
                self.tree.own_listed.push(ListedByOwnCa {
                    object,
                    addresses,
                    asns,
                });
            }
        }
        let end = ObjectId::after(self.tree.objects.len());
        if let Some(ca) = self.tree.cas.get_mut(pending.id.index()) {
            ca.objects = start.0..end.0;
        }
    }

    /// Appends an object; one that would count does not where its publication point is not whole.
    fn push(&mut self, ca: CaId, row: Row, whole: bool) -> ObjectId {
        let id = ObjectId::after(self.tree.objects.len());
        let outcome = match row.outcome {
            Outcome::Accepted | Outcome::Ignored if !whole => Outcome::Dropped,
            outcome @ (Outcome::Accepted
            | Outcome::Ignored
            | Outcome::Refused(_)
            | Outcome::Dropped) => outcome,
        };
        self.tree.objects.push(Object {
            ca,
            kind: row.kind,
            size: row.size,
            name: row.name,
            validity: row.validity,
            certified: row.certified,
            outcome,
        });
        id
    }

    fn outcome_is(&self, object: ObjectId, outcome: &Outcome) -> bool {
        self.tree
            .object(object)
            .is_some_and(|object| object.outcome == *outcome)
    }

    fn refuse(&mut self, object: ObjectId, refusal: Refusal) {
        if let Some(object) = self.tree.objects.get_mut(object.index()) {
            object.outcome = refusal.into();
        }
    }

    fn take_payload(
        &mut self,
        pending: &Pending,
        object: ObjectId,
        payload: Payload,
        next: &mut Vec<Pending>,
    ) {
        let accepted = self.outcome_is(object, &Outcome::Accepted);
        match payload {
            Payload::Ca(child) => self.take_ca(pending.id, object, &child, next),
            Payload::Roa(roa) if accepted => {
                let (asn, prefixes) = *roa;
                if self.has_room(object, prefixes.len()) {
                    self.sample_object(object, &ROA, prefixes.len());
                    let vrp = |(prefix, max_length)| Vrp {
                        asn,
                        prefix,
                        max_length,
                        object,
                    };
                    self.tree.vrps.extend(prefixes.into_iter().map(vrp));
                }
            }
            Payload::Aspa(aspa) if accepted => {
                let (customer, providers) = *aspa;
                if self.has_room(object, providers.len()) {
                    self.sample_object(object, &ASPA, providers.len());
                    self.tree.aspas.push(Aspa {
                        customer,
                        providers,
                        object,
                    });
                }
            }
            Payload::Router(router) if accepted => {
                self.sample_object(object, &ROUTER, 1);
                self.tree.router_keys.push(RouterKey {
                    asns: router.asns,
                    key: router.key,
                    spki: router.spki,
                    object,
                });
            }
            Payload::Nothing | Payload::Roa(_) | Payload::Aspa(_) | Payload::Router(_) => {}
        }
    }

    /// Says whether so many more payloads are kept; if not, the object is refused.
    fn has_room(&mut self, object: ObjectId, payloads: usize) -> bool {
        let most = self.options.limits.payloads;
        let all = self.payloads.saturating_add(payloads);
        if all > most {
            let words = format!("at most {most} payloads of a tree are kept");
            self.refuse(object, Refusal::new(Reason::TooManyPayloads, words));
            return false;
        }
        self.payloads = all;
        true
    }

    fn take_ca(&mut self, parent: CaId, object: ObjectId, child: &Child, next: &mut Vec<Pending>) {
        let room = self.tree.cas.len() < self.options.limits.cas;
        if self.outcome_is(object, &Outcome::Accepted) {
            let most = self.options.limits.cas;
            let words = || format!("at most {most} CAs of a tree are walked");
            let full = (!room).then(|| Refusal::new(Reason::TooManyCas, words()));
            if let Some(refusal) = full.or_else(|| self.bound(parent, child)) {
                self.refuse(object, refusal);
            }
        }
        let row = self.tree.object(object);
        let (Some(row), true) = (row, room) else {
            return;
        };
        let outcome = match &row.outcome {
            Outcome::Accepted => CaOutcome::NotWalked,
            Outcome::Refused(refusal) => CaOutcome::Refused(refusal.clone()),
            Outcome::Dropped | Outcome::Ignored => CaOutcome::Dropped,
        };
        let goes_on = outcome == CaOutcome::NotWalked;
        let cert = child.cert.as_ref().filter(|_| goes_on);
        let place = Issued {
            parent: Some(parent),
            certificate: Some(object),
            cert,
            validity: row.validity.unwrap_or(Validity::new(0, 0)),
        };
        let id = self.add(child, place, outcome);
        if let Some(cert) = cert {
            let cert = Arc::clone(cert);
            next.push(Pending { id, cert });
        }
    }

    /// Says which bound a CA meets that would stand below another one.
    fn bound(&mut self, parent: CaId, child: &Child) -> Option<Refusal> {
        let limits = &self.options.limits;
        let mut above = self.tree.ca(parent);
        let depth = above.map_or(0, |ca| ca.depth);
        if depth >= limits.depth {
            let words = format!(
                "it would be deeper than {} below the trust anchor",
                limits.depth
            );
            return Some(Refusal::new(Reason::TooDeep, words));
        }
        while let Some(ca) = above {
            if ca.key == child.key {
                let words = format!("its key {} is that of a CA above it", child.key);
                return Some(Refusal::new(Reason::Circle, words));
            }
            above = ca.parent.and_then(|id| self.tree.ca(id));
        }
        let point = self.text(&child.publication_point);
        let certificates = self.certificates.entry((child.key, point)).or_default();
        if *certificates >= limits.certificates_per_key {
            let words = format!(
                "its key {} has {certificates} other certificates",
                child.key
            );
            return Some(Refusal::new(Reason::TooManyForKey, words));
        }
        *certificates += 1;
        None
    }

    /// Appends a CA.
    fn add(&mut self, child: &Child, issued: Issued<'_>, outcome: CaOutcome) -> CaId {
        let id = CaId::after(self.tree.cas.len());
        let above = issued.parent.and_then(|id| self.tree.ca(id));
        let place = Place {
            parent: above.map(|ca| (ca.operator, ca.host())),
            host: host_of(&child.publication_point),
            anchor_host: &self.anchor_host,
        };
        let role = self.options.labels.role(&child.key, place);
        let operator = self.options.labels.operator(role, place);
        let mut expiry = above.map_or_else(Expiry::default, |ca| ca.expiry);
        let signer = above.map_or(Tier::Anchor, Ca::tier);
        expiry.limit(signer, issued.validity.not_after());
        let resources = issued.cert.map_or_else(Resources::default, |cert| {
            Resources::of(cert, above.map(|ca| &ca.resources))
        });
        let depth = above.map_or(0, |ca| ca.depth.saturating_add(1));
        let publication_point = self.text(&child.publication_point);
        let notify = child.notify.as_deref().map(|uri| self.text(uri));
        let repository = self.repository(&publication_point, notify.as_ref());
        if outcome.is_certified() {
            let of = (role.tier(), operator);
            self.sample_validity(CA, of, issued.validity);
        }
        self.tree.cas.push(Ca {
            parent: issued.parent,
            certificate: issued.certificate,
            depth,
            key: child.key,
            role,
            operator,
            validity: issued.validity,
            publication_point,
            manifest_name: child.manifest_name.as_str().into(),
            notify,
            repository,
            resources,
            trims: child.trims,
            outcome,
            manifest: None,
            crl: None,
            objects: 0..0,
            expiry,
        });
        id
    }

    /// Returns a text, the same one as before where it is known: repositories come again and again.
    fn text(&mut self, text: &str) -> Arc<str> {
        if let Some(known) = self.texts.get(text) {
            return Arc::clone(known);
        }
        let new: Arc<str> = Arc::from(text);
        self.texts.insert(Arc::clone(&new));
        new
    }

    /// Returns the row of a repository and counts one more CA there.
    fn repository(&mut self, point: &str, notify: Option<&Arc<str>>) -> u32 {
        let module = self.text(module_of(point));
        let rows = self.tree.repositories.len();
        let new = u32::try_from(rows).unwrap_or(u32::MAX);
        let name = (notify.cloned(), Arc::clone(&module));
        let row = *self.repositories.entry(name).or_insert(new);
        if row == new {
            self.tree.repositories.push(Repository {
                notify: notify.cloned(),
                module,
                cas: 0,
            });
        }
        let index = usize::try_from(row).unwrap_or(usize::MAX);
        if let Some(repository) = self.tree.repositories.get_mut(index) {
            repository.cas = repository.cas.saturating_add(1);
        }
        row
    }
}

/// Where a CA's certificate comes from.
#[derive(Clone, Copy, Debug)]
struct Issued<'a> {
    parent: Option<CaId>,
    certificate: Option<ObjectId>,
    /// The validated certificate; `None` if it does not count.
    cert: Option<&'a Arc<rpki::repository::ResourceCert>>,
    validity: Validity,
}

/// Limits a CA's expiry by what it signs itself for its publication point.
fn limit_by_own(ca: &mut Ca) {
    let tier = ca.tier();
    if let Some(manifest) = ca.manifest {
        ca.expiry.limit(tier, manifest.next_update);
        ca.expiry.limit(tier, manifest.not_after);
    }
    if let Some(crl) = ca.crl {
        ca.expiry.limit(tier, crl.next_update);
    }
}

/// What of one file drops its whole publication point.
const FAILED: [(Reason, Failure); 3] = [
    (Reason::Missing, Failure::FileMissing),
    (Reason::HashMismatch, Failure::HashMismatch),
    (Reason::TooLarge, Failure::TooLarge),
];

/// Returns the first listed file for which the fetch of a publication point failed.
fn failed_file(judged: &[Judged]) -> Option<Dropped> {
    judged.iter().find_map(|one| {
        let refusal = one.row.outcome.refusal()?;
        let (_, failure) = FAILED
            .iter()
            .find(|(reason, _)| *reason == refusal.reason)?;
        let words = format!("`{}`: {}", one.row.name, refusal.words);
        Some((*failure, words))
    })
}
