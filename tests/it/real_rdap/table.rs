//! What is wrong with real answers, and what is not, found by hand.

/// Findings that must be there: file, rule, every place.
pub(super) const FOUND: &[(&str, &str, &[&str])] = &[
    (
        "lacnic-ip-3",
        "rdap.resp.conformance-nro",
        &["/rdapConformance"],
    ),
    (
        "lacnic-autnum-2",
        "rdap.resp.conformance-nro",
        &["/rdapConformance"],
    ),
    (
        "lacnic-ip-3",
        "rdap.resp.conformance-registered",
        &["/rdapConformance/2"],
    ),
    (
        "lacnic-autnum-2",
        "rdap.resp.conformance-registered",
        &["/rdapConformance/2"],
    ),
    (
        "apnic-ip-4",
        "rdap.resp.conformance-registered",
        &["/rdapConformance/0"],
    ),
    (
        "apnic-autnum-3",
        "rdap.resp.conformance-registered",
        &["/rdapConformance/0"],
    ),
    (
        "apnic-domain-1",
        "rdap.resp.conformance-registered",
        &["/rdapConformance/0"],
    ),
    (
        "apnic-domain-2",
        "rdap.resp.conformance-registered",
        &["/rdapConformance/0"],
    ),
    (
        "apnic-history-1",
        "rdap.resp.conformance-registered",
        &["/rdapConformance/0"],
    ),
    (
        "afrinic-autnum-2",
        "rdap.resp.conformance-cidr0",
        &["/rdapConformance"],
    ),
    (
        "arin-autnum-6",
        "rdap.resp.conformance-cidr0",
        &["/rdapConformance"],
    ),
    (
        "arin-domainsearch-1",
        "rdap.resp.conformance-cidr0",
        &["/rdapConformance"],
    ),
    (
        "arin-entity-5",
        "rdap.resp.conformance-cidr0",
        &["/rdapConformance"],
    ),
    (
        "afrinic-entity-1",
        "rdap.resp.conformance-cidr0",
        &["/rdapConformance"],
    ),
    (
        "afrinic-ip-4",
        "rdap.resp.conformance-strings",
        &["/rdapConformance/0"],
    ),
    (
        "afrinic-ip-3",
        "rdap.link.self-type",
        &["/links/0", "/entities/2/links/0"],
    ),
    (
        "afrinic-autnum-2",
        "rdap.link.self-type",
        &["/links/0", "/entities/2/links/0"],
    ),
    (
        "ripe-ip-4",
        "rdap.link.self-type",
        &[
            "/entities/0/links/0",
            "/entities/1/links/0",
            "/entities/2/links/0",
            "/entities/4/entities/2/links/0",
        ],
    ),
    (
        "ripe-autnum-1",
        "rdap.link.self-type",
        &[
            "/links/0",
            "/entities/0/links/0",
            "/entities/1/links/0",
            "/entities/2/links/0",
            "/entities/3/links/0",
            "/entities/4/links/0",
            "/entities/5/entities/0/links/0",
        ],
    ),
    ("ripe-ip-4", "rdap.link.self-each-object", &["/entities/4"]),
    (
        "ripe-autnum-1",
        "rdap.link.self-each-object",
        &["/entities/5"],
    ),
    (
        "afrinic-ip-3",
        "rdap.resp.uri-syntax",
        &[
            "/notices/0/links/0/value",
            "/notices/1/links/0/value",
            "/notices/2/links/0/value",
            "/notices/3/links/0/value",
            "/notices/3/links/1/value",
            "/notices/3/links/1/href",
            "/notices/4/links/0/value",
            "/notices/4/links/1/value",
            "/notices/4/links/1/href",
            "/links/0/value",
            "/links/0/href",
        ],
    ),
    ("afrinic-ip-3", "rdap.inr.abuse", &[""]),
    ("afrinic-autnum-2", "rdap.inr.abuse", &[""]),
    (
        "ripe-ip-4",
        "rdap.entity.vcard-params",
        &[
            "/entities/1/vcardArray/1/6/1/type",
            "/entities/4/vcardArray/1/6/1/type",
        ],
    ),
    (
        "ripe-autnum-1",
        "rdap.entity.vcard-params",
        &[
            "/entities/1/vcardArray/1/5/1/type",
            "/entities/2/vcardArray/1/5/1/type",
            "/entities/3/vcardArray/1/5/1/type",
            "/entities/5/vcardArray/1/4/1/type",
            "/entities/5/vcardArray/1/5/1/type",
        ],
    ),
    (
        "lacnic-ip-3",
        "rdap.resp.events-registered",
        &[
            "/lacnic_reverseDelegations/0/nameservers/0/events/0/eventAction",
            "/lacnic_reverseDelegations/0/nameservers/0/events/1/eventAction",
            "/lacnic_reverseDelegations/0/nameservers/1/events/0/eventAction",
            "/lacnic_reverseDelegations/0/nameservers/1/events/1/eventAction",
            "/lacnic_reverseDelegations/0/nameservers/2/events/0/eventAction",
            "/lacnic_reverseDelegations/0/nameservers/2/events/1/eventAction",
        ],
    ),
    (
        "arin-ip-8",
        "rdap.resp.date-utc",
        &[
            "/events/0/eventDate",
            "/events/1/eventDate",
            "/entities/0/events/0/eventDate",
            "/entities/0/events/1/eventDate",
            "/entities/0/entities/0/events/0/eventDate",
            "/entities/0/entities/0/events/1/eventDate",
            "/entities/0/entities/1/events/0/eventDate",
            "/entities/0/entities/1/events/1/eventDate",
        ],
    ),
    (
        "ripe-ip-4",
        "rdap.ext.redacted-path",
        &[
            "/redacted/0/prePath",
            "/redacted/1/prePath",
            "/redacted/2/prePath",
            "/redacted/3/prePath",
        ],
    ),
    (
        "ripe-ip-4",
        "rdap.search.rir-path-syntax",
        &[
            "/links/0/href",
            "/links/1/href",
            "/links/2/href",
            "/links/3/href",
            "/links/4/href",
            "/links/5/href",
        ],
    ),
    (
        "ripe-ip-4",
        "rdap.link.rel-single",
        &["/links/1/rel", "/links/4/rel"],
    ),
    (
        "arin-ip-5",
        "rdap.ip.v4-form",
        &["/startAddress", "/endAddress"],
    ),
    (
        "arin-ip-7",
        "rdap.ip.v4-form",
        &["/startAddress", "/endAddress"],
    ),
    (
        "ripe-ip-1",
        "rdap.resp.object-class",
        &[
            "",
            "/entities/0",
            "/entities/0/entities/0",
            "/entities/0/entities/1",
            "/entities/0/entities/2",
            "/entities/0/entities/3",
            "/entities/0/entities/4",
        ],
    ),
    (
        "ripe-ip-2",
        "rdap.resp.object-class",
        &[
            "",
            "/entities/0",
            "/entities/0/entities/0",
            "/entities/0/entities/1",
            "/entities/0/entities/2",
            "/entities/0/entities/3",
            "/entities/0/entities/4",
        ],
    ),
    (
        "afrinic-ip-4",
        "rdap.resp.events-required",
        &["/events/0", "/events/1"],
    ),
    ("afrinic-ip-4", "rdap.notice.description", &["/notices/2"]),
    (
        "afrinic-ip-4",
        "rdap.link.required-members",
        &["/notices/2/links/0"],
    ),
    ("afrinic-ip-4", "rdap.auth.ip-special", &["/status"]),
    (
        "lacnic-entity-2",
        "rdap.resp.no-empty-array",
        &["/autnums/0"],
    ),
    (
        "lacnic-entity-2",
        "rdap.resp.member-names",
        &["/legalRepresentative"],
    ),
    (
        "lacnic-ip-3",
        "rdap.resp.member-names",
        &[
            "/lacnic_originAutnum",
            "/lacnic_legalRepresentative",
            "/lacnic_reverseDelegations",
        ],
    ),
    ("ripe-error-1", "rdap.err.title-reason", &["/title"]),
    (
        "apnic-error-1",
        "rdap.err.conformance",
        &["/rdapConformance"],
    ),
    (
        "apnic-error-2",
        "rdap.err.conformance",
        &["/rdapConformance"],
    ),
    (
        "ripe-error-2",
        "rdap.err.conformance",
        &["/rdapConformance"],
    ),
    (
        "arin-error-1",
        "rdap.err.conformance",
        &["/rdapConformance"],
    ),
    (
        "iana-bootstrap-asn",
        "rdap.auth.bootstrap-asn-range",
        &["/services/3/0/1", "/services/3/0/2"],
    ),
    (
        "iana-bootstrap-object-tags",
        "rdap.auth.object-tag-complete",
        &["/services"],
    ),
    (
        "iana-bootstrap-asn",
        "rdap.auth.bootstrap-https-first",
        &["/services/0/1/1", "/services/2/1/1"],
    ),
    (
        "iana-bootstrap-ipv4",
        "rdap.auth.bootstrap-https-first",
        &["/services/0/1/1", "/services/2/1/1"],
    ),
    (
        "iana-bootstrap-ipv6",
        "rdap.auth.bootstrap-https-first",
        &["/services/0/1/1", "/services/2/1/1"],
    ),
];

