//! Programs nobody here wrote accept what the mock world serves: curl, whois, dig, openssl.
//!
//! They keep the mirror honest: a mistake that the mock and our own client share would pass
//! every other test.

use std::fs;
use std::io::Write as _;
use std::net::SocketAddr;
use std::process::{Command, Stdio};
use std::sync::Arc;

use quintet::clock::RealClock;
use quintet::mock::serve::{Options, Served};
use tokio::runtime::Runtime;

use crate::folder::Folder;
use crate::mock_world::{five, get};

/// What a program said.
pub(crate) struct Said {
    pub(crate) code: i32,
    out: String,
    err: String,
}

impl Said {
    /// Returns both streams, for programs that write results to either.
    pub(crate) fn all(&self) -> String {
        format!("{}{}", self.out, self.err)
    }
}

/// Says whether the machine has a program; if not, says that a test is skipped.
pub(crate) fn installed(program: &str) -> bool {
    let found = std::env::var_os("PATH")
        .is_some_and(|path| std::env::split_paths(&path).any(|p| p.join(program).is_file()));
    there(found, program)
}

/// The same of a program that is not on the path.
#[cfg(feature = "s3")]
pub(crate) fn installed_at(program: &std::path::Path) -> bool {
    there(program.is_file(), &program.to_string_lossy())
}

/// Says that a test is skipped where its program was not found.
fn there(found: bool, program: &str) -> bool {
    if !found {
        let required = std::env::var_os("QUINTET_ORACLES").is_some_and(|v| v == "required");
        assert!(!required, "`{program}` is required and not installed");
        // libtest swallows prints of tests that pass; this line is meant to be seen.
        writeln!(std::io::stderr(), "skipped: `{program}` is not installed").unwrap();
    }
    found
}

/// A served world with the file that holds its authority's certificate.
struct Oracle {
    runtime: Runtime,
    served: Served,
    folder: Folder,
}

impl Oracle {
    /// Serves the world, if the machine has the program; says so where it has not.
    fn of(program: &str) -> Option<Self> {
        if !installed(program) {
            return None;
        }
        let runtime = Runtime::new().unwrap();
        let clock = Arc::new(RealClock::new());
        let served = runtime
            .block_on(Served::start(five(), clock, &Options::default()))
            .unwrap();
        let folder = Folder::new("oracle");
        fs::write(folder.path().join("ca.pem"), served.ca_pem()).unwrap();
        Some(Self {
            runtime,
            served,
            folder,
        })
    }

    fn ca(&self) -> String {
        self.folder
            .path()
            .join("ca.pem")
            .to_string_lossy()
            .into_owned()
    }

    /// Returns the families the world is served on.
    fn families(&self) -> &'static [bool] {
        if self.served.has_ipv6() {
            &[false, true]
        } else {
            &[false]
        }
    }

    /// Returns where a service is, in one family.
    fn place(&self, host: &str, port: u16, v6: bool) -> SocketAddr {
        let places = self.served.resolve(host, port);
        *places.iter().find(|p| p.is_ipv6() == v6).unwrap()
    }

    fn dns(&self, v6: bool) -> SocketAddr {
        *self
            .served
            .dns()
            .iter()
            .find(|p| p.is_ipv6() == v6)
            .unwrap()
    }

    fn done(self) {
        self.runtime.block_on(self.served.shutdown()).unwrap();
    }
}

/// Runs a program to its end, with nothing to read and no proxy from outside.
pub(crate) fn run(program: &str, words: &[&str]) -> Said {
    let ended = Command::new(program)
        .args(words)
        .env_remove("http_proxy")
        .env_remove("https_proxy")
        .env_remove("HTTPS_PROXY")
        .env_remove("all_proxy")
        .env_remove("ALL_PROXY")
        .env_remove("no_proxy")
        .env_remove("NO_PROXY")
        .env("LC_ALL", "C")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let text = |octets: Vec<u8>| String::from_utf8_lossy(&octets).into_owned();
    Said {
        code: ended.status.code().unwrap_or(-1),
        out: text(ended.stdout),
        err: text(ended.stderr),
    }
}

/// What curl is asked to tell: status, HTTP version, media type, what verifying gave, redirects, where it ended.
const TOLD: &str = "%{http_code} %{http_version} %{content_type} %{ssl_verify_result} %{num_redirects} %{url_effective}";

