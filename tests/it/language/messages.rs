//! Messages about scenarios and data, as a user reads them.

use super::*;

#[test]
fn messages_about_the_shape_of_scenarios() {
    messages(
        "shape",
        &[
            (
                "bad/empty-parts.yaml",
                "scenario: Bad.Id\nlevel: heavy\nregistries: some\ntags: a\nmatrix: { a: [], b: text }\nchecks: []\n",
            ),
            ("bad/list.yaml", "- a\n- b\n"),
            (
                "bad/names.yaml",
                "scenario: bad.names\ntitle: T.\nlevel: observe\nregistries: { except: [ripe], reason: none }\n\
              per_registry: { arin: { x: 1 }, nobody: { x: 2 } }\nmatrix: { run: [1], help: [2] }\nlet: { help: \"1\" }\n\
              probes: { help: { rdap: help } }\nchecks:\n  - { id: a, requires: [b, a], expect: {} }\n  - { id: c, requires: d, expr: \"true\" }\n  \
              - { id: d, requires: c, expr: \"true\" }\n  - { id: e }\n  - { id: f, expr: \"true\", expect: { help.status: 1 } }\n",
            ),
            ("bad/nothing.yaml", "scenario: bad.nothing\ntitle: T\n"),
            (
                "bad/twice.yaml",
                "scenario: good.one\ntitle: T\nlevel: observe\nprobes: { a: { rdap: help } }\nchecks: [{ id: a, expr: a.ok }]\n",
            ),
        ],
    );
}

#[test]
fn messages_about_probes() {
    messages(
        "probes",
        &[(
            "bad/probes.yaml",
            "scenario: bad.probes\ntitle: T\nlevel: observe\nprobes:\n  a: { rdap: help, http: x }\n  b: { timeout: 3s }\n  \
             c: { rdapp: help }\n  d: { rdap: help, family: ipv5, retry: { attempts: 99 }, redirects: some }\n  \
             e: { tcp: host }\n  f: { dns: x, types: [A, AAAAA] }\n  g: { rdap: \"${nobody.x}\", after: nobody, at: ripe }\n  \
             h: { rdap: \"${i.status}\" }\n  i: { rdap: help, after: h }\n  j: { rdap: help, when: \"3\", conditional: a2 }\n  \
             k: text\nchecks: [{ id: a, expr: i.ok }]\n",
        )],
    );
}

#[test]
fn messages_about_expectations() {
    messages(
        "expect",
        &[(
            "bad/expect.yaml",
            "scenario: bad.expect\ntitle: T\nlevel: observe\nprobes:\n  help: { rdap: help }\n  tls: { tls: host }\nchecks:\n  \
             - id: a\n    expect:\n      help: 1\n      help.headers: 1\n      help.timing.total: { min: 5, max: 8 MiB }\n      \
             help.body.bytes: { max: 36h }\n      help.status: { contains: 2, type: number, max: many }\n      \
             help.prefixes: { covers: nothing }\n      help.hop_list: { each: 1 }\n      tls $.x: 1\n      \
             help $.x[: 1\n      help.at: { after: yesterday, age: {} }\n      \
             help.json_error: { matches: \"(\", media_type: json, schema: x, snapshot: y, wrong: 1 }\n      \
             help.redirect: maybe\n      help.attempts: { between: [1, 2, 3], within: { of: baseline, ratio: 5% }, count: {} }\n      \
             help.hops: { within: { of: 3 } }\n      help.class: null\n",
        )],
    );
}

#[test]
fn messages_about_expressions() {
    messages(
        "expressions",
        &[(
            "bad/expressions.yaml",
            "scenario: bad.expressions\ntitle: T\nlevel: observe\nlet: { a: help.jsn, b: a }\n\
             matrix: { x: \"${registry.samples.ip5}\", y: \"${help.json}\" }\nprobes:\n  help: { rdap: \"ip/${registry.rdap.bse}\" }\nchecks:\n  \
             - { id: a, expr: help.status + }\n  - { id: b, expr: help.timing.total < 3 }\n  - { id: c, expr: help.status }\n  \
             - { id: d, expr: nobody.x == 1, message: \"${vars.x} ${\" }\n  - id: e\n    expr: >\n      help.status == 200 &&\n      \
             help.statuss == 3\n  - id: f\n    when: help.ok && help.ok && help.ok && help.ok && help.ok && help.ok && help.ok && help.ok && help.ok && help.ok\n    \
             expr: help.ok\n",
        )],
    );
}

