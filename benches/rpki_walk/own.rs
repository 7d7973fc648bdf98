//! Our own parts, each in a process of its own.

use std::collections::{BTreeSet, HashMap};
use std::fmt::Write as _;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    KeyPair as _, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, RsaKeyPair, UnparsedPublicKey,
};
use bytes::Bytes;
use jiff::Timestamp;
use quintet::inspect::constraints;
use quintet::inspect::rrdp::{Limits, Reading, Tally, read_notification, read_snapshot};
use quintet::inspect::tree::{
    self, Anchor, NoLook, Objects as _, Options, Scope, SyntaxRules, Tier, Tree,
};
use quintet::mock::rpki::Generated;
use quintet::probe::capture::{Pack, Store};
use rayon::prelude::*;
use rpki::repository::sigobj::SignedObject;
use rpki::repository::{Cert, Crl};

use super::Measured;

/// The parts, in the order of a round.
pub(super) const PARTS: [&str; 4] = ["plain", "rules", "rsa", "snapshot"];

/// Names of rows.
pub(super) const PLAIN: &str = "quintet, walk without rules";
pub(super) const RULES: &str = "quintet, walk with all rules";
pub(super) const COLD: &str = "quintet, snapshot to payloads";
pub(super) const TABLES: &str = "quintet, tables of the tree";
pub(super) const RSA: &str = "RSA verifications alone";
pub(super) const SHA: &str = "SHA-256 over the snapshot";
pub(super) const SNAPSHOT: &str = "quintet, snapshot with rules";
pub(super) const STORE: &str = "quintet, snapshot into store";

/// Octets that the signature of a signed object covers: three attributes.
const ATTRIBUTES: usize = 107;

/// What this process has spent.
pub(super) struct Spent {
    wall: Instant,
    cpu: Duration,
}

impl Spent {
    pub(super) fn now() -> Self {
        Self {
            wall: Instant::now(),
            cpu: own_cpu(),
        }
    }

    pub(super) fn until_now(&self) -> Measured {
        Measured {
            wall: self.wall.elapsed(),
            cpu: own_cpu().saturating_sub(self.cpu),
            ..Measured::default()
        }
    }
}

/// Returns the CPU time of all living threads of this process: to the nanosecond, where `/proc/self/stat` has hundredths.
fn own_cpu() -> Duration {
    let threads = fs::read_dir("/proc/self/task").unwrap();
    let spent = |folder: PathBuf| -> u64 {
        let text = fs::read_to_string(folder.join("schedstat")).unwrap_or_default();
        text.split_whitespace()
            .next()
            .and_then(|n| n.parse().ok())
            .unwrap_or(0)
    };
    Duration::from_nanos(threads.map(|thread| spent(thread.unwrap().path())).sum())
}

/// Runs a part in a process of its own and reads what it says.
pub(super) fn measure(part: &str, folder: &Path, work: &Path) -> Vec<(String, Measured)> {
    let result = work.join("payloads.csv");
    drop(fs::remove_file(&result));
    let mut child = Command::new(std::env::current_exe().unwrap());
    child.arg("--child").arg(part).arg(folder).arg(&result);
    let output = child.output().unwrap();
    let words = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success(),
        "{part} ended with {}:\n{words}",
        output.status
    );
    let text = String::from_utf8(output.stdout).unwrap();
    let payloads: BTreeSet<String> = fs::read_to_string(&result)
        .unwrap_or_default()
        .lines()
        .map(str::to_owned)
        .collect();
    let number = |field: Option<&str>| field.unwrap().parse().unwrap();
    text.lines()
        .map(|line| {
            let mut fields = line.split('\t');
            let name = fields.next().unwrap().to_owned();
            let measured = Measured {
                cpu: Duration::from_nanos(number(fields.next())),
                wall: Duration::from_nanos(number(fields.next())),
                memory: number(fields.next()),
                payloads: match name.as_str() {
                    PLAIN | RULES => payloads.clone(),
                    _ => BTreeSet::new(),
                },
            };
            (name, measured)
        })
        .collect()
}