fn curl(oracle: &Oracle, words: &[&str]) -> Said {
    let ca = oracle.ca();
    let null = oracle.folder.path().join("body");
    let null = null.to_string_lossy();
    let mut all = vec![
        "-sS",
        "--max-time",
        "20",
        "--cacert",
        &ca,
        "-o",
        &null,
        "-w",
        TOLD,
    ];
    all.extend(words);
    run("curl", &all)
}

fn base_urls() -> Vec<String> {
    five()
        .operators()
        .map(|o| o.base_url().to_owned())
        .filter(|base| base.starts_with("https:"))
        .collect()
}

#[test]
fn curl_comes_in_through_the_proxy_over_http_2() {
    let Some(oracle) = Oracle::of("curl") else {
        return;
    };
    let proxy = format!("http://{}", oracle.served.proxy());
    for base in base_urls() {
        let url = format!("{base}help");
        let said = curl(&oracle, &["--proxy", &proxy, &url]);
        assert_eq!(said.code, 0, "{url}: {}", said.err);
        assert_eq!(said.out, format!("200 2 application/rdap+json 0 0 {url}"));
    }
    oracle.done();
}

#[test]
fn curl_follows_a_redirect_from_one_registry_to_another() {
    let Some(oracle) = Oracle::of("curl") else {
        return;
    };
    let proxy = format!("http://{}", oracle.served.proxy());
    let url = "https://rdap.apnic.test/ip/203.64.0.0/16";
    let said = curl(&oracle, &["-L", "--proxy", &proxy, url]);
    let end = "https://rdap.ripe.test/ip/203.64.0.0/16";
    assert_eq!(
        said.out,
        format!("200 2 application/rdap+json 0 1 {end}"),
        "{}",
        said.err
    );
    oracle.done();
}

#[test]
fn curl_gets_the_same_body_on_both_families_and_from_both_versions_of_http() {
    let Some(oracle) = Oracle::of("curl") else {
        return;
    };
    let url = "https://rdap.ripe.test/ip/193.16.9.0/24";
    let mut bodies = Vec::new();
    for v6 in oracle.families() {
        for (version, number) in [("--http2", "2"), ("--http1.1", "1.1")] {
            let place = oracle.place("rdap.ripe.test", 443, *v6);
            let to = format!("rdap.ripe.test:443:{place}");
            let said = curl(
                &oracle,
                &[version, "--compressed", "--connect-to", &to, url],
            );
            let wanted = format!("200 {number} application/rdap+json 0 0 {url}");
            assert_eq!(said.out, wanted, "{}", said.err);
            bodies.push(fs::read_to_string(oracle.folder.path().join("body")).unwrap());
        }
    }
    assert!(bodies[0].contains("193.16.9.255"), "{}", bodies[0]);
    assert!(bodies.iter().all(|b| *b == bodies[0]));
    oracle.done();
}

#[test]
fn curl_refuses_the_world_without_its_authority() {
    let Some(oracle) = Oracle::of("curl") else {
        return;
    };
    let proxy = format!("http://{}", oracle.served.proxy());
    let url = "https://rdap.arin.test/registry/help";
    let said = run("curl", &["-sS", "--max-time", "20", "--proxy", &proxy, url]);
    // Exit code 60 of curl: the peer's certificate cannot be verified.
    assert_eq!(said.code, 60, "{}", said.all());
    oracle.done();
}

#[test]
fn whois_prints_a_network_and_an_autnum_of_every_registry() {
    let Some(oracle) = Oracle::of("whois") else {
        return;
    };
    let asked = [
        ("whois.afrinic.test", "102.16.9.0/24", "102.16.9.255"),
        ("whois.afrinic.test", "AS37100", "AS37100"),
        ("whois.apnic.test", "203.16.9.0/24", "203.16.9.255"),
        ("whois.apnic.test", "AS4650", "AS4650"),
        ("whois.arin.test", "104.16.9.0/24", "104.16.9.255"),
        ("whois.arin.test", "AS11100", "11100"),
        ("whois.lacnic.test", "177.16.9.0/24", "177.16.9"),
        ("whois.lacnic.test", "AS27700", "27700"),
        ("whois.ripe.test", "193.16.9.0/24", "193.16.9.255"),
        ("whois.ripe.test", "AS3200", "AS3200"),
        ("whois.ripe.test", "2a01:1000:8::/48", "2a01:1000:8::/48"),
    ];
    for v6 in oracle.families() {
        for (host, query, wanted) in asked {
            let place = oracle.place(host, 43, *v6);
            let (address, port) = (place.ip().to_string(), place.port().to_string());
            let said = run("whois", &["-h", &address, "-p", &port, query]);
            assert_eq!(said.code, 0, "{host} {query}: {}", said.all());
            assert!(said.out.contains(wanted), "{host} {query}: {}", said.out);
        }
    }
    oracle.done();
}