#[test]
fn messages_about_what_levels_rest_on() {
    messages(
        "rests",
        &[(
            "bad/rests.yaml",
            "scenario: bad.rests\ntitle: T\nprobes: { help: { rdap: help } }\nchecks:\n  \
             - { id: a, level: must, expr: help.ok }\n  - { id: b, level: must, ref: rfc9083, expr: help.ok }\n  \
             - { id: c, level: should, ref: rfc9083#8, expr: help.ok }\n  - { id: d, level: may, ref: draft-x#1, expr: help.ok }\n  \
             - { id: e, level: parity, ref: rfc9083#7, expr: help.ok }\n  - { id: f, level: parity, ref: age, expr: help.ok }\n  \
             - { id: g, level: must, ref: age, expr: help.ok }\n  - { id: h, level: must, ref: [rfc9038#7, rfc9083#70], expr: help.ok }\n  \
             - { id: i, expr: help.ok }\n  - { id: j, level: must, ref: rfc9083#7, covers: x.check, expr: help.ok }\n  \
             - { id: k, covers: [x.rule, x.later, x.nobody, x.check], level: observe, expr: help.ok }\n  \
             - { rules: [x.nobody, x.check, x.later, y.*], of: help, except: [{ id: x.rule, reason: r }] }\n  \
             - { rules: x.*, of: nobody }\n  - { rules: x.rule, of: help, overrides: [{ id: x.rule, level: may }, { id: x.rule, level: must, reason: r }] }\n",
        )],
    );
}

#[test]
fn messages_about_comparisons() {
    messages(
        "compare",
        &[(
            "bad/compare.yaml",
            "scenario: bad.compare\ntitle: T\nlevel: proposed\nmatrix: { family: [ipv4, ipv6] }\nprobes: { help: { rdap: help } }\ncompare:\n  \
             - { id: a, value: help.status, rule: equals }\n  - { id: b, value: help.status, rule: quorum }\n  \
             - { id: c, value: help.status, rule: equal, args: { x: 1 }, across: famly }\n  \
             - { id: d, value: help.status, rule: within_ratio, args: { ratio: 0.5 } }\n  \
             - { id: e, value: help.status, rule: within_abs, args: { abs: 1d, reference: middle } }\n  \
             - { id: f, value: help.status, rule: report, level: must, ref: rfc9083#7 }\n  \
             - { id: g, value: help.status, rule: equal, attribute: outlier }\n  \
             - { id: h, value: { a: help.status }, rule: equal, over_time: x, tolerance: {} }\n  \
             - { id: i, value: help.status, rule: equal, normalize: [sort, upper], missing: maybe }\n  \
             - { id: j, value: { a: help.stat }, rule: ordered, args: { sequence: [a], gap: 3s } }\n",
        )],
    );
}

