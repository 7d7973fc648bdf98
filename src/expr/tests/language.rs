//! The language is the one that others implement too.

use super::*;

/// Our evaluation agrees with the crate's own interpreter on plain values.
#[test]
fn the_language_is_cel() {
    for text in [
        "1 + 2 * 3 - 4 / 2 % 3",
        "-7 / 2",
        "-7 % 3",
        "1.5 + 2.5",
        "'a' + 'b' == 'ab'",
        "[1, 2] + [3]",
        "[1, 2, 3].map(x, x * 2)",
        "[1, 2, 3].map(x, x > 1, x * 2)",
        "[1, 2, 3].filter(x, x > 1)",
        "[1, 2, 3].all(x, x > 0)",
        "[].all(x, false)",
        "[].exists(x, true)",
        "[1, 2, 2].exists_one(x, x == 2)",
        "{'a': 1}.a",
        "{'a': {'b': [1, 2]}}.a.b[1]",
        "{'b': 1, 'a': 2}.size()",
        "has({'a': 1}.a) && !has({'a': 1}.b)",
        "'a' in {'a': 1} && !(2 in [1])",
        "1 == 1.0 && 2 > 1.5",
        "'b' > 'a' && false < true",
        "null == null && [1, [2]] == [1, [2]] && {'a': 1} == {'a': 1}",
        "true ? 1 : 1 / 0",
        "false && 1 / 0 == 1",
        "1 / 0 == 1 || true",
        "[0, 1].exists(x, 1 / x == 1)",
        "size('é€') == 2 && 'abc'.contains('b') && 'abc'.startsWith('a') && 'abc'.endsWith('c')",
        "'a1'.matches('[0-9]$')",
        "duration('1h30m') > duration('90s')",
        "timestamp('2026-01-02T00:00:00Z') - timestamp('2026-01-01T00:00:00Z') == duration('24h')",
        "timestamp('2026-01-01T00:00:00Z') + duration('1h') < timestamp('2026-01-01T02:00:00Z')",
        "int('5') + int(2.9) + size([1])",
        "double('1.5') * 2.0",
        "string(5) + 'x'",
        "'\\u00e9\\n' == \"é\\n\" && r'\\d' == '\\\\d'",
        "!!true && !(1 > 2) && -(-5) == 5",
    ] {
        let ours =
            Expression::compile(text, &Scope::new()).unwrap_or_else(|p| panic!("{text}: {p:?}"));
        let environment = Environment::new();
        let ours = ours
            .evaluate(&environment)
            .unwrap_or_else(|e| panic!("{text}: {e}"))
            .to_json();
        let theirs = cel::Program::compile(text)
            .unwrap()
            .execute(&cel::Context::default())
            .unwrap();
        assert_eq!(ours, plain(&theirs), "{text}");
    }
}

fn plain(value: &cel::Value) -> JsonValue {
    match value {
        cel::Value::Int(int) => json!(int),
        cel::Value::Float(double) => json!(double),
        cel::Value::Bool(flag) => json!(flag),
        cel::Value::String(text) => json!(text.as_str()),
        cel::Value::List(list) => list.iter().map(plain).collect(),
        other => panic!("{other:?}"),
    }
}