fn dig(oracle: &Oracle, v6: bool, words: &[&str]) -> Said {
    let place = oracle.dns(v6);
    let (at, port) = (format!("@{}", place.ip()), place.port().to_string());
    let mut all = vec![at.as_str(), "-p", &port, "+time=10", "+tries=1"];
    all.extend(words);
    let said = run("dig", &all);
    assert_eq!(said.code, 0, "{words:?}: {}", said.all());
    // What dig says of a message it finds wrong.
    for trouble in [
        ";; Warning",
        "malformed",
        "extra bytes",
        "BADCOOKIE",
        ";; Question section mismatch",
    ] {
        assert!(!said.all().contains(trouble), "{words:?}: {}", said.all());
    }
    said
}

#[test]
fn dig_reads_reverse_zones_over_udp_and_tcp_with_the_ad_bit() {
    let Some(oracle) = Oracle::of("dig") else {
        return;
    };
    let zones = [
        ("9.16.193.in-addr.arpa", "ns1.olive.test."),
        ("0.0.0.1.1.0.a.2.ip6.arpa", "ns1.fjord.test."),
    ];
    for v6 in oracle.families() {
        for transport in ["+notcp", "+tcp"] {
            for (zone, server) in zones {
                let said = dig(&oracle, *v6, &[transport, "+adflag", "NS", zone]);
                let text = &said.out;
                assert!(text.contains("status: NOERROR"), "{text}");
                let flags = text.lines().find(|l| l.starts_with(";; flags:")).unwrap();
                let bits = flags.split(';').nth(2).unwrap_or_default();
                assert!(bits.split(' ').any(|bit| bit == "ad"), "{text}");
                assert!(text.contains(server), "{text}");
                let over = if transport == "+tcp" {
                    "(TCP)"
                } else {
                    "(UDP)"
                };
                assert!(text.contains(over), "{text}");
            }
        }
    }
    oracle.done();
}

#[test]
fn dig_finds_addresses_and_zones_and_is_told_what_there_is_not() {
    let Some(oracle) = Oracle::of("dig") else {
        return;
    };
    let short = |words: &[&str]| {
        let mut all = vec!["+short"];
        all.extend(words);
        dig(&oracle, false, &all).out.trim().to_owned()
    };
    assert_eq!(short(&["A", "rdap.ripe.test"]), "127.0.0.1");
    let v6 = if oracle.served.has_ipv6() { "::1" } else { "" };
    assert_eq!(short(&["AAAA", "rdap.ripe.test"]), v6);
    assert!(short(&["SOA", "9.16.193.in-addr.arpa"]).starts_with("ns1.olive.test. "));
    for (words, status) in [
        (&["-x", "193.16.9.77"][..], "NXDOMAIN"),
        (&["A", "nobody.test"], "NXDOMAIN"),
        (&["DS", "9.16.193.in-addr.arpa", "+dnssec"], "NOERROR"),
    ] {
        let said = dig(&oracle, false, words);
        assert!(
            said.out.contains(&format!("status: {status}")),
            "{}",
            said.out
        );
    }
    oracle.done();
}

fn openssl(oracle: &Oracle, v6: bool, words: &[&str]) -> Said {
    let place = oracle.place("rdap.ripe.test", 443, v6).to_string();
    let mut all = vec![
        "s_client",
        "-connect",
        &place,
        "-servername",
        "rdap.ripe.test",
        "-brief",
    ];
    all.extend(words);
    run("openssl", &all)
}

