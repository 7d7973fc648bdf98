//! Verbs that show the suite.

use super::*;

#[test]
fn lists_have_the_fields_that_tools_read() {
    let (shell, out, _) = Shell::into_buffers(root().join("scenarios"));
    assert_eq!(
        run_in(
            &shell,
            &[
                "list",
                "--format",
                "json",
                "scenario(rdap.help) & by(check)"
            ]
        )
        .unwrap(),
        Exit::Met
    );
    let rows: serde_json::Value = serde_json::from_str(&out.text()).unwrap();
    let row = rows[0].as_object().unwrap();
    let mut keys: Vec<&str> = row.keys().map(String::as_str).collect();
    keys.sort_unstable();
    assert_eq!(
        keys,
        [
            "by",
            "covers",
            "faults",
            "file",
            "id",
            "level",
            "line",
            "operator",
            "refs",
            "registries"
        ]
    );
    let (shell, out, _) = Shell::into_buffers(root().join("scenarios"));
    assert_eq!(
        run_in(&shell, &["list", "--faults", "--format", "json"]).unwrap(),
        Exit::Met
    );
    let rows: serde_json::Value = serde_json::from_str(&out.text()).unwrap();
    let keys: Vec<&str> = rows[0]
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    assert_eq!(keys, ["name", "registry", "expects"]);
}

#[test]
fn faults_are_shown_with_all_that_they_change() {
    let (shell, out, _) = Shell::into_buffers(root().join("scenarios"));
    let words = ["list", "--faults", "always-503", "--format", "json"];
    assert_eq!(run_in(&shell, &words).unwrap(), Exit::Met);
    let rows: serde_json::Value = serde_json::from_str(&out.text()).unwrap();
    let expects = &rows[0]["expects"];
    assert_eq!(expects["causes"], serde_json::json!(["server-error"]));
    let ids = &expects["elsewhere"][0]["ids"];
    assert_eq!(*ids, serde_json::json!(["rdap.authority/redirect-ends"]));
    let reason = expects["elsewhere"][0]["reason"].as_str().unwrap();
    assert!(reason.contains("is redirected to it"), "{reason}");

    for words in [
        ["list", "--faults", "always-503"].as_slice(),
        &["explain", "always-503"],
    ] {
        let (shell, out, _) = Shell::into_buffers(root().join("scenarios"));
        assert_eq!(run_in(&shell, words).unwrap(), Exit::Met);
        let text = out.text();
        for part in [
            "not judged",
            "because of",
            "server-error",
            "elsewhere",
            "redirect-ends: what another",
        ] {
            assert!(text.contains(part), "{words:?} {part}: {text}");
        }
    }
}

#[test]
fn verbs_say_what_is_wrong_with_their_words() {
    for (words, expected) in [
        (
            vec!["explain", "rdap.link.self-typ"],
            "did you mean `rdap.link.self-type`?",
        ),
        (vec!["facts", "rdapp"], "did you mean `rdap`?"),
        (vec!["schema", "scenarios"], "did you mean `scenario`?"),
        (vec!["list", "levl(must)"], "did you mean `level`?"),
    ] {
        let (shell, _, err) = Shell::into_buffers(root().join("scenarios"));
        assert_eq!(run_in(&shell, &words).unwrap(), Exit::Usage, "{words:?}");
        assert!(err.text().contains(expected), "{}", err.text());
    }
    let (shell, _, _) = Shell::into_buffers(root().join("scenarios"));
    assert_eq!(
        run_in(&shell, &["list", "nothing.at.all"]).unwrap(),
        Exit::Nothing
    );
}

#[test]
fn explain_tells_clause_place_and_proof() {
    let (shell, out, _) = Shell::into_buffers(root().join("scenarios"));
    assert_eq!(
        run_in(&shell, &["explain", "rdap.link.self-type"]).unwrap(),
        Exit::Met
    );
    let text = out.text();
    for word in [
        "https://www.rfc-editor.org/rfc/rfc9083#section-",
        "scenarios/catalog/rdap.yaml:",
        "proved by",
        "level must",
    ] {
        assert!(text.contains(word), "{word} is missing in\n{text}");
    }
}

#[test]
fn a_suite_of_one_file_is_read_from_anywhere() {
    assert!(Path::new(&root().join("scenarios/suite.yaml")).is_file());
    let (shell, out, err) = Shell::into_buffers(root().join("scenarios"));
    let file = root().join("scenarios/rdap/help.yaml");
    assert_eq!(
        run_in(&shell, &["lint", file.to_str().unwrap()]).unwrap(),
        Exit::Met,
        "{}{}",
        out.text(),
        err.text()
    );
}

#[test]
fn examples_of_help_name_what_there_is() {
    let (shell, _, _) = Shell::into_buffers(root().join("scenarios"));
    let help = run_in(&shell, &["explain", "--help"])
        .unwrap_err()
        .to_string();
    let lines = help
        .lines()
        .filter_map(|line| line.trim().strip_prefix("quintet explain "));
    let ids: Vec<&str> = lines.map(|rest| rest.split(' ').next().unwrap()).collect();
    assert!(ids.len() >= 4, "{help}");
    for id in ids {
        let (shell, _, err) = Shell::into_buffers(root().join("scenarios"));
        let exit = run_in(&shell, &["explain", id]).unwrap();
        assert_eq!(exit, Exit::Met, "{id}: {}", err.text());
    }
}
