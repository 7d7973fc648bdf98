//! Programs that end well, late, badly or not at all.

use std::collections::BTreeMap;

use super::super::tests::{key, leads, live};
use super::*;
use crate::transport::program::{EntryKind, Tree};
use crate::transport::{Exchange, Family, Request, Transport as _};

fn request(script: &str) -> ProgramRequest {
    ProgramRequest {
        program: "sh".to_owned(),
        arguments: ["-c", script, "sh", "rsync://{place}/m"]
            .map(str::to_owned)
            .to_vec(),
        environment: BTreeMap::from([("A".to_owned(), "b c".to_owned())]),
        host: "rsync.test".to_owned(),
        port: 873,
        address: None,
        family: Family::Any,
        tree_limit: 10_000,
        entry_limit: 100,
        text_limit: 200,
        memory_limit: None,
        files: Files::default(),
        timeout: Duration::from_secs(60),
    }
}

async fn run(request: ProgramRequest) -> Exchange {
    let mut options = leads("rsync.test", 873, &["127.0.0.1:4873".parse().unwrap()]);
    options.path = "/bin:/usr/bin".to_owned();
    let live = live(options);
    live.exchange(&key(), 0, Request::Program(request)).await
}

fn answer(exchange: &Exchange) -> &ProgramAnswer {
    let Some(Answer::Program(answer)) = &exchange.answer else {
        panic!("{exchange:?}")
    };
    answer
}

#[tokio::test]
async fn a_program_has_its_arguments_its_environment_and_a_folder_of_its_own() {
    let script = "echo $1 $A ${HOME:-none} $#; echo wrong >&2; ls; \
                  printf abc > tree/b; ln -s /etc/passwd tree/a; mkdir tree/c; exit 3";
    let seen = run(request(script)).await;
    assert_eq!(seen.failure, None);
    assert_eq!(seen.destination, Some("127.0.0.1:4873".parse().unwrap()));
    let answer = answer(&seen);
    assert_eq!(answer.exit, Some(3));
    assert_eq!(answer.output, "rsync://127.0.0.1:4873/m b c none 1\ntree\n");
    assert_eq!(answer.errors, "wrong\n");
    let tree = Tree::open(&answer.tree, 10).unwrap();
    let kinds: Vec<_> = tree.entries.iter().map(|e| e.kind).collect();
    assert_eq!(kinds, [EntryKind::Link, EntryKind::File, EntryKind::Folder]);
    assert_eq!(tree.read(&tree.entries[1]).unwrap().as_ref(), b"abc");
}

#[tokio::test]
async fn what_it_writes_is_bounded() {
    let script = "head -c 100000 /dev/zero; head -c 100000 /dev/zero >&2";
    let seen = run(request(script)).await;
    let answer = answer(&seen);
    assert!(answer.cut);
    assert_eq!((answer.output.len(), answer.errors.len()), (200, 200));
    for script in [
        "head -c 10001 /dev/zero > tree/a",
        "i=0; while [ $i -lt 101 ]; do : > tree/$i; i=$((i+1)); done",
        "head -c 20000 /dev/zero > tree/a; sleep 600",
    ] {
        let seen = run(request(script)).await;
        assert_eq!(
            seen.failure.unwrap().kind,
            FailureKind::BodyLimit,
            "{script}"
        );
    }
}

#[tokio::test]
async fn it_is_ended_with_all_it_started() {
    let mut late = request("sleep 600 & echo $! > tree/pid; wait");
    late.timeout = Duration::from_millis(300);
    let seen = run(late).await;
    assert_eq!(seen.failure.as_ref().unwrap().kind, FailureKind::Timeout);
    let answer = answer(&seen);
    assert_eq!(answer.exit, None);
    let tree = Tree::open(&answer.tree, 10).unwrap();
    let pid = tree.read(&tree.entries[0]).unwrap();
    let pid = String::from_utf8_lossy(&pid).trim().to_owned();
    // A process that was killed is gone, or waits for its parent to notice.
    let mut state = String::new();
    for _ in 0..10_000 {
        let status = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        state = status.rsplit(") ").next().unwrap_or_default().to_owned();
        if state.is_empty() || state.starts_with(['Z', 'X']) {
            return;
        }
        tokio::task::yield_now().await;
    }
    panic!("{state}");
}

#[tokio::test]
async fn a_program_that_is_missing_is_our_fault() {
    let missing = ProgramRequest {
        program: "no-such-program".to_owned(),
        ..request("")
    };
    let failure = run(missing).await.failure.unwrap();
    assert_eq!(failure.kind, FailureKind::Here);
    let elsewhere = ProgramRequest {
        host: "other.test".to_owned(),
        ..request("")
    };
    assert_eq!(run(elsewhere).await.failure.unwrap().kind, FailureKind::Dns);
}
