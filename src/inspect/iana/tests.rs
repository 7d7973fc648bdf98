use super::*;
use crate::inspect::Tally;
use crate::registry::RegistryId;

fn names() -> Names {
    let all = [
        ("afrinic", "afrinic", "AFRINIC", "whois.afrinic.net"),
        ("apnic", "apnic", "APNIC", "whois.apnic.net"),
        ("arin", "arin", "ARIN", "whois.arin.net"),
        ("lacnic", "lacnic", "LACNIC", "whois.lacnic.net"),
        ("ripe-ncc", "ripencc", "RIPE NCC", "whois.ripe.net"),
    ];
    all.iter()
        .fold(Names::new(), |names, (id, short, long, host)| {
            let id = RegistryId::parse(id).unwrap();
            names
                .with_name(short, &id)
                .with_name(long, &id)
                .with_whois(host, &id)
        })
}

#[track_caller]
fn reads(octets: &str, kind: Kind, expected: &[&str]) {
    let document = read(octets.as_bytes());
    assert_eq!(document.wrong, [], "{octets}");
    assert_eq!(document.kind, Some(kind));
    let seen: Vec<String> = document.entries.iter().map(shown).collect();
    assert_eq!(seen, expected);
}

fn shown(entry: &Entry) -> String {
    let whose = match entry.whose(&names()) {
        Whose::Registry(id) => id.to_string(),
        other => format!("{other:?}").to_lowercase(),
    };
    let date = entry.date.map(|date| date.to_string()).unwrap_or_default();
    let numbers = if entry.asns.is_empty() {
        entry.addresses.to_string()
    } else {
        entry.asns.to_string()
    };
    let (line, rdap) = (entry.line, entry.rdap.join(" "));
    format!(
        "{line} {numbers} {whose} {date} {} {rdap}",
        entry.designation
    )
    .trim_end()
    .to_owned()
}

#[track_caller]
fn complains(octets: &[u8], expected: &[(usize, &str, &str)]) {
    let document = read(octets);
    let shown = String::from_utf8_lossy(octets);
    assert_eq!(
        document.wrong.len(),
        expected.len(),
        "{shown}: {:?}",
        document.wrong
    );
    for (wrong, (line, field, part)) in document.wrong.iter().zip(expected) {
        assert_eq!(
            (wrong.line, wrong.field),
            (*line, *field),
            "{shown}: {wrong:?}"
        );
        assert!(wrong.message.contains(part), "{shown}: {}", wrong.message);
    }
}

#[test]
fn every_registry_of_csv_is_known_by_its_header() {
    reads(
        "Prefix,Designation,Date,WHOIS,RDAP,Status [1],Note\r\n\
         000/8,IANA - Local Identification,1981-09,,,RESERVED,[2]\r\n\
         003/8,Administered by ARIN,1994-05,whois.arin.net,\"https://rdap.arin.net/registry\nhttp://rdap.arin.net/registry\",LEGACY,\r\n\
         006/8,Army Information Systems Center,1994-02,whois.arin.net,https://rdap.arin.net/registry,LEGACY,\r\n",
        Kind::Ipv4,
        &[
            "2 0.0.0.0/8 special 1981-09 IANA - Local Identification",
            "3 3.0.0.0/8 arin 1994-05 Administered by ARIN https://rdap.arin.net/registry http://rdap.arin.net/registry",
            "5 6.0.0.0/8 arin 1994-02 Army Information Systems Center https://rdap.arin.net/registry",
        ],
    );
    reads(
        "Prefix,Designation,Date,WHOIS,RDAP,Status,Note\n\
         2001:0000::/23,IANA,1999-07-01,whois.iana.org,,ALLOCATED,\"two\nlines\"\n\
         2001:0600::/23,RIPE NCC,1999-07-01,whois.ripe.net,https://rdap.db.ripe.net/,ALLOCATED,\n\
         2d00::/8,IANA,1999-07-01,,,RESERVED,\n",
        Kind::Ipv6Unicast,
        &[
            "2 2001::/23 special 1999-07-01 IANA",
            "4 2001:600::/23 ripe-ncc 1999-07-01 RIPE NCC https://rdap.db.ripe.net/",
            "5 2d00::/8 free 1999-07-01 IANA",
        ],
    );
    reads(
        "IPv6 Prefix,Allocation,Reference,Notes\n2000::/3,Global Unicast,[RFC3513][RFC4291],x\n",
        Kind::Ipv6,
        &["2 2000::/3 special  Global Unicast"],
    );
    reads(
        "Number,Description,WHOIS,RDAP,Reference,Registration Date\n\
         0-65535,See Sub-registry 16-bit AS numbers,,,,\n\
         1-1876,Assigned by ARIN,whois.arin.net,https://rdap.arin.net/registryhttp://rdap.arin.net/registry,,\n\
         64297-64395,Assigned by APNIC,whois.apnic.net,https://rdap.apnic.net/,,2016-05-25\n\
         402333-4199999999,Unallocated,,,,\n",
        Kind::Asns,
        &[
            "3 AS1-AS1876 arin  Assigned by ARIN https://rdap.arin.net/registry http://rdap.arin.net/registry",
            "4 AS64297-AS64395 apnic 2016-05-25 Assigned by APNIC https://rdap.apnic.net/",
            "5 AS402333-AS4199999999 free  Unallocated",
        ],
    );
    reads(
        "Address Block,Name,RFC,Allocation Date,Termination Date,Source,Destination,Forwardable,Globally Reachable,Reserved-by-Protocol\n\
         0.0.0.0/8,\"\"\"This network\"\"\",\"[RFC791], Section 3.2\",1981-09,N/A,True,False,False,False,True\n\
         \"192.0.0.170/32, 192.0.0.171/32\",NAT64/DNS64 Discovery,\"[RFC8880][RFC7050], Section 2.2\",2013-02,N/A,False,False,False,False,True\n",
        Kind::Ipv4Special,
        &[
            "2 0.0.0.0/8 special 1981-09 \"This network\"",
            "3 192.0.0.170/31 special 2013-02 NAT64/DNS64 Discovery",
        ],
    );
    reads(
        "Address Block,Name,RFC,Allocation Date\n2001:db8::/32,Documentation,[RFC3849],2004-07\n",
        Kind::Ipv6Special,
        &["2 2001:db8::/32 special 2004-07 Documentation"],
    );
    reads(
        "AS Number,Reason for Reservation,Reference\n23456,AS_TRANS,[RFC6793]\n",
        Kind::AsnsSpecial,
        &["2 AS23456 special  AS_TRANS"],
    );
    reads(
        "Start address,End address,Designation,Date,WHOIS,Status\n43.224.0.0,43.231.255.255,APNIC,2014-05,whois.apnic.net,ALLOCATED\n",
        Kind::Ipv4Reallocated,
        &["2 43.224.0.0/13 apnic 2014-05 APNIC"],
    );
}

