//! The rsync probe and the tal probe against a real rsync daemon on loopback, where rsync is installed.

use std::collections::BTreeMap;
use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use quintet::cli::direct::Direct;
use quintet::cli::world;
use quintet::clock::{Clock, RealClock};
use quintet::fact::{Facts, Key, Observation, Skipped, Subject, Value};
use quintet::inspect::tree::Objects as _;
use quintet::mock::serve::Options as ServeOptions;
use quintet::probe::capture::Store;
use quintet::probe::{Argument, Ask, Limits, PROBES, Service};
use quintet::transport::live::Live;
use quintet::transport::options::{LiveOptions, Place};
use quintet::transport::program::Tree;
use quintet::transport::recorded::Recorded;
use quintet::transport::replaying::Replaying;
use quintet::transport::{Answer, Family, Recorder, Recording, Transport, machine};

use crate::fault_walk::cases::Nobody;
use crate::folder::Folder;
use crate::mock_world::five;
use crate::oracles::installed;
use crate::whole_suite::{self, Beside};

/// A daemon with one module, on a port of its own.
struct Daemon {
    child: Child,
    at: SocketAddr,
    folder: Folder,
}

impl Drop for Daemon {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

impl Daemon {
    /// Starts a daemon over some files; `None` if rsync is not installed here.
    fn start(name: &str, fill: impl FnOnce(&std::path::Path)) -> Option<Self> {
        if !installed("rsync") {
            return None;
        }
        let folder = Folder::new(name);
        let module = folder.path().join("repo");
        fs::create_dir_all(&module).unwrap();
        fill(&module);
        // Another process may take the port between asking for it and the daemon's start: then it is tried again.
        for _ in 0..10 {
            let port = {
                let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
                listener.local_addr().unwrap().port()
            };
            let settings = folder.path().join("rsyncd.conf");
            let text = format!(
                "port = {port}\naddress = 127.0.0.1\nuse chroot = false\nreverse lookup = no\n\
                 [repo]\ncomment = the repository\npath = {}\nread only = true\n",
                module.display()
            );
            fs::write(&settings, text).unwrap();
            let mut child = Command::new("rsync")
                .args(["--daemon", "--no-detach", "--config"])
                .arg(&settings)
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .unwrap();
            let at = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
            for _ in 0..100_000 {
                if TcpStream::connect(at).is_ok() {
                    return Some(Self { child, at, folder });
                }
                if child.try_wait().unwrap().is_some() {
                    break;
                }
                std::thread::yield_now();
            }
            child.kill().ok();
            child.wait().ok();
        }
        panic!("no rsync daemon could be started");
    }