/// Rules that must find nothing in a file, and why a careless rule would.
pub(super) const SILENT: &[(&str, &str, &str)] = &[
    (
        "lacnic-ip-3",
        "rdap.notice.inaccuracy",
        "the profile is not claimed",
    ),
    (
        "lacnic-autnum-2",
        "rdap.notice.inaccuracy",
        "the profile is not claimed",
    ),
    (
        "lacnic-ip-3",
        "rdap.resp.conformance-cidr0",
        "cidr0 is there",
    ),
    (
        "lacnic-ip-3",
        "rdap.entity.vcard-params",
        "the profile is not claimed",
    ),
    (
        "lacnic-ip-3",
        "rdap.link.self-each-object",
        "persons lost their links at the source",
    ),
    (
        "afrinic-ip-3",
        "rdap.link.self-each-object",
        "persons lost their links at the source",
    ),
    (
        "afrinic-autnum-2",
        "rdap.link.self-each-object",
        "persons lost their links at the source",
    ),
    (
        "arin-ip-8",
        "rdap.link.self-each-object",
        "persons lost their links at the source",
    ),
    (
        "apnic-ip-4",
        "rdap.link.self-each-object",
        "persons lost their links at the source",
    ),
    (
        "arin-ip-8",
        "rdap.ip.country",
        "an absent country breaks no rule",
    ),
    (
        "lacnic-ip-3",
        "rdap.ip.country",
        "an absent country breaks no rule",
    ),
    (
        "arin-ip-8",
        "rdap.inr.abuse",
        "the contact is inside the registrant: an open reading",
    ),
    ("arin-ip-8", "rdap.resp.date-rfc3339", "offsets are allowed"),
    (
        "ripe-error-2",
        "rdap.err.title-reason",
        "the profile is not claimed",
    ),
    (
        "arin-error-1",
        "rdap.err.title-reason",
        "the profile is not claimed",
    ),
    (
        "apnic-error-1",
        "rdap.resp.conformance-nro",
        "errors have a rule of their own",
    ),
    (
        "ripe-error-1",
        "rdap.resp.object-class",
        "an error has no class",
    ),
    (
        "ripe-ip-4",
        "rdap.resp.uri-syntax",
        "escaped spaces are legal",
    ),
    (
        "ripe-ip-4",
        "rdap.link.rel-registered",
        "two relations are registered one by one",
    ),
    (
        "ripe-ip-4",
        "rdap.ext.redacted-declared",
        "redacted is declared",
    ),
    (
        "ripe-ip-4",
        "rdap.search.rir-conformance-lookup",
        "rirSearch1 and ips are declared",
    ),
    (
        "ripe-ip-4",
        "rdap.ip.cidr0-exact",
        "one prefix is the range",
    ),
    (
        "afrinic-ip-3",
        "rdap.ip.cidr0-exact",
        "one prefix is the range",
    ),
    (
        "afrinic-ip-4",
        "rdap.resp.conformance-level0",
        "a joined list is one finding",
    ),
    (
        "afrinic-ip-4",
        "rdap.resp.conformance-nro",
        "a joined list is one finding",
    ),
    (
        "afrinic-ip-3",
        "rdap.entity.vcard-params",
        "tel;type=work is permitted",
    ),
    (
        "apnic-domain-1",
        "rdap.domain.trailing-dot",
        "names end with a dot",
    ),
    (
        "apnic-domain-2",
        "rdap.domain.network-covers",
        "the network holds the zone",
    ),
    (
        "apnic-history-1",
        "rdap.resp.conformance-nowhere-else",
        "each record is an answer of its own",
    ),
    (
        "arin-entitysearch-1",
        "rdap.notice.truncation-typed",
        "the truncation is typed",
    ),
    (
        "arin-entitysearch-1",
        "rdap.search.each-has-class",
        "each result has class and self link",
    ),
    (
        "arin-domainsearch-1",
        "rdap.link.self-each-object",
        "nested objects of a search: an open reading",
    ),
    (
        "iana-bootstrap-asn",
        "rdap.auth.bootstrap-base-slash",
        "all end with a slash",
    ),
    (
        "iana-bootstrap-ipv4",
        "rdap.auth.bootstrap-asn-range",
        "no AS numbers here",
    ),
];