#[test]
fn messages_about_time() {
    messages(
        "time",
        &[
            (
                "bad/poll.yaml",
                "scenario: bad.poll\ntitle: T\nlevel: observe\nmatrix: { tick: [1], case: [1] }\n\
                 poll: { at: [1h, 0h], every: 1h, grace: 8 MiB, untill: x, rehearse: [] }\nwindows: { day: 24, rdap: 1d }\n\
                 stages: { moved: { until: help.stauts == 1, att: x }, Done-it: help.ok, last: stages.moved.reachd }\nprobes:\n  \
                 help: { rdap: help }\n  all: { rdap: \"ip/${case}\", scope: instances }\n  more: { rdap: help, after: help, scope: instances }\n  \
                 early: { rdap: help, when: stages.moved.reached }\nchecks:\n  - { id: a, expr: help.ok, over_time: { from: movd, within: rdp } }\n  \
                 - { id: b, expr: help.ok, over_time: { within: rdap, allow: 1d } }\n  - { id: c, expr: help.ok, over_time: always }\n  \
                 - { id: d, expr: help.ok, role: source }\n  - { id: e, expr: first.help.jsn == 1 }\n  - { id: f, expr: first.halp.ok }\n  \
                 - { id: g, expect: { first.help.status: 200, first.help.stauts: 200, frist.help.ok: true } }\n  \
                 - { id: h, expr: windows.dai > duration('1h') && tick.sinse > duration('1h') }\ncompare:\n  \
                 - { id: x, value: help.status, rule: report, over_time: each }\n  - { id: y, value: first, rule: equal }\n",
            ),
            (
                "bad/once.yaml",
                "scenario: bad.once\ntitle: T\nlevel: observe\nstages: { moved: help.ok }\nprobes: { help: { rdap: help } }\n\
                 checks: [{ id: a, expr: help.ok, over_time: each }, { id: b, expr: tick.number == 1 }]\n",
            ),
            (
                "bad/every.yaml",
                "scenario: bad.every\ntitle: T\nlevel: observe\npoll: { every: 1s }\nprobes: { help: { rdap: help } }\nchecks: [{ id: a, expr: help.ok }]\n",
            ),
            (
                "bad/none.yaml",
                "scenario: bad.none\ntitle: T\nlevel: observe\npoll: { until: source.help.ok, within: 1d }\nprobes: { help: { rdap: help } }\nchecks: [{ id: a, expr: help.ok }]\n",
            ),
            (
                "bad/pair.yaml",
                "scenario: bad.pair\ntitle: T\nlevel: observe\nmatrix: { role: [1], case: [{ a: apnic, b: arin }] }\npair: { source: \"${case.a}\", recpient: \"${case.b}\" }\n\
                 poll: { every: 1h, within: 2h, until: recipient.help.ok }\nlet: { there: source.help.ok }\nprobes:\n  help: { rdap: help }\n  \
                 other: { rdap: help, when: there }\nchecks:\n  - { id: a, expr: source.hlp.ok, role: giver }\n  - { id: b, expr: source.first.help.ok && recipient.first.hep.ok }\n  \
                 - { id: c, expect: { source.help.status: 200, recipient.first.help $.x: 1, source.halp.ok: true } }\n",
            ),
        ],
    );
}

#[test]
fn messages_about_checklists_and_attestations() {
    let list = "checklist: list\ntitle: A list\nrows:\n  \
        - { row: F01, key: hosted, title: Hosted, shows: { answers: good.one/c }, counts: x.* }\n  \
        - { row: F01, key: hosted, title: Again, shows: { answers: good.one/d }, counts: [y.*] }\n  \
        - { row: F02, key: two words, title: Words, kind: core }\n";
    let claims = "attestations: list\nregistry: apnic\ntarget: mokc\nclaims:\n  \
        hosted: { state: maybe, read: yesterday, source: a page }\n  \
        hostde: { state: \"yes\", read: 2026-11-01, source: a page }\n";
    let days = "attestations: list\nregistry: arin\nclaims:\n  \
        hosted: { state: \"yes\", read: 2026-11-01, dated: 2026-11-02, planned: \"2027\", source: a page, says: words }\n";
    messages(
        "attested",
        &[
            ("checklists/list.yaml", list),
            ("attestations/apnic/list.yaml", claims),
            ("attestations/arin/list.yaml", days),
            (
                "attestations/arin/other.yaml",
                "attestations: lits\nregistry: aric\nclaims: {}\n",
            ),
            (
                "attestations/arin/third.yaml",
                "attestations: list\nregistry: arin\nclaims:\n  hosted: { state: planned, read: 2026-11-01, source: a page }\n",
            ),
            (
                "bad/attested.yaml",
                "scenario: bad.attested\ntitle: T\nlevel: observe\nprobes: { help: { rdap: help } }\ncompare:\n  \
                 - { id: a, value: \"registry.attested.list.hosetd.state\", rule: report }\n  \
                 - { id: b, value: registry.attested.list.hosted.sate, rule: report }\n",
            ),
        ],
    );
}

