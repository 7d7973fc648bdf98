//! Mistakes that are told before anything is evaluated.

use super::*;

#[test]
fn unknown_names_are_mistakes_with_a_place() {
    refused(
        "help.stauts == 200",
        "help.stauts",
        "unknown fact `help.stauts`; did you mean `help.status`?",
    );
    refused(
        "hepl.status == 200",
        "hepl",
        "unknown name `hepl`; did you mean `help`?",
    );
    refused(
        "help.timing.totl",
        "help.timing.totl",
        "unknown fact `help.timing.totl`; did you mean `help.timing.total`?",
    );
    refused(
        "help.json.x.exist(e, true)",
        "exist",
        "unknown function `exist`; did you mean `exists`?",
    );
    refused(
        "sizze([1])",
        "sizze",
        "unknown function `sizze`; did you mean `size`?",
    );
    refused(
        "run.startd",
        "run.startd",
        "unknown name `run.startd`; did you mean `run.started`?",
    );
    refused(
        "help.hop_list.all(h, h.sttus == 200)",
        "h.sttus",
        "unknown fact `h.sttus`; did you mean `h.status`?",
    );
    refused(
        "help.headers.content-type == 'x'",
        "type",
        "unknown name `type`; a header with a hyphen is written `headers['content-type']`",
    );
    refused("help.json.a == c", "c", "unknown name `c`");
    refused(
        "help",
        "help",
        "this is a whole probe; name one of its facts",
    );
}

/// Several mistakes are all told, a misspelt macro without the echo of its variable.
#[test]
fn all_mistakes_are_told_at_once() {
    let problems = Expression::compile(
        "help.stauts == 200 && nope && help.body.bytes < 9",
        &scope(),
    )
    .unwrap_err();
    assert_eq!(problems.len(), 3, "{problems:?}");
    let problems = Expression::compile("help.json.events.exist(e, e.x)", &scope()).unwrap_err();
    assert_eq!(problems.len(), 1, "{problems:?}");
}

#[test]
fn units_refuse_each_other() {
    let size = "a size in bytes";
    let write = "write `bytes(n)`, `kib(n)` or `mib(n)`";
    refused(
        "help.body.bytes < duration('1h')",
        "help.body.bytes < duration('1h')",
        &format!("`<` does not go with {size} and a duration"),
    );
    refused(
        "help.body.bytes < 9",
        "help.body.bytes < 9",
        &format!("`<` does not go with {size} and a number; {write}"),
    );
    refused(
        "help.body.bytes == 312",
        "help.body.bytes == 312",
        &format!("`==` does not go with {size} and a number; {write}"),
    );
    refused(
        "help.timing.total > 5",
        "help.timing.total > 5",
        "`>` does not go with a duration and a number; write `duration('90s')`, `hours(n)` or `days(n)`",
    );
    refused(
        "help.at > '2026'",
        "help.at > '2026'",
        "`>` does not go with a time and text; write `timestamp('2026-01-01T00:00:00Z')`",
    );
    refused(
        "help.prefixes == '192.0.2.0/24'",
        "help.prefixes == '192.0.2.0/24'",
        "`==` does not go with a set of addresses and text; write `prefixes('192.0.2.0/24')`",
    );
    refused(
        "help.status == '200'",
        "help.status == '200'",
        "`==` does not go with a number and text",
    );
    refused(
        "help.body.bytes in [1, 2]",
        "help.body.bytes in [1, 2]",
        &format!("`in` does not go with {size} and a list; {write}"),
    );
    refused(
        "help.status && true",
        "help.status",
        "`&&` takes true or false, not a number",
    );
    refused("kib('1')", "'1'", "`kib` takes a number, not text");
    refused("size(1, 2)", "size", "`size` is written `size(x) int`");
    // Where a document hides the kind, the evaluation refuses.
    fails(
        "help.body.bytes < help.json.ttl",
        &format!("`<` does not go with {size} and a number; {write}"),
    );
    fails(
        "help.json.ttl == help.timing.total",
        "`==` does not go with a number and a duration; write `duration('90s')`, `hours(n)` or `days(n)`",
    );
    yields(
        "help.body.bytes < kib(1) && help.body.bytes * 2 == bytes(624)",
        json!(true),
    );
    yields("help.json.port43 == 5", json!(false));
    yields("help.body.bytes == null", json!(false));
}

#[test]
fn patterns_are_compiled_when_the_suite_is_read() {
    let problems = Expression::compile("'a'.matches('[0-9')", &scope()).unwrap_err();
    assert_eq!(problems[0].range, 12..18);
    assert!(
        problems[0].message.starts_with("this is not a pattern: "),
        "{problems:?}"
    );
    let problems =
        Expression::compile("'a'.matches('(((a{1000}){1000}){1000})')", &scope()).unwrap_err();
    assert!(
        problems[0].message.contains("not a pattern"),
        "{problems:?}"
    );
    fails(
        "'a'.matches(help.json.port43 + '[')",
        "this is not a pattern: unclosed character class",
    );
}

#[test]
fn syntax_errors_have_places() {
    for (text, range, message) in [
        (
            "help.json.events.exists(e, e.x == )",
            34..35,
            "`)` may not stand here",
        ),
        (
            "help.status ==",
            14..14,
            "expression ends too early; a value is missing",
        ),
        ("", 0..0, "expression is empty"),
        ("a b", 2..3, "`b` may not stand here"),
        ("'é' == x y", 10..11, "`y` may not stand here"),
        (
            "Message{a: 1}",
            7..8,
            "messages such as `Message{…}` are not known here",
        ),
        (
            "b'x'",
            0..4,
            "octet texts are not known here; write text without `b`",
        ),
        (
            "has(help)",
            0..9,
            "`has` takes one member, such as `has(help.json.notices)`",
        ),
        (
            "[1].all(1, true)",
            4..7,
            "`all` takes a name first, such as `list.all(x, x != '')`",
        ),
        ("[1].all(x)", 4..7, "`all` takes a name and one expression"),
    ] {
        let problems = Expression::compile(text, &scope()).expect_err(text);
        assert_eq!(
            (problems[0].range.clone(), problems[0].message.as_str()),
            (range, message),
            "{text}"
        );
    }
}

