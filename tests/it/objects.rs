//! An archive in a store of objects: moto, which nobody here wrote, serves what S3 does.
//!
//! `docs/history.md` says how to install it; the program is built with the feature `s3`.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use quintet::cli::run_in;
use quintet::cli::shell::Shell;
use quintet::transport::objects::Objects;
use quintet::transport::store::Store as _;

use crate::folder::Folder;
use crate::oracles::installed_at;

/// A store of objects with one bucket, as long as it lives.
struct Moto {
    server: Child,
    place: String,
}

impl Moto {
    /// Starts the server, where it is installed.
    fn start() -> Option<Self> {
        let target = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/moto/bin/moto_server");
        if !installed_at(&target) {
            return None;
        }
        let mut server = Command::new(&target)
            .args(["-H", "127.0.0.1", "-p", "0"])
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .process_group(0)
            .spawn()
            .unwrap();
        let mut said = BufReader::new(server.stderr.take().unwrap());
        let mut line = String::new();
        let place = loop {
            line.clear();
            assert_ne!(said.read_line(&mut line).unwrap(), 0, "moto ended");
            if let Some((_, place)) = line.split_once("Running on http://") {
                break place.trim().to_owned();
            }
        };
        // It says a line for each request, and would wait for somebody to read them.
        std::thread::spawn(move || std::io::copy(&mut said, &mut std::io::sink()));
        let moto = Self { server, place };
        moto.make("audits");
        Some(moto)
    }

    /// Makes a bucket.
    fn make(&self, bucket: &str) {
        let mut stream = TcpStream::connect(&self.place).unwrap();
        let request = format!(
            "PUT /{bucket} HTTP/1.0\r\nHost: {}\r\nContent-Length: 0\r\n\r\n",
            self.place
        );
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(answer.contains(" 200 "), "{answer}");
    }

    /// Returns the environment of a program that uses the store.
    fn environment(&self) -> [(&'static str, String); 5] {
        [
            ("AWS_ENDPOINT_URL", format!("http://{}", self.place)),
            ("AWS_ALLOW_HTTP", "true".to_owned()),
            ("AWS_REGION", "us-east-1".to_owned()),
            ("AWS_ACCESS_KEY_ID", "key".to_owned()),
            ("AWS_SECRET_ACCESS_KEY", "secret".to_owned()),
        ]
    }

    fn objects(&self, prefix: &str) -> Objects {
        let environment = self.environment();
        let options = environment
            .iter()
            .map(|(name, value)| (*name, value.as_str()));
        Objects::open(&format!("s3://audits/{prefix}"), options).unwrap()
    }

    /// Runs a verb as a person would; returns the exit code and what was printed.
    fn quintet(&self, words: &[&str]) -> (u8, String, String) {
        let suite = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
        let (mut shell, out, err) = Shell::into_buffers(suite);
        for (name, value) in self.environment() {
            shell = shell.with(name, &value);
        }
        let exit = run_in(&shell, words).unwrap();
        (exit.code(), out.text(), err.text())
    }
}

impl Drop for Moto {
    fn drop(&mut self) {
        self.server.kill().unwrap();
        self.server.wait().unwrap();
    }
}

#[test]
fn objects_come_back_as_they_were_put_and_large_files_go_in_parts() {
    let Some(moto) = Moto::start() else {
        return;
    };
    let objects = moto.objects("a/deep");
    let sizes = [0, 1, 16 << 20, (16 << 20) + 1, 40 << 20];
    let folder = Folder::new("objects");
    for size in sizes {
        let octets: Vec<u8> = (0..size)
            .map(|n: u32| n.to_le_bytes()[n as usize % 3])
            .collect();
        let file = folder.path().join("file");
        fs::write(&file, &octets).unwrap();
        let path = format!("sizes/{size}");
        objects.put_file(&path, &file).unwrap();
        assert!(objects.get(&path).unwrap().unwrap() == octets, "{size}");
    }
    // What stands beside the prefix is somebody else's.
    moto.objects("a/deeper").put("sizes/other", b"x").unwrap();
    let paths = |prefix: &str| -> Vec<String> {
        let all = objects.list(prefix).unwrap().into_iter();
        all.map(|stored| stored.path).collect()
    };
    assert_eq!(paths("sizes").len(), sizes.len());
    assert_eq!(paths("siz"), Vec::<String>::new());
    assert_eq!(paths("sizes")[0], "sizes/0");
    objects.remove("sizes/0").unwrap();
    objects.remove("sizes/0").unwrap();
    assert_eq!(objects.get("sizes/0").unwrap(), None);
    assert_eq!(paths("sizes").len(), sizes.len() - 1);
}

#[test]
fn an_archive_of_objects_tells_what_one_in_a_folder_does() {
    let Some(moto) = Moto::start() else {
        return;
    };
    let folder = Folder::new("objects-archive");
    let at = |name: &str| folder.path().join(name).to_string_lossy().into_owned();
    let (local, remote) = (at("archive"), "s3://audits/archive");
    for (name, time, fault) in [
        ("one", "2026-11-21T08:00:00Z", None),
        ("two", "2026-11-22T08:00:00Z", Some("lacnic-no-profile")),
    ] {
        let bundle = at(name);
        let mut words = vec!["run", "rdap.help", "-q", "--at", time, "--out", &bundle];
        words.extend(fault.iter().flat_map(|fault| ["--fault", fault]));
        moto.quintet(&words);
        for archive in [local.as_str(), remote] {
            let (code, _, err) = moto.quintet(&["history", "--archive", archive, "--add", &bundle]);
            assert_eq!(code, 0, "{err}");
            assert!(err.contains(": added"), "{err}");
        }
    }
    let both = |words: &[&str]| {
        let ask = |archive: &str| {
            let (code, out, err) =
                moto.quintet(&[&["history", "--archive", archive], words].concat());
            assert_eq!(code, 0, "{words:?}: {err}");
            out
        };
        let (first, second) = (ask(&local), ask(remote));
        assert_eq!(first, second, "{words:?}");
        first
    };
    assert_eq!(both(&[]).lines().count(), 2);
    let id = "rdap.resp.conformance-nro";
    let told = both(&[id]);
    assert!(!told.is_empty());
    both(&["--rebuild"]);
    assert_eq!(both(&[id]), told);
    // A store that nobody serves any more is told.
    let environment = moto.environment();
    drop(moto);
    let suite = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    let (mut shell, _, err) = Shell::into_buffers(suite);
    for (name, value) in environment {
        shell = shell.with(name, &value);
    }
    shell = shell.with("AWS_MAX_RETRIES", "0");
    let exit = run_in(&shell, &["history", "--archive", remote]).unwrap();
    assert_ne!(exit.code(), 0);
    assert!(
        err.text().contains("cannot use the archive"),
        "{}",
        err.text()
    );
}