#[test]
fn openssl_verifies_the_chain_in_both_versions_of_tls() {
    let Some(oracle) = Oracle::of("openssl") else {
        return;
    };
    let ca = oracle.ca();
    let verify = [
        "-CAfile",
        &ca,
        "-verify_return_error",
        "-verify_hostname",
        "rdap.ripe.test",
    ];
    for v6 in oracle.families() {
        for (option, version) in [("-tls1_2", "TLSv1.2"), ("-tls1_3", "TLSv1.3")] {
            let mut words = verify.to_vec();
            words.push(option);
            let said = openssl(&oracle, *v6, &words);
            assert_eq!(said.code, 0, "{}", said.all());
            let text = said.all();
            for wanted in [
                version,
                "Verification: OK",
                "Verified peername: rdap.ripe.test",
            ] {
                assert!(text.contains(wanted), "{wanted}: {text}");
            }
        }
    }
    oracle.done();
}

#[test]
fn openssl_is_refused_old_versions_and_refuses_another_name() {
    let Some(oracle) = Oracle::of("openssl") else {
        return;
    };
    let ca = oracle.ca();
    let old = openssl(
        &oracle,
        false,
        &["-CAfile", &ca, "-tls1_1", "-cipher", "ALL:@SECLEVEL=0"],
    );
    assert_ne!(old.code, 0, "{}", old.all());
    let words = [
        "-CAfile",
        &ca,
        "-verify_return_error",
        "-verify_hostname",
        "rdap.arin.test",
    ];
    let other = openssl(&oracle, false, &words);
    assert!(
        other.code != 0 && other.all().contains("hostname mismatch"),
        "{}",
        other.all()
    );
    oracle.done();
}

/// Runs one oracle test of this binary on a machine without any program.
fn without_programs(required: bool) -> (bool, String) {
    let mut test = Command::new(std::env::current_exe().unwrap());
    test.args([
        "--exact",
        "oracles::curl_refuses_the_world_without_its_authority",
    ])
    .env("PATH", "")
    .env_remove("QUINTET_ORACLES");
    if required {
        test.env("QUINTET_ORACLES", "required");
    }
    let done = test.output().unwrap();
    let text = |octets: &[u8]| String::from_utf8_lossy(octets).into_owned();
    let said = text(&done.stdout) + &text(&done.stderr);
    assert!(said.contains("running 1 test"), "{said}");
    (done.status.success(), said)
}

#[test]
fn a_missing_oracle_is_skipped_aloud_and_fails_where_it_is_required() {
    let (passed, said) = without_programs(false);
    assert!(passed, "{said}");
    assert!(said.contains("skipped: `curl` is not installed"), "{said}");
    let (passed, said) = without_programs(true);
    assert!(!passed, "{said}");
    assert!(
        said.contains("`curl` is required and not installed"),
        "{said}"
    );
}

/// What delv is to find about a name and type, and in which words it says so.
const VALIDATED: &[(&str, &str, &str)] = &[
    // Keys of RSA, of P-256 and of Ed25519.
    ("102.in-addr.arpa", "SOA", "; fully validated"),
    ("16.102.in-addr.arpa", "DNSKEY", "; fully validated"),
    ("16.203.in-addr.arpa", "NS", "; fully validated"),
    ("0.c.2.ip6.arpa", "DNSKEY", "; fully validated"),
    ("in-addr.arpa", "NS", "; fully validated"),
    // Absence by NSEC, by NSEC3, and by NSEC3 with opt-out; of a name, of a type, of what has names below it only.
    (
        "0.0.200.102.in-addr.arpa",
        "PTR",
        "; negative response, fully validated",
    ),
    (
        "0.0.200.177.in-addr.arpa",
        "PTR",
        "; negative response, fully validated",
    ),
    (
        "0.0.200.104.in-addr.arpa",
        "PTR",
        "; negative response, fully validated",
    ),
    (
        "177.in-addr.arpa",
        "PTR",
        "; negative response, fully validated",
    ),
    ("2.ip6.arpa", "PTR", "; negative response, fully validated"),
    (
        "64.104.in-addr.arpa",
        "DS",
        "; negative response, fully validated",
    ),
    // Delegations without DS, which is proved each way.
    ("64.193.in-addr.arpa", "NS", "; unsigned answer"),
    ("64.177.in-addr.arpa", "NS", "; unsigned answer"),
    ("64.104.in-addr.arpa", "SOA", "; unsigned answer"),
];

