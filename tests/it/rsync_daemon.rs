//! The rsync probe and the tal probe against a real rsync daemon on loopback, where rsync is installed.

use std::collections::BTreeMap;
use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use quintet::clock::{Clock, RealClock};
use quintet::fact::{Key, Observation, Subject};
use quintet::inspect::tree::Objects as _;
use quintet::probe::capture::Store;
use quintet::probe::{Argument, Ask, Limits, PROBES, Service};
use quintet::transport::live::Live;
use quintet::transport::options::{LiveOptions, Place};
use quintet::transport::program::Tree;
use quintet::transport::recorded::Recorded;
use quintet::transport::replaying::Replaying;
use quintet::transport::{Answer, Family, Recorder, Recording};

use crate::folder::Folder;
use crate::oracles::installed;

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
    transport: &dyn quintet::transport::Transport,
    arguments: BTreeMap<&'static str, Argument>,
) -> Observation {
    let clock = RealClock::new();
    let probe = PROBES.iter().find(|p| p.kind().name == kind).unwrap();
    probe
        .ask(Ask {
            key: key(kind),
            subject: subject.to_owned(),
            arguments,
            service: Arc::new(Service::default()),
            hosts: Arc::default(),
            family: Family::Any,
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
    let exchange = memory.find(&key("rsync"), 1).unwrap();
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
    assert_eq!(fact(&seen, "failure"), "protocol", "{seen:#?}");
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
