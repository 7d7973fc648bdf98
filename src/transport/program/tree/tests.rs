//! Tests of `tree.rs`.

use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::PathBuf;

use super::*;
use crate::fact::Digest;

fn folder(name: &str) -> PathBuf {
    let path = std::env::temp_dir().join(format!("quintet-tree-{name}-{}", std::process::id()));
    drop(std::fs::remove_dir_all(&path));
    std::fs::create_dir_all(&path).unwrap();
    path
}

fn body(octets: &[u8]) -> Body {
    Body {
        digest: Digest::of(octets),
        bytes: wide(octets.len()),
        content: Content::Memory(Bytes::copy_from_slice(octets)),
    }
}

const ENOUGH: PackLimits = PackLimits {
    bytes: 1_000,
    entries: 10,
};

#[test]
fn a_folder_is_one_body_and_a_tree_again() {
    let folder = folder("whole");
    std::fs::create_dir(folder.join("b")).unwrap();
    std::fs::write(folder.join("b/a file%"), b"abc").unwrap();
    std::fs::write(folder.join("c.cer"), b"defg").unwrap();
    std::fs::write(folder.join("d"), b"").unwrap();
    symlink("/etc/passwd", folder.join("e")).unwrap();
    symlink("/etc", folder.join("f")).unwrap();
    for (name, mode) in [("b/a file%", 0o755), ("c.cer", 0o000)] {
        let mode = std::fs::Permissions::from_mode(mode);
        std::fs::set_permissions(folder.join(name), mode).unwrap();
    }
    let packed = pack(&folder, Vec::new(), ENOUGH).unwrap();
    let tree = Tree::open(&body(&packed), 10).unwrap();
    let shown: Vec<String> = tree
        .entries
        .iter()
        .map(|e| format!("{} {} {} {}", e.kind.letter(), e.path, e.length, e.target))
        .collect();
    assert_eq!(
        shown,
        [
            "d b 0 ",
            "f b/a file% 3 ",
            "f c.cer 4 ",
            "f d 0 ",
            "l e 0 /etc/passwd",
            "l f 0 /etc",
        ]
    );
    assert_eq!(tree.entries[1].mode, 0o755);
    assert_eq!(tree.read(&tree.entries[1]).unwrap().as_ref(), b"abc");
    assert_eq!(tree.read(&tree.entries[2]).unwrap().as_ref(), b"defg");
    let file = folder.join("packed");
    std::fs::write(&file, &packed).unwrap();
    let mut spooled = body(&packed);
    spooled.content = Content::File(file);
    let tree = Tree::open(&spooled, 10).unwrap();
    assert_eq!(tree.read(&tree.entries[2]).unwrap().as_ref(), b"defg");
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn a_folder_that_is_too_large_is_not_packed() {
    let folder = folder("large");
    for name in ["a", "b", "c"] {
        std::fs::write(folder.join(name), b"0123456789").unwrap();
    }
    for (bytes, entries, fits) in [(30, 3, true), (29, 3, false), (30, 2, false)] {
        let packed = pack(&folder, Vec::new(), PackLimits { bytes, entries });
        assert_eq!(packed.is_ok(), fits, "{bytes} {entries}");
    }
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn what_is_no_tree_is_refused() {
    let empty = TreeWriter::new(Vec::new()).unwrap().finish().unwrap();
    assert!(Tree::open(&body(&empty), 0).unwrap().entries.is_empty());
    assert!(Tree::open(&body(b""), 0).unwrap().entries.is_empty());
    let entry = "f 15 0 0 644 a \n";
    let tree = format!("quintet-tree-1\n{entry}000000000000000f\n");
    assert_eq!(
        Tree::open(&body(tree.as_bytes()), 1).unwrap().entries.len(),
        1
    );
    assert!(Tree::open(&body(tree.as_bytes()), 0).is_err());
    for bad in [
        tree.replace("f 15", "f 16"),
        tree.replace("f 15 0", "f 15 18446744073709551615"),
        tree.replace("644 a ", "644 %zz "),
        tree.replace("f 15", "x 15"),
        tree.replace("000f\n", "ffff\n"),
        tree.replace("tree-1", "tree-2"),
        tree.replace("a \n", "a"),
        "quintet-tree-1\n".to_owned(),
    ] {
        assert!(Tree::open(&body(bad.as_bytes()), 10).is_err(), "{bad}");
    }
}