#[test]
fn delv_validates_zones_from_the_root_down() {
    let Some(oracle) = Oracle::of("delv") else {
        return;
    };
    let anchor = oracle.served.trust_anchor();
    let (head, digest) = anchor.rsplit_once(' ').unwrap();
    let file = oracle.folder.path().join("anchor");
    fs::write(
        &file,
        format!("trust-anchors {{ . static-ds {head} \"{digest}\"; }};\n"),
    )
    .unwrap();
    let (file, place) = (file.to_string_lossy(), oracle.dns(false));
    let (at, port) = (format!("@{}", place.ip()), place.port().to_string());
    for (name, kind, expected) in VALIDATED {
        let words = [at.as_str(), "-p", &port, "-a", &file, "+root=.", name, kind];
        let said = run("delv", &words);
        assert!(
            said.out.lines().any(|line| line == *expected),
            "{name} {kind}: {}",
            said.all()
        );
    }
    oracle.done();
}

#[test]
fn dig_is_led_on_by_a_name_server_and_refused_what_is_not_its_own() {
    let Some(oracle) = Oracle::of("dig") else {
        return;
    };
    for v6 in oracle.families() {
        let place = oracle.place("ns1.ripe.test", 53, *v6);
        let (at, port) = (format!("@{}", place.ip()), place.port().to_string());
        let ask = |name: &str, kind: &str, transport: &str| {
            run(
                "dig",
                &[&at, "-p", &port, "+norec", "+dnssec", transport, name, kind],
            )
            .out
        };
        let own = ask("193.in-addr.arpa", "SOA", "+tcp");
        assert!(
            own.contains("flags: qr aa;") && own.contains("RRSIG\tSOA 13 3"),
            "{own}"
        );
        let referral = ask("9.16.193.in-addr.arpa", "PTR", "+notcp");
        assert!(
            referral.contains("flags: qr;") && referral.contains("ANSWER: 0"),
            "{referral}"
        );
        assert!(
            referral.contains("NS\tns1.fjord.test.") && referral.contains("DS\t64496 15 2"),
            "{referral}"
        );
        let other = ask("203.in-addr.arpa", "SOA", "+notcp");
        assert!(other.contains("status: REFUSED"), "{other}");
    }
    oracle.done();
}

#[test]
fn gnupg_verifies_the_signature_beside_each_statistics_file() {
    if !installed("gpg") {
        return;
    }
    let folder = Folder::new("gnupg");
    let place = |name: &str| folder.path().join(name).to_string_lossy().into_owned();
    let home = place(".");
    let gpg = |words: &[&str]| {
        let mut all = vec![
            "--homedir",
            &home,
            "--batch",
            "--no-tty",
            "--no-autostart",
            "--ignore-time-conflict",
        ];
        all.extend(words);
        run("gpg", &all)
    };
    for (base, name, key) in [
        (
            "https://ftp.apnic.test/stats/apnic/",
            "apnic",
            "CurrentSigningKey.asc",
        ),
        (
            "https://ftp.arin.test/pub/stats/arin/",
            "arin",
            "signing-key.asc",
        ),
        (
            "https://ftp.ripe.test/pub/stats/ripencc/",
            "ripencc",
            "signing-key.asc",
        ),
    ] {
        let file = format!("delegated-{name}-extended-latest");
        let signature = format!("{file}.asc");
        for wanted in [&file, &signature, key] {
            let answer = get(&five(), &format!("{base}{wanted}"));
            assert_eq!(answer.status, 200, "{wanted}");
            fs::write(place(wanted), answer.body.octets()).unwrap();
        }
        let imported = gpg(&["--import", &place(key)]);
        assert_eq!(imported.code, 0, "{}", imported.all());
        let verified = gpg(&["--verify", &place(&signature), &place(&file)]);
        assert!(
            verified.all().contains("Good signature"),
            "{}",
            verified.all()
        );
        fs::write(place(&file), b"another file").unwrap();
        let changed = gpg(&["--verify", &place(&signature), &place(&file)]);
        assert!(changed.all().contains("BAD signature"), "{}", changed.all());
    }
}