#[test]
fn messages_about_fragments_name_both_places() {
    messages(
        "fragments",
        &[
            (
                "fragments/page.yaml",
                "fragment: page\ntitle: A page\nwith:\n  name: { meaning: the probe }\n  path: { meaning: the path, default: help }\n\
              probes:\n  \"${with.name}\": { http: \"${with.path}\", timeout: soon }\nchecks:\n  - { id: \"${with.name}-ok\", level: observe, expect: { \"${with.name}.stat\": 200, \"${with.nmae}.status\": 1 } }\n",
            ),
            (
                "fragments/unused.yaml",
                "fragment: unused\ntitle: Nobody uses it\nuse: [{ fragment: page }]\n",
            ),
            (
                "bad/fragments.yaml",
                "scenario: bad.fragments\ntitle: T\nlevel: observe\nuse:\n  - { fragment: page, with: { name: a } }\n  \
              - { fragment: page, with: { nam: b } }\n  - { fragment: pages }\n",
            ),
        ],
    );
}

#[test]
fn messages_about_data() {
    messages(
        "data",
        &[
            (
                "agreements/other.yaml",
                "agreement: age2\ntext: x\nparties: [ripe]\nsince: soon\nrecorded: y\n",
            ),
            (
                "catalog/y.yaml",
                "catalog: y\nentries:\n  - { id: x.rule, sentence: Again., not_tested: planned, level: may }\n  - { id: y.a, sentence: S., level: must, by: rule }\n  - { id: y.b, sentence: S., level: must }\n  - { id: y.c, sentence: S., level: must, by: check, ref: rfc1#1 }\n",
            ),
            (
                "policies/strict.yaml",
                "policy: strict\ngate: heavy\nlevels: [{ id: \"x y\", level: must }]\n",
            ),
            (
                "registries/ripe-ncc.yaml",
                "registry: ripe-ncc\nname: RIPE NCC\nrdap: { base: nowhere, bsae: x }\nlimits: { rate: fast }\nmaintenance: [{ from: 2026-11-22, until: 2026-11-21, source: s }]\nsources: { whois: { source: s, date: 2026-11-22 } }\n",
            ),
            (
                "targets/other.yaml",
                "target: live2\nkind: live\nregistries: { ripe: {}, apnic: { rdpa: {} } }\nlimits: { body: 3s }\npacing: { rate: 1 }\naccess: { connect_to: { a: b } }\n",
            ),
            (
                "waivers/apnic.yaml",
                "waivers:\n  - { id: W-1, match: { check: good.one/b, target: nowhere }, reason: r, owner: o, approved_by: \"apnic: x\", scope: audit, issue: \"https://example.net/1\", issued: 2026-02-01, expires: 2026-01-01 }\n  \
              - { id: W-1, match: { check: good.one/a, target: mock }, reason: r, owner: o, approved_by: me, scope: both, issue: none, issued: 2026-01-01, expires: 2026-02-01 }\n  - { id: W-2, match: { check: good.one/c } }\n",
            ),
            (
                "worlds/faults/a.yaml",
                "fault: a\ntitle: T\nregistry: ripe\nexpects: { fail: [good.one/a] }\n",
            ),
            (
                "worlds/faults/b.yaml",
                "fault: b\ntitle: T\nregistry: apnic\nexpects: { fail: [good.one/b, good.one/c, x.check], divergent: [good.one/a], inconclusive: [\"nothing.**\"], wrong: [] }\n",
            ),
            (
                "worlds/faults/c.yaml",
                "fault: c\ntitle: T\nregistry: apnic\nexpects: { fail: [good.one/b, good.one/c, x.check], divergent: [good.one/a], inconclusive: [\"nothing.**\"] }\n",
            ),
            (
                "good/old.yml",
                "scenario: good.old\ntitle: T\nlevel: observe\nrenamed_from: [good.one, good.gone]\nprobes: { a: { rdap: help } }\nchecks: [{ id: a, expr: a.ok, renamed_from: good.gone }]\n",
            ),
        ],
    );
}

