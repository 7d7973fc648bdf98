//! What validators find in the world, and what each fault costs there.

use super::*;

/// Writes the world as it is at a time; what each program does to its copy is its own.
fn written(world: &World, at: Timestamp) -> Folder {
    // rpki-client becomes its own user where root starts it.
    let folder = Folder::for_others("rpki");
    write_tree(&Repositories::of(world, at).unwrap(), folder.path()).unwrap();
    folder
}

/// Returns the current time: validators of old take it from the machine.
fn present() -> Timestamp {
    use quintet::clock::{Clock as _, RealClock};
    RealClock::new().now()
}

/// Reads lines of `AS1,192.0.2.0/24,24,…` behind a heading.
pub(super) fn vrps(path: &Path) -> BTreeSet<(u32, String, u32)> {
    let text = fs::read_to_string(path).unwrap();
    let line = |line: &str| {
        let mut fields = line.split(',');
        let origin = fields.next()?.trim_start_matches("AS").parse().ok()?;
        let prefix = fields.next()?.to_owned();
        Some((origin, prefix, fields.next()?.parse().ok()?))
    };
    text.lines().skip(1).map(|l| line(l).unwrap()).collect()
}

fn by_rpki_client(folder: &Path) -> (BTreeSet<(u32, String, u32)>, String) {
    let text = |path: &Path| path.to_string_lossy().into_owned();
    let (cache, out) = (text(&folder.join("cache")), text(&folder.join("out")));
    fs::create_dir_all(&out).unwrap();
    // Started by root it becomes its own user, who must be able to write.
    if String::from_utf8_lossy(&Command::new("id").arg("-u").output().unwrap().stdout).trim() == "0"
    {
        run("chown", &["-R", "_rpki-client", &cache, &out]);
    }
    let mut tals: Vec<String> = Vec::new();
    for tal in fs::read_dir(folder.join("tals")).unwrap() {
        tals.push(text(&tal.unwrap().path()));
    }
    tals.sort();
    let mut words = vec!["-n", "-v", "-c", "-d", &cache];
    words.extend(tals.iter().flat_map(|tal| ["-t", tal.as_str()]));
    words.push(&out);
    let said = run("rpki-client", &words);
    assert_eq!(said.code, 0, "{}", said.all());
    (vrps(&folder.join("out/csv")), said.all())
}

fn by_fort(folder: &Path) -> (BTreeSet<(u32, String, u32)>, String) {
    let option = |name: &str, path: &str| format!("--{name}={}", folder.join(path).display());
    let said = run(
        "fort",
        &[
            "--mode=standalone",
            "--work-offline",
            &option("tal", "tals"),
            &option("local-repository", "cache"),
            &option("output.roa", "fort.csv"),
            "--validation-log.enabled=true",
            "--validation-log.level=warning",
            "--validation-log.output=console",
        ],
    );
    assert_eq!(said.code, 0, "{}", said.all());
    (vrps(&folder.join("fort.csv")), said.all())
}

#[test]
fn rpki_client_finds_what_the_world_says() {
    if !installed("rpki-client") {
        return;
    }
    let world = five();
    let folder = written(&world, present());
    let (found, said) = by_rpki_client(folder.path());
    assert_eq!(found, payloads(&world).vrps, "{said}");
}

#[test]
fn fort_finds_what_the_world_says() {
    if !installed("fort") {
        return;
    }
    let world = five();
    let folder = written(&world, present());
    let (found, said) = by_fort(folder.path());
    assert_eq!(found, payloads(&world).vrps, "{said}");
}

/// Everything that savanna's ROAs say.
const SAVANNA: &[&str] = &[
    "37100 102.16.0.0/16-20",
    "37100 2c0f:1000::/32-48",
    "327700 102.16.32.0/24-24",
    "327700 102.16.33.0/24-24",
];

/// What the first of them says.
const FIRST: &[&str] = &["37100 102.16.0.0/16-20"];

