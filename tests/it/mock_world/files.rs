//! Published files: conditional requests, codings and faults, the same for every file.

use quintet::mock::fault::Fault;
use quintet::mock::{Answer, Request, World, answer};
use quintet::yaml::Source;

use super::{five, get, now};

/// A file that does not change.
const README: &str = "https://ftp.ripe.test/pub/stats/ripencc/README";

fn ask(request: &Request) -> Answer {
    answer(&five(), request, now())
}

/// Returns the world with a fault of RIPE NCC whose `change` is given.
fn with(change: &str) -> World {
    let text = format!("fault: x\ntitle: x\nregistry: ripe-ncc\nchange:\n{change}");
    let source = Source {
        name: "fault".into(),
        text: text.into(),
    };
    let fault = Fault::read(&source).unwrap_or_else(|e| panic!("{e:?}"));
    five().with_fault(&fault).unwrap()
}

#[test]
fn a_file_is_served_in_the_clear_too() {
    let sealed = get(&five(), README);
    let clear = get(&five(), &README.replace("https:", "http:"));
    assert_eq!(sealed.status, 200);
    assert_eq!(sealed.header("content-type"), Some("text/plain"));
    assert_eq!(sealed.body, clear.body);
    assert_eq!(get(&five(), "https://ftp.ripe.test/nothing").status, 404);
}

#[test]
fn a_client_that_has_a_file_is_told_so() {
    let first = get(&five(), README);
    let tag = first.header("etag").unwrap();
    let time = first.header("last-modified").unwrap();
    for (name, value, status) in [
        ("if-none-match", tag, 304),
        ("if-none-match", "\"other\"", 200),
        ("if-none-match", "*", 304),
        ("if-modified-since", time, 304),
        ("if-modified-since", "Thu, 01 Jan 1970 00:00:00 GMT", 200),
    ] {
        let again = ask(&Request::get(README).with_header(name, value));
        assert_eq!(again.status, status, "{name}: {value}");
        assert_eq!(again.body.is_empty(), status == 304);
        assert_eq!(again.header("etag"), Some(tag));
    }
}

#[test]
fn a_coded_file_has_a_tag_of_its_own() {
    let plain = get(&five(), README);
    let packed = ask(&Request::get(README).with_header("accept-encoding", "gzip"));
    assert_eq!(packed.header("content-encoding"), Some("gzip"));
    assert_ne!(packed.header("etag"), plain.header("etag"));
    let tag = packed.header("etag").unwrap();
    let again = Request::get(README).with_header("accept-encoding", "gzip");
    assert_eq!(ask(&again.with_header("if-none-match", tag)).status, 304);
}

#[test]
fn only_reading_is_allowed() {
    let head = ask(&Request::get(README).with_method("HEAD"));
    let whole = get(&five(), README);
    assert_eq!(head.status, 200);
    assert!(head.body.is_empty());
    assert_eq!(
        head.header("content-length"),
        whole.header("content-length")
    );
    assert_eq!(ask(&Request::get(README).with_method("PUT")).status, 405);
}

#[test]
fn a_fault_edits_a_file_by_its_path() {
    let edits = "edits: [{ replace: Delegated, with: Other }]";
    let broken = with(&format!("  file: {{ path: \"*/README\", {edits} }}"));
    let text = String::from_utf8(get(&broken, README).body.octets().to_vec()).unwrap();
    assert!(text.starts_with("Other statistics"), "{text}");
    for change in [
        format!("  file: {{ path: \"*/LICENSE\", {edits} }}"),
        format!("  file: {{ path: \"*/README\", iana: true, {edits} }}"),
    ] {
        assert_eq!(get(&with(&change), README), get(&five(), README));
    }
}

#[test]
fn a_fault_of_answers_meets_files_only_where_it_says_so() {
    for (on, status) in [("file", 500), ("all", 200), ("error", 200), ("rpki", 200)] {
        let broken = with(&format!("  http: {{ on: [{on}], status: 500 }}"));
        assert_eq!(get(&broken, README).status, status, "{on}");
    }
    let silent = with("  wire: { service: files, kind: cut }");
    assert_ne!(get(&silent, README).wire, get(&five(), README).wire);
}