#[test]
fn messages_about_remarks_and_errata() {
    messages(
        "notes",
        &[
            (
                "remarks/apnic.yaml",
                "remarks:\n  - { id: R-1, match: { check: good.one/z, target: nowhere }, stance: planned, text: t, by: b, on: 2026-01-01 }\n  \
              - { id: R-1, match: { check: good.one/a, registries: [apnic] }, stance: disputed, planned: 2026-02-01, text: t, by: b, on: 2026-01-01 }\n  \
              - { id: R-2, match: { check: x.rule }, stance: planned, planned: 2025-12-31, text: t, by: b, on: 2026-01-01 }\n  \
              - { id: R-3, match: { check: x.rule }, stance: denied }\n",
            ),
            (
                "remarks/ripe.yaml",
                "remarks:\n  - { id: R-9, match: { check: good.one/a }, stance: accepted, text: t, by: b, on: 2026-01-01 }\n",
            ),
            (
                "errata/2026.yaml",
                "errata:\n  - { id: E-1, match: { check: gone.check, registries: [ripe] }, runs: [], reason: r, on: 2026-01-01 }\n  \
              - { id: E-1, match: { check: good.one/a }, runs: [x], reason: r, on: soon }\n  \
              - { id: E-1, match: { check: good.one/a }, runs: [x], reason: r, on: 2026-01-01 }\n",
            ),
            (
                "waivers/both.yaml",
                "waivers:\n  - { id: W-1, match: { check: good.one/a, target: mock, registries: [apnic, arin] }, reason: r, owner: o, approved_by: \"apnic: x\", scope: both, issue: \"https://example.net/1\", issued: 2026-01-01, expires: 2026-02-01 }\n",
            ),
        ],
    );
}

#[test]
fn messages_about_what_is_kept() {
    messages(
        "kept",
        &[
            (
                "bad/kept.yaml",
                "scenario: bad.kept\ntitle: T\nlevel: must\nref: rfc9083#7\nprobes: { p: { rdap: help } }\nchecks:\n  \
              - { id: a, expect: { p.status: { snapshot: true } } }\n  \
              - { id: b, level: observe, expect: { p.status: { snapshot: { normalise: [sort] } } } }\n  \
              - { id: c, level: observe, expect: { p.status: { snapshot: { normalize: [sorted] } } } }\n  \
              - { id: d, expect: { p.status: { snapshot: as_is } } }\n  \
              - { id: e, expect: { p.status: { snapshot: as_is, max: 299 } } }\n  \
              - { id: f, level: observe, expect: { p.timing.total: { snapshot: as_is } } }\n  \
              - { id: g, level: observe, expect: { p $.a: { each: { snapshot: as_is }, not: { within: { of: baseline, ratio: 5% } } } } }\n  \
              - { id: h, expect: { p.status: { within: { of: baseline } } } }\n  \
              - { id: i, expect: { p.url: { within: { of: baseline, ratio: 5% } } } }\n",
            ),
            (
                "bad/sampled.yaml",
                "scenario: bad.sampled\ntitle: T\nlevel: observe\nmatrix: { x: { sample: { from: \"registry.samples.ip4\", count: 1, seed: 1 } } }\nprobes: { p: { rdap: \"ip/${x}\" } }\nchecks:\n  - { id: a, expect: { p.status: { snapshot: as_is } } }\n",
            ),
            (
                "policies/strict.yaml",
                "policy: strict\ndrift_fails: maybe\n",
            ),
            (
                "worlds/faults/a.yaml",
                "fault: a\ntitle: T\nregistry: apnic\nexpects: { fail: [], drift: [good.one/a, good.one/z] }\n",
            ),
        ],
    );
}