/// Changes at AFRINIC's member savanna, and what relying parties then do without: a wrong file
/// costs the whole publication point (RFC 9286, section 6.6), a wrong object only itself.
pub(crate) const FAULTS: &[(&str, &str, &[&str])] = &[
    (
        "wrong-hash",
        "{ authority: savanna, object: roa-1, act: wrong-hash }",
        SAVANNA,
    ),
    (
        "missing",
        "{ authority: savanna, object: roa-1, act: missing }",
        SAVANNA,
    ),
    (
        "late-manifest",
        "{ authority: savanna, object: manifest, late_hours: 48 }",
        SAVANNA,
    ),
    (
        "late-crl",
        "{ authority: savanna, object: crl, late_hours: 48 }",
        SAVANNA,
    ),
    (
        "unlisted",
        "{ authority: savanna, object: roa-1, act: unlisted }",
        FIRST,
    ),
    (
        "beyond",
        "{ authority: savanna, object: roa-1, beyond: [102.200.0.0/16] }",
        FIRST,
    ),
    (
        "revoked",
        "{ authority: savanna, object: roa-1, act: revoked }",
        FIRST,
    ),
    (
        "bad-signature",
        "{ authority: savanna, object: roa-1, act: bad-signature }",
        FIRST,
    ),
    (
        "own-provider",
        "{ authority: savanna, object: aspa-1, act: own-provider }",
        &[],
    ),
    // Key usage of savanna's certificate, patched before it is signed: digitalSignature.
    (
        "key-usage",
        "{ authority: afrinic, object: savanna, part: certificate, edits: [{ set: /7/0/3/2/0, to: \"03020780\" }] }",
        SAVANNA,
    ),
    (
        "certificate-revoked",
        "{ authority: afrinic, object: savanna, act: revoked }",
        SAVANNA,
    ),
    // A ROA of version 1: its content is another one, and is signed as such.
    (
        "content",
        "{ authority: savanna, object: roa-1, part: content, edits: [{ set: /0, to: \"0401ff\" }] }",
        FIRST,
    ),
];

pub(crate) fn faulty(change: &str) -> World {
    faulty_at("afrinic", change)
}

pub(crate) fn faulty_at(registry: &str, change: &str) -> World {
    let text = format!(
        "fault: one\ntitle: one thing is wrong\nregistry: {registry}\nchange: {change}\nexpects: {{}}\n"
    );
    let source = quintet::yaml::Source {
        name: "one.yaml".into(),
        text: text.into(),
    };
    let fault = quintet::mock::fault::Fault::read(&source).unwrap();
    five().with_fault(&fault).unwrap()
}

/// Returns what is left of the payloads of the world without faults.
pub(crate) fn left(without: &[&str]) -> BTreeSet<(u32, String, u32)> {
    let mut all = payloads(&five()).vrps;
    for text in without {
        let (origin, rest) = text.split_once(' ').unwrap();
        let (prefix, most) = rest.rsplit_once('-').unwrap();
        let one = (
            origin.parse().unwrap(),
            prefix.to_owned(),
            most.parse().unwrap(),
        );
        assert!(all.remove(&one), "{text}");
    }
    all
}

#[test]
fn a_wrong_object_costs_what_the_documents_say() {
    let (client, fort) = (installed("rpki-client"), installed("fort"));
    if !client && !fort {
        return;
    }
    let now = present();
    for (name, change, without) in FAULTS {
        let world = faulty(&format!("{{ rpki: {change} }}"));
        if client {
            let folder = written(&world, now);
            let (found, said) = by_rpki_client(folder.path());
            assert_eq!(found, left(without), "rpki-client, {name}: {said}");
        }
        if fort {
            let folder = written(&world, now);
            let (found, said) = by_fort(folder.path());
            assert_eq!(found, left(without), "fort, {name}: {said}");
        }
    }
}