    fn options(&self) -> LiveOptions {
        let spool = self.folder.path().join("spool");
        fs::create_dir_all(&spool).unwrap();
        let places =
            BTreeMap::from([(("rpki.test".to_owned(), 873), vec![Place::Address(self.at)])]);
        let mut options = LiveOptions::closed(spool, places, Vec::new());
        options.path = std::env::var("PATH").unwrap();
        options
    }
}

fn key(probe: &str) -> Arc<Key> {
    Arc::new(Key {
        scenario: "rpki.rsync".into(),
        instance: "".into(),
        subject: Subject::Shared,
        asked: None,
        target: "mock".into(),
        probe: probe.into(),
        tick: 0,
        attempt: 1,
        vantage: "here".into(),
    })
}

async fn ask(
    kind: &str,
    subject: &str,
    transport: &dyn Transport,
    arguments: BTreeMap<&'static str, Argument>,
) -> Observation {
    ask_over(kind, subject, transport, arguments, Family::Any).await
}

async fn ask_over(
    kind: &str,
    subject: &str,
    transport: &dyn Transport,
    arguments: BTreeMap<&'static str, Argument>,
    family: Family,
) -> Observation {
    let clock = RealClock::new();
    let probe = PROBES.iter().find(|p| p.kind().name == kind).unwrap();
    probe
        .ask(Ask {
            key: key(kind),
            subject: subject.to_owned(),
            arguments,
            service: Arc::new(Service::default()),
            services: Arc::default(),
            hosts: Arc::default(),
            family,
            limits: Limits {
                body_bytes: 1 << 20,
                decoded_bytes: 1 << 20,
                capture_bytes: 1 << 20,
                depth: 8,
                redirects: 0,
                public_only: false,
            },
            timeout: Duration::from_secs(60),
            earlier: BTreeMap::new(),
            trust_anchors: Arc::from([]),
            earlier_run: None,
            transport,
            clock: &clock,
        })
        .await
}

fn fact(seen: &Observation, path: &str) -> String {
    seen.facts
        .get(path)
        .map_or("(absent)".to_owned(), ToString::to_string)
}

fn fill(module: &std::path::Path) {
    fs::create_dir(module.join("d")).unwrap();
    fs::write(module.join("a.cer"), b"a certificate").unwrap();
    fs::write(module.join("d/b.roa"), b"an attestation").unwrap();
    fs::write(module.join("d/run"), b"#!").unwrap();
    let mode = fs::Permissions::from_mode(0o755);
    fs::set_permissions(module.join("d/run"), mode).unwrap();
    symlink("/etc/passwd", module.join("d/link")).unwrap();
    std::os::unix::net::UnixListener::bind(module.join("d/socket")).unwrap();
}

#[tokio::test]
async fn a_module_is_fetched_recorded_and_replayed() {
    let Some(daemon) = Daemon::start("rsync-fetch", fill) else {
        return;
    };
    let clock: Arc<dyn Clock> = Arc::new(RealClock::new());
    let live = Live::new(daemon.options(), Arc::clone(&clock)).unwrap();
    let memory = Arc::new(quintet::run::Memory::default());
    let recorder: Arc<dyn Recorder> = memory.clone();
    let transport = Recorded::new(Arc::new(live), recorder);
    let url = "rsync://rpki.test/repo/";
    let seen = ask("rsync", url, &transport, BTreeMap::new()).await;
    assert_eq!(seen.failure, None, "{seen:#?}");
    for (path, expected) in [
        ("modules", "[repo]"),
        ("module_listed", "true"),
        ("exit", "0"),
        ("objects.count", "3"),
        ("objects.bytes", "29 B"),
        ("links", "1"),
        ("devices", "1"),
        ("executables", "1"),
        ("strange", "[d/link -> /etc/passwd, d/run]"),
    ] {
        assert_eq!(fact(&seen, path), expected, "{path}: {seen:#?}");
    }
    assert!(fact(&seen, "greeting").starts_with("@RSYNCD: 3"));
    let recording: Arc<dyn Recording> = memory.clone();
    let again = ask(
        "rsync",
        url,
        &Replaying::new(recording, clock),
        BTreeMap::new(),
    )
    .await;
    assert_eq!(again.facts, seen.facts);
    let exchange = memory.find(&key("rsync"), 2).unwrap();
    let Some(Answer::Program(answer)) = &exchange.answer else {
        panic!("{exchange:?}")
    };
    let tree = Tree::open(&answer.tree, 100).unwrap();
    let store = Store::of_tree(tree, url).unwrap();
    assert_eq!(store.len(), 3);
    let octets = store.read("rsync://rpki.test/repo/d/b.roa").unwrap();
    assert_eq!(octets.as_ref(), b"an attestation");
    assert!(store.fetched("rsync://rpki.test/repo/x") && !store.fetched("rsync://b.test/m/x"));
}

#[tokio::test]
async fn without_the_program_nothing_is_asked() {
    let folder = Folder::new("rsync-missing");
    let places = BTreeMap::new();
    let options = LiveOptions::closed(folder.path().to_owned(), places, Vec::new());
    let live = Live::new(options, Arc::new(RealClock::new())).unwrap();
    let seen = ask("rsync", "rsync://rpki.test/repo/", &live, BTreeMap::new()).await;
    let reason = "rsync is not installed".to_owned();
    assert_eq!(seen.skipped, Some(Skipped::Skipped { reason }));
}

/// Asks a transport over a world about the first module of a host.
async fn seen_of(transport: &dyn Transport, family: Family, url: &str) -> Facts {
    let upload = BTreeMap::from([("upload", Argument::Flag(true))]);
    let seen = ask_over("rsync", url, transport, upload, family).await;
    let mut facts = Facts::new();
    for (path, value) in seen.facts.iter() {
        // Which program and which daemon it is, and how fast, is the machine's.
        let of_machine = [
            "version",
            "greeting",
            "protocol",
            "duration",
            "timing.connect",
        ];
        if !of_machine.contains(&path) {
            facts.set(path, value.clone());
        }
    }
    let failure = seen.failure.map(|failure| failure.kind.as_str());
    facts.set("failure", Value::text(failure.unwrap_or_default()));
    facts
}

#[tokio::test]
async fn a_real_daemon_and_the_pure_answer_show_the_same() {
    if !installed("rsync") {
        return;
    }
    let path = std::env::var("PATH").unwrap();
    // What vanishes between two moments cannot be had from files that are there or not.
    for name in [
        "",
        "afrinic-rsync-full",
        "apnic-rsync-hidden",
        "ripe-ncc-rsync-link",
        "afrinic-rsync-pipe",
        "apnic-rsync-executable",
        "arin-rsync-writable",
        "lacnic-rsync-unregistered",
        "apnic-rsync-no-module",
        "afrinic-rsync-refused",
    ] {
        let mut world = five();
        let mut url = "rsync://repository.lacnic.test/rpki/".to_owned();
        if !name.is_empty() {
            let fault = world::fault(&whole_suite::folder(), name).unwrap();
            world = world.with_fault(&fault).unwrap();
            let plan = world.rpki_plan(&fault.registry).unwrap();
            url.clone_from(&plan.repositories[0].base);
        }
        let options = ServeOptions {
            rsync: machine::program(&path, "rsync"),
            ..ServeOptions::default()
        };
        let beside = Beside::with(world.clone(), &options).await;
        let direct = Direct::new(world, whole_suite::clock(), Arc::new(Nobody));
        for family in [Family::Ipv4, Family::Ipv6] {
            if family == Family::Ipv6 && !beside.served.has_ipv6() {
                continue;
            }
            let real = seen_of(&*beside.live, family, &url).await;
            let pure = seen_of(&direct, family, &url).await;
            assert_eq!(real, pure, "{name}");
        }
        beside.close().await;
    }
}

#[tokio::test]
async fn what_is_too_large_or_not_there_is_a_failure() {
    let Some(daemon) = Daemon::start("rsync-large", |module| {
        fs::write(module.join("a"), vec![0; 200_000]).unwrap();
    }) else {
        return;
    };
    let clock: Arc<dyn Clock> = Arc::new(RealClock::new());
    let live = Live::new(daemon.options(), clock).unwrap();
    let small = BTreeMap::from([("size_limit", Argument::Count(100_000))]);
    let seen = ask("rsync", "rsync://rpki.test/repo/", &live, small).await;
    assert_eq!(fact(&seen, "failure"), "body-limit");
    let seen = ask("rsync", "rsync://rpki.test/other/", &live, BTreeMap::new()).await;
    assert_eq!(seen.failure, None, "{seen:#?}");
    assert_eq!(fact(&seen, "refused"), "@ERROR: Unknown module 'other'");
    assert_eq!(fact(&seen, "module_listed"), "false");
}

#[tokio::test]
async fn a_certificate_is_fetched_by_rsync() {
    let Some(daemon) = Daemon::start("rsync-tal", fill) else {
        return;
    };
    let clock: Arc<dyn Clock> = Arc::new(RealClock::new());
    let live = Live::new(daemon.options(), clock).unwrap();
    let text = "rsync://rpki.test/repo/a.cer\n\nQUJD\n";
    let seen = ask("tal", text, &live, BTreeMap::new()).await;
    assert_eq!(seen.failure, None, "{seen:#?}");
    assert_eq!(fact(&seen, "certificates_ok"), "true");
    assert_eq!(fact(&seen, "certificate.bytes"), "13 B");
    assert_eq!(fact(&seen, "keys_match"), "false");
}