#[test]
fn xml_says_the_same() {
    let file = "<?xml version='1.0' encoding='UTF-8'?>\n\
        <registry xmlns=\"http://www.iana.org/assignments\" id=\"ipv4-address-space\">\n\
        <title>x</title><updated>2023-12-18</updated>\n\
        <record>\n<prefix>012/8</prefix><designation>AT&amp;T Bell&#32;Laboratories</designation>\
        <date>1995-06</date><whois>whois.arin.net</whois>\n\
        <rdap><server>https://rdap.arin.net/registry</server><server>http://rdap.arin.net/registry</server></rdap>\n\
        <status>LEGACY</status><xref type=\"note\" data=\"3\"/></record></registry>";
    reads(
        file,
        Kind::Ipv4,
        &[
            "4 12.0.0.0/8 arin 1995-06 AT&T Bell Laboratories https://rdap.arin.net/registry http://rdap.arin.net/registry",
        ],
    );
    assert_eq!(
        read(file.as_bytes()).updated.unwrap().to_digits(),
        "20231218"
    );
    reads(
        "<registry id=\"as-numbers\"><registry id=\"as-numbers-1\"><record><number>0</number><description>Reserved</description></record></registry>\
         <registry id=\"as-numbers-2\"><record><number>0-65535</number><description>See Sub-registry 16-bit AS numbers</description></record></registry></registry>",
        Kind::Asns,
        &["1 AS0 special  Reserved"],
    );
    reads(
        "<registry id=\"iana-ipv4-special-registry\"><registry id=\"iana-ipv4-special-registry-1\">\
         <record date=\"2010-01\"><address>192.0.0.0/24 <xref type=\"note\" data=\"2\"/></address><name>IETF</name></record></registry></registry>",
        Kind::Ipv4Special,
        &["1 192.0.0.0/24 special 2010-01 IETF"],
    );
}

#[test]
fn what_cannot_be_read_has_its_line_and_field_and_the_rest_is_read() {
    let header = "Prefix,Designation,Date,WHOIS,RDAP,Status,Note\n";
    for (row, wrong) in [
        ("1/24,APNIC,2010-01,,,ALLOCATED,", (2, "prefix", "`1/24`")),
        ("001/8,APNIC,soon,,,ALLOCATED,", (2, "date", "`soon`")),
        ("001/8,APNIC", (2, "", "2 cells; expected 7")),
        ("\"001/8,APNIC,2010-01,,,ALLOCATED,", (2, "", "not closed")),
        (
            "\"001/8\"x,APNIC,2010-01,,,ALLOCATED,",
            (2, "", "behind a closed quote"),
        ),
    ] {
        let file = format!("{header}{row}\n002/8,RIPE NCC,2009-09,whois.ripe.net,,ALLOCATED,\n");
        let document = read(file.as_bytes());
        let first = document.wrong.first().unwrap();
        assert_eq!((first.line, first.field), (wrong.0, wrong.1), "{row}");
        assert!(first.message.contains(wrong.2), "{row}: {}", first.message);
        let last = document.entries.last().unwrap();
        assert_eq!(
            (last.line, last.designation.as_str()),
            (3, "RIPE NCC"),
            "{row}"
        );
    }
    complains(b"", &[(1, "", "empty")]);
    complains(b"a,b\n1,2\n", &[(1, "", "no header")]);
    complains(b"AS Number,Reason\n\xff,x\n", &[(2, "number", "expected")]);
}