/// Measures a part in this process and says what it took.
pub(super) fn run(part: &str, folder: &Path, result: &Path) {
    let parts = Generated::within(folder);
    let snapshot = snapshot(&parts);
    match part {
        "plain" | "rules" => walk(part == "rules", &parts, &snapshot, result),
        "rsa" => rsa(&parts, &snapshot),
        "snapshot" => read(&snapshot),
        other => panic!("no part `{other}`"),
    }
}

fn say(name: &str, measured: &Measured) {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let memory = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let memory = memory
        .and_then(|rest| rest.split_whitespace().next())
        .unwrap();
    println!(
        "{name}\t{}\t{}\t{memory}",
        measured.cpu.as_nanos(),
        measured.wall.as_nanos()
    );
}

/// Returns where the snapshot is.
fn snapshot(parts: &Generated) -> PathBuf {
    let never = AtomicBool::new(false);
    let file = File::open(&parts.notification).unwrap();
    let found = read_notification(
        file,
        &reading("notification.xml", &never),
        &mut Tally::new(),
    );
    let url = found.snapshot.unwrap().uri;
    let (_, path) = url
        .strip_prefix("https://")
        .unwrap()
        .split_once('/')
        .unwrap();
    parts.served.join(path)
}

fn reading<'a>(url: &'a str, never: &'a AtomicBool) -> Reading<'a> {
    Reading {
        url,
        limits: Limits::DEFAULT,
        authorities: &[],
        cancel: never,
    }
}

fn capture(snapshot: &Path) -> Store {
    let never = AtomicBool::new(false);
    let mut pack = Pack::create(&std::env::temp_dir()).unwrap();
    let file = File::open(snapshot).unwrap();
    let seen = pack.snapshot(file, &reading("snapshot.xml", &never), &mut Tally::new());
    assert_eq!(seen.stopped, None);
    pack.finish().unwrap()
}

fn anchor(parts: &Generated) -> Anchor {
    let certificate = fs::read(&parts.certificate).unwrap().into();
    Anchor::of_tal("bench", &fs::read(&parts.tal).unwrap(), certificate).unwrap()
}

fn walk(rules: bool, parts: &Generated, snapshot: &Path, result: &Path) {
    // The threads live before, so that their time is counted from its beginning.
    rayon::broadcast(|_| ());
    let before = Spent::now();
    let store = capture(snapshot);
    let captured = before.until_now();
    let now = Timestamp::now();
    let before = Spent::now();
    let anchor = anchor(parts);
    let options = Options::default();
    let tree = if rules {
        let (tree, found) = tree::walk_with(&anchor, &store, now, &options, &SyntaxRules);
        let published = store.iter().map(|(uri, _)| uri);
        let strays = tree.strays(published);
        let of_tree = tree::rules::look(&tree, &strays);
        let held = constraints::look(&tree, None, false);
        assert!(!found.is_empty() && !of_tree.is_empty() && !held.is_empty());
        tree
    } else {
        tree::walk_with(&anchor, &store, now, &options, &NoLook).0
    };
    write(&tree, result);
    let walked = before.until_now();
    let refused = tree
        .objects
        .iter()
        .filter(|o| o.outcome.refusal().is_some())
        .count();
    assert_eq!(refused, 0, "objects were refused");
    if rules {
        say(RULES, &walked);
        let both = Measured {
            wall: captured.wall + walked.wall,
            cpu: captured.cpu + walked.cpu,
            ..captured
        };
        say(COLD, &both);
        say(TABLES, &tables(&tree));
    } else {
        say(PLAIN, &walked);
    }
}

