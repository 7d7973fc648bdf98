//! Files and folders that are no suite.

use super::*;

#[test]
fn hostile_files_are_one_clear_error_each() {
    let mut bomb = String::from("scenario: bad.bomb\na: &a [1, 1, 1, 1, 1, 1, 1, 1, 1]\n");
    for (from, to) in ('a'..='y').zip('b'..='z') {
        writeln!(
            bomb,
            "{to}: &{to} [*{from}, *{from}, *{from}, *{from}, *{from}, *{from}, *{from}, *{from}]"
        )
        .unwrap();
    }
    let brackets = "[".repeat(20_000);
    let chain = format!(
        "scenario: bad.chain\ntitle: T\nlevel: observe\nprobes: {{ p: {{ rdap: help }} }}\nchecks: [{{ id: a, expr: \"p.json{}\" }}]\n",
        ".a".repeat(400)
    );
    let nested = format!(
        "scenario: bad.nested\ntitle: T\nlevel: observe\nprobes: {{ p: {{ rdap: help }} }}\nchecks: [{{ id: a, expr: \"{}p.ok{}\" }}]\n",
        "(".repeat(300),
        ")".repeat(300)
    );
    for (name, text, expected) in [
        ("bomb", bomb.as_str(), "more than 200000 values"),
        ("brackets", &brackets, "deep"),
        ("twice", "scenario: a\nscenario: b\n", "scenario"),
        ("empty", "", ""),
        ("chain", &chain, ""),
        ("nested", &nested, ""),
        (
            "regex",
            "scenario: bad.regex\ntitle: T\nlevel: observe\nprobes: { p: { rdap: help } }\nchecks: [{ id: a, expect: { p.class: { matches: \"((a{1000}){1000}){1000}\" } } }]\n",
            "regular expression",
        ),
    ] {
        let path = format!("bad/{name}.yaml");
        let reading = read(&suite(&[(&path, text)]));
        let errors = reading.errors.render(false);
        assert_eq!(reading.errors.len(), 1, "{name}: {errors}");
        assert!(errors.contains(expected), "{name}: {errors}");
        assert_eq!(
            reading
                .suite
                .scenarios
                .iter()
                .filter(|s| s.id.as_ref() == "good.one")
                .count(),
            1
        );
    }
}

#[test]
fn hostile_folders_are_one_clear_error_each() {
    let folder = std::env::temp_dir().join(format!("quintet-language-{}", std::process::id()));
    let suite = folder.join("scenarios");
    drop(std::fs::remove_dir_all(&folder));
    std::fs::create_dir_all(suite.join("bad/folder.yaml")).unwrap();
    std::fs::write(suite.join("suite.yaml"), RELEASE).unwrap();
    std::fs::write(suite.join("bad/latin.yaml"), b"scenario: \xe9\n").unwrap();
    std::fs::write(suite.join("bad/large.yaml"), vec![b'#'; 5 << 20]).unwrap();
    std::os::unix::fs::symlink("/nowhere/at/all", suite.join("bad/lost.yaml")).unwrap();
    let errors = Suite::read(&suite).unwrap_err();
    golden("lint-folder", &errors.render(false));
    let (shell, _, err) = Shell::into_buffers(folder.join("nowhere"));
    assert_eq!(run_in(&shell, &["lint"]).unwrap(), Exit::Usage);
    assert!(
        err.text().contains("there is no such folder"),
        "{}",
        err.text()
    );
    std::fs::remove_dir_all(&folder).unwrap();
}