#[test]
fn places_are_exact_behind_wide_characters_and_lines() {
    let text = "'é' == 'é' &&\n  help.stauts == 1";
    let problems = Expression::compile(text, &scope()).unwrap_err();
    assert_eq!(text.get(problems[0].range.clone()), Some("help.stauts"));
}

#[test]
fn what_is_too_large_is_refused_before_it_is_parsed() {
    // On a small stack, as the threads of a runtime have.
    let thread = std::thread::Builder::new().stack_size(2 << 20).spawn(|| {
        let check = |text: String, part: &str| match Expression::compile(&text, &scope()) {
            Ok(_) => assert!(part.is_empty(), "{}", text.get(..20).unwrap_or_default()),
            Err(problems) => assert!(problems[0].message.contains(part), "{problems:?}"),
        };
        check(
            format!("help.json{}", ".a".repeat(5000)),
            "longer than 1000",
        );
        check(format!("help.json{}", ".a".repeat(450)), "higher than 100");
        check(format!("1{}", "+1".repeat(450)), "higher than 100");
        check(format!("help.json{}", "[0]".repeat(300)), "higher than 100");
        check(
            format!("{}1{}", "(".repeat(40), ")".repeat(40)),
            "nested deeper than 32",
        );
        check(format!("{}1{}", "(".repeat(32), ")".repeat(32)), "");
        check(format!("{}1{}", "[".repeat(32), "]".repeat(32)), "");
        check(format!("{}1", "true ? 1 : ".repeat(32)), "");
        check(
            format!("{}1", "true?1:".repeat(40)),
            "nested deeper than 32",
        );
        check(format!("{}true", "!".repeat(990)), "");
        check("(".repeat(32), "ends too early");
        check(
            format!("{}{}", "(".repeat(16), "?".repeat(16)),
            "may not stand here",
        );
    });
    thread.unwrap().join().unwrap();
}

/// Texts made of pieces of the language: whatever they say, there is an answer in bounded work.
#[test]
fn no_text_panics() {
    let pieces = [
        "help",
        ".json",
        ".status",
        ".events",
        "[0]",
        "['a']",
        "(",
        ")",
        "[",
        "]",
        "{",
        "}",
        "'a'",
        "1",
        "1.5",
        " + ",
        " - ",
        " * ",
        " / ",
        " % ",
        " == ",
        " < ",
        " && ",
        " || ",
        "!",
        " ? ",
        " : ",
        " in ",
        ".map(x, x)",
        ".all(x, ",
        ".size()",
        "has(",
        "size(",
        "prefixes(",
        "covers(",
        ", ",
        "$",
        "${",
        "\\",
        "\"",
        "é",
        "\n",
        "vars",
        ".x",
        "down",
        "null",
        "true",
        "duration('1h')",
        "kib(1)",
        ".matches('[a')",
        "max(",
        "-9223372036854775808",
        "sorted(",
        "pick(",
        "0x1F",
        "1u",
        "b'x'",
        "//",
    ];
    let (help, down) = (help(), failed());
    let vars = json!({"x": [1, "a", null, {"x": []}]});
    let mut environment = Environment::new();
    environment.set_probe("help", &help);
    environment.set_probe("down", &down);
    environment.set_json("vars", &vars);
    let values = [
        "help.json",
        "help.status",
        "help.json.events",
        "help.body.bytes",
        "help.prefixes",
        "down.ok",
        "down.json",
        "vars.x",
        "1",
        "0",
        "1.5",
        "'a'",
        "null",
        "true",
        "[1, 'a']",
        "{'a': 1}",
        "kib(1)",
        "duration('1h')",
        "help.headers",
        "help.at",
    ];
    let operators = [
        "+", "-", "*", "/", "%", "==", "!=", "<", ">=", "&&", "||", "in",
    ];
    let mut state = 7_u64;
    let mut pick = |list: &[&'static str]| -> &'static str {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        list[usize::try_from(state >> 33).unwrap() % list.len()]
    };
    let mut compiled = 0;
    for round in 0..1_200 {
        let text: String = if round % 2 == 0 {
            (0..5).map(|_| pick(&pieces)).collect()
        } else {
            format!("{} {} {}", pick(&values), pick(&operators), pick(&values))
        };
        match Expression::compile(&text, &scope()) {
            Ok(expression) => {
                compiled += 1;
                let evaluation = expression.run(&environment);
                drop(
                    evaluation
                        .value
                        .map(|value| (value.render(), value.to_fact())),
                );
            }
            Err(problems) => {
                assert!(!problems.is_empty(), "{text}");
                for problem in problems {
                    assert!(
                        text.get(problem.range.clone()).is_some(),
                        "{text}: {problem:?}"
                    );
                }
            }
        }
        match Template::compile(&text, &scope()) {
            Ok(template) => drop(template.render(&environment)),
            Err(problems) => assert!(
                problems.iter().all(|p| text.get(p.range.clone()).is_some()),
                "{text}: {problems:?}"
            ),
        }
        match Selector::compile(&format!("${text}")) {
            Ok(selector) => drop(selector.select(&vars)),
            Err(problem) => assert!(problem.range.end <= text.len() + 1, "{text}: {problem:?}"),
        }
    }
    assert!(compiled > 50, "{compiled}");
}