/// Makes of a tree what the probe `rpki_tree` tells of it beside its payloads.
fn tables(tree: &Tree) -> Measured {
    let before = Spent::now();
    let holdings = tree.holdings();
    let told = (tree.census(), tree.endings(), tree.repeated());
    let told = (told, tree.outliving(), tree.longest_number());
    let tiers = [Tier::Anchor, Tier::Intermediate, Tier::Member].map(Some);
    let dark = tiers.into_iter().chain([None]).map(|tier| {
        let operator = None;
        tree.dark_clock(Scope { tier, operator }).len()
    });
    let dark: usize = dark.sum();
    let spent = before.until_now();
    assert!(dark > 0 && !holdings.addresses.is_empty());
    drop(told);
    spent
}

/// Writes payloads as other validators do, each once.
fn write(tree: &Tree, result: &Path) {
    let mut all: Vec<_> = tree.vrps.iter().map(tree::Vrp::payload).collect();
    all.sort_unstable();
    all.dedup();
    let mut text = String::new();
    for (prefix, longest, asn) in all {
        writeln!(text, "{asn},{prefix},{longest}").unwrap();
    }
    fs::write(result, text).unwrap();
}

/// Verifies every certificate's signature, every list's, and for each signed object one over as many octets as it signs.
fn rsa(parts: &Generated, snapshot: &Path) {
    rayon::broadcast(|_| ());
    let store = capture(snapshot);
    let anchor = Cert::decode(Bytes::from(fs::read(&parts.certificate).unwrap())).unwrap();
    let mut issuers = HashMap::new();
    let mut certificates = vec![anchor.clone()];
    let mut lists = Vec::new();
    let mut signed = 0_usize;
    issuers.insert(anchor.subject_key_identifier(), anchor);
    for (uri, _) in store.iter() {
        let octets = store.read(uri).unwrap();
        if uri.ends_with(".cer") {
            let certificate = Cert::decode(octets).unwrap();
            issuers.insert(certificate.subject_key_identifier(), certificate.clone());
            certificates.push(certificate);
        } else if uri.ends_with(".crl") {
            lists.push(Crl::decode(octets).unwrap());
        } else {
            certificates.push(SignedObject::decode(octets, true).unwrap().cert().clone());
            signed += 1;
        }
    }
    let key = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
    let public = key.public_key().as_ref();
    let message = [7; ATTRIBUTES];
    let mut signature = vec![0; key.public_modulus_len()];
    let random = aws_lc_rs::rand::SystemRandom::new();
    key.sign(&RSA_PKCS1_SHA256, &random, &message, &mut signature)
        .unwrap();
    let before = Spent::now();
    certificates.par_iter().for_each(|certificate| {
        let issuer = certificate.authority_key_identifier();
        let issuer = issuer.unwrap_or_else(|| certificate.subject_key_identifier());
        certificate
            .verify_signature(&issuers[&issuer], true)
            .unwrap();
    });
    lists.par_iter().for_each(|list| {
        let issuer = &issuers[list.authority_key_identifier()];
        list.verify_signature(issuer.subject_public_key_info())
            .unwrap();
    });
    (0..signed).into_par_iter().for_each(|_| {
        let public = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, public);
        public.verify(&message, &signature).unwrap();
    });
    say(RSA, &before.until_now());
}

fn read(snapshot: &Path) {
    let octets = fs::read(snapshot).unwrap();
    let before = Spent::now();
    let hash = digest(&SHA256, &octets);
    say(SHA, &before.until_now());
    assert_eq!(hash.as_ref().len(), 32);
    drop(octets);
    let never = AtomicBool::new(false);
    let before = Spent::now();
    let file = File::open(snapshot).unwrap();
    let seen = read_snapshot(
        file,
        &reading("snapshot.xml", &never),
        &mut (),
        &mut Tally::new(),
    );
    say(SNAPSHOT, &before.until_now());
    assert_eq!(seen.stopped, None);
    let before = Spent::now();
    let store = capture(snapshot);
    say(STORE, &before.until_now());
    assert!(!store.is_empty());
}