#[test]
fn xml_is_bounded_and_has_no_entities_of_its_own() {
    let entry = "<record><prefix>001/8</prefix></record>";
    let open = format!("<registry id=\"ipv4-address-space\">\n{entry}\n");
    for (rest, line, part) in [
        (
            "<!DOCTYPE x [<!ENTITY a \"b\">]></registry>",
            3,
            "document type",
        ),
        (
            "<record><designation>&a;</designation></record></registry>",
            3,
            "entity `a`",
        ),
        ("<record><prefix>002/8</prefix>", 3, "ends before"),
        (
            "<a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a>",
            3,
            "deeper",
        ),
        ("</other>", 3, ""),
    ] {
        let document = read(format!("{open}{rest}").as_bytes());
        assert_eq!(document.entries.len(), 1, "{rest}");
        let wrong = document.wrong.first().unwrap();
        assert_eq!(wrong.line, line, "{rest}");
        assert!(wrong.message.contains(part), "{rest}: {}", wrong.message);
    }
    complains(b"<html></html>", &[(1, "", "root element `html`")]);
    complains(b"<", &[(1, "", "")]);
    complains(b" <!-- -->", &[(1, "", "no element `registry`")]);
}

#[test]
fn a_later_registry_speaks_of_parts_of_an_earlier_one() {
    let files = [
        "Prefix,Designation,Date,WHOIS,RDAP,Status,Note\n045/8,Administered by ARIN,,whois.arin.net,,LEGACY,\n100/8,ARIN,,whois.arin.net,,ALLOCATED,\n",
        "Start address,End address,Designation,Date,WHOIS,Status\n45.64.0.0,45.65.255.255,APNIC,2014-05,whois.apnic.net,ALLOCATED\n",
        "Address Block,Name,RFC,Allocation Date\n100.64.0.0/10,Shared,[RFC6598],2012-04\n",
    ];
    let documents: Vec<Document> = files.iter().map(|file| read(file.as_bytes())).collect();
    let space = Space::of(&documents, &names());
    let of = |id: &str| space.registries.of(id).unwrap().addresses.to_string();
    assert_eq!(of("apnic"), "45.64.0.0/15");
    assert_eq!(
        of("arin"),
        "45.0.0.0-45.63.255.255, 45.66.0.0-45.255.255.255, 100.0.0.0/10, 100.128.0.0/9"
            .replace("45.0.0.0-45.63.255.255", "45.0.0.0/10")
    );
    assert_eq!(space.special.addresses.to_string(), "100.64.0.0/10");
    assert_eq!(
        space.allocated().addresses.count_ipv4(),
        (2 << 24) - (1 << 22)
    );
}

#[test]
fn rules_look_at_what_they_are_about() {
    let file = "Prefix,Designation,Date,WHOIS,RDAP,Status,Note\n\
        001/8,APNIC,2010-01,whois.apnic.net,,ALLOCATED,\n\
        001/8,APNIC,2010-01,whois.apnic.net,https://rdap.apnic.net/,GIVEN,\n";
    let mut tally = Tally::default();
    look(&read(file.as_bytes()), "f:", &mut tally);
    let inspected = tally.finish();
    let seen: Vec<(&str, &str)> = inspected
        .findings
        .iter()
        .map(|finding| (finding.rule.as_ref(), finding.location.as_str()))
        .collect();
    assert_eq!(
        seen,
        [
            ("iana.file.apart", "f:3#prefix"),
            ("iana.file.servers", "f:2#rdap"),
            ("iana.file.status", "f:3#status"),
            ("iana.file.whole", "f:1"),
        ]
    );
}

#[test]
fn real_files_are_read_without_loss() {
    let entries = [256, 40, 50, 256, 20, 40];
    for ((path, document), expected) in real::files().iter().zip(entries) {
        assert_eq!(document.wrong, [], "{}", path.display());
        assert_eq!(document.entries.len(), expected, "{}", path.display());
        let mut tally = Tally::default();
        look(document, "", &mut tally);
        assert_eq!(tally.finish().findings, [], "{}", path.display());
        let unknown = document.entries.iter();
        let unknown: Vec<String> = unknown
            .filter(|entry| entry.whose(&names()) == Whose::Unknown)
            .map(shown)
            .collect();
        assert_eq!(unknown, [""; 0], "{}", path.display());
    }
}

#[test]
fn csv_and_xml_of_the_same_registry_agree() {
    let files = real::files();
    if files.len() < 6 {
        return;
    }
    let space = |at: usize| Space::of([&files[at].1], &names());
    // 2020-10 beside 2023-12, and 2020-10 beside 2019-11.
    for (csv, xml) in [(0, 3), (1, 5)] {
        let (a, b) = (space(csv), space(xml));
        assert_eq!(a.special, b.special);
        for (id, share) in a.registries.iter() {
            assert_eq!(Some(share), b.registries.of(id.as_str()), "{id}");
        }
    }
    let later = space(2);
    assert!(
        later
            .allocated()
            .addresses
            .covers(&space(1).allocated().addresses)
    );
}
