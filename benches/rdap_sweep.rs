//! A sweep of 5,000 distinct RDAP lookups on loopback, through `quintet run`, beside other clients.
//!
//! `cargo bench --bench rdap_sweep` makes 5,000 documents of about 1.3 KB, serves them
//! with nginx over plain HTTP with keep-alive, and measures wall time and memory of
//! the whole program: suite read, all ip rules judged, evidence kept, reports written.
//! Python's `http.client` and hurl, where installed, ask the same server for the same
//! documents in the same run, and judge nothing but the status. Without nginx it says
//! so and ends well. It is a program to read figures from, not a test.
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a benchmark prints, measures with the machine's clock, and may die of surprise"
)]

use std::fmt::Write as _;
use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Lookups of a sweep.
const LOOKUPS: u32 = 5_000;

/// Sweeps of each client; the best is shown beside all.
const SWEEPS: usize = 3;

/// Time between two looks at a running program.
const TICK: Duration = Duration::from_millis(10);

fn main() {
    let Some(nginx) = find("nginx") else {
        println!("skipped: nginx is not installed");
        return;
    };
    let folder = Folder::new();
    let networks: Vec<String> = (0..LOOKUPS).map(network).collect();
    let bytes = write_documents(&folder.0, &networks);
    let server = Server::start(&nginx, &folder.0);
    println!(
        "{LOOKUPS} lookups, {} octets each on average, nginx at {}",
        bytes / u64::from(LOOKUPS),
        server.address
    );
    write_suite(&folder.0, &networks, server.address);
    if let Some(python) = find("python3") {
        sweep_python(&python, &folder.0, &networks, server.address);
    } else {
        println!("skipped: python3 is not installed");
    }
    if let Some(hurl) = find("hurl") {
        sweep_hurl(&hurl, &folder.0, &networks, server.address);
    } else {
        println!("skipped: hurl is not installed");
    }
    sweep_quintet(&folder.0);
}

/// Returns the prefix of the nth lookup.
fn network(number: u32) -> String {
    let address = Ipv4Addr::from((102 << 24) | (number << 8));
    format!("{address}/24")
}

/// Sweeps with our program, then judges the last bundle again.
fn sweep_quintet(folder: &Path) {
    let quintet = env!("CARGO_BIN_EXE_quintet");
    let suite = folder.join("suite");
    let mut bundle = PathBuf::new();
    let runs = (0..SWEEPS).map(|number| {
        bundle = folder.join(format!("bundle-{number}"));
        let mut run = Command::new(quintet);
        run.arg("--suite").arg(&suite).arg("--quiet");
        run.args(["run", "--target", "bench", "--out"]).arg(&bundle);
        measure(&mut run, &[0, 1, 3])
    });
    let runs: Vec<Measured> = runs.collect();
    show("quintet run", &runs);
    count_evidence(&bundle);
    let judged: Vec<Measured> = (0..SWEEPS)
        .map(|_| {
            let mut judge = Command::new(quintet);
            judge.arg("--suite").arg(&suite).arg("--quiet");
            judge.arg("judge").arg(&bundle);
            measure(&mut judge, &[0, 1, 3])
        })
        .collect();
    show("quintet judge", &judged);
}

/// Says how many exchanges the journal holds: a sweep that asked less is no sweep.
fn count_evidence(bundle: &Path) {
    let journal = fs::read_to_string(bundle.join("events.ndjson")).unwrap_or_default();
    let answered = journal
        .lines()
        .filter(|line| line.contains("\"status\":200"))
        .count();
    println!("  {answered} lines of the journal tell of status 200");
}

fn sweep_python(python: &Path, folder: &Path, networks: &[String], server: SocketAddr) {
    let program = format!(
        "import http.client, sys\n\
         connection = http.client.HTTPConnection('{}', {})\n\
         for line in open(sys.argv[1]):\n\
         \x20   connection.request('GET', '/ip/' + line.strip())\n\
         \x20   answer = connection.getresponse()\n\
         \x20   body = answer.read()\n\
         \x20   assert answer.status == 200 and body, line\n",
        server.ip(),
        server.port()
    );
    let list = folder.join("networks.txt");
    fs::write(&list, networks.join("\n")).unwrap();
    let runs: Vec<Measured> = (0..SWEEPS)
        .map(|_| {
            let mut client = Command::new(python);
            client.arg("-c").arg(&program).arg(&list);
            measure(&mut client, &[0])
        })
        .collect();
    show("python http.client", &runs);
}

fn sweep_hurl(hurl: &Path, folder: &Path, networks: &[String], server: SocketAddr) {
    let mut script = String::new();
    for network in networks {
        writeln!(script, "GET http://{server}/ip/{network}\nHTTP 200\n").unwrap();
    }
    let file = folder.join("sweep.hurl");
    fs::write(&file, script).unwrap();
    let runs: Vec<Measured> = (0..SWEEPS)
        .map(|_| {
            let mut client = Command::new(hurl);
            client.arg("--test").arg(&file);
            measure(&mut client, &[0])
        })
        .collect();
    show("hurl --test", &runs);
}

/// What one program took.
struct Measured {
    wall: Duration,
    /// Largest resident memory, in KiB; 0 where the system does not tell.
    memory: u64,
}

/// Runs a program to its end; it must end with one of these codes.
fn measure(command: &mut Command, codes: &[i32]) -> Measured {
    let messages = std::env::temp_dir().join(format!("quintet-sweep-{}.txt", std::process::id()));
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(fs::File::create(&messages).unwrap());
    let started = Instant::now();
    let mut child = command.spawn().unwrap();
    let mut memory = 0;
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        memory = memory.max(resident(child.id()));
        std::thread::sleep(TICK);
    };
    let wall = started.elapsed();
    if !status.code().is_some_and(|code| codes.contains(&code)) {
        let words = fs::read_to_string(&messages).unwrap();
        panic!("{command:?} ended with {status}:\n{words}");
    }
    fs::remove_file(messages).unwrap();
    Measured { wall, memory }
}

/// Returns the largest resident memory of a running program so far, in KiB.
fn resident(id: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{id}/status")).unwrap_or_default();
    status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .and_then(|rest| rest.split_whitespace().next())
        .and_then(|number| number.parse().ok())
        .unwrap_or(0)
}

fn show(name: &str, runs: &[Measured]) {
    let best = runs.iter().map(|run| run.wall).min().unwrap();
    let memory = runs.iter().map(|run| run.memory).max().unwrap() / 1024;
    let rate = f64::from(LOOKUPS) / best.as_secs_f64();
    let all: Vec<String> = runs
        .iter()
        .map(|run| format!("{:.3} s", run.wall.as_secs_f64()))
        .collect();
    println!(
        "{name:<20} {:>7.3} s  {rate:>8.0} /s  {memory:>4} MiB   ({})",
        best.as_secs_f64(),
        all.join(", ")
    );
}

/// Writes one document for each network and returns the octets of all.
fn write_documents(folder: &Path, networks: &[String]) -> u64 {
    let mut bytes = 0;
    for (number, network) in networks.iter().enumerate() {
        let (first, length) = network.split_once('/').unwrap();
        let place = folder.join("www/ip").join(first);
        fs::create_dir_all(&place).unwrap();
        let text = document(number, network, first);
        bytes += u64::try_from(text.len()).unwrap();
        fs::write(place.join(length), text).unwrap();
    }
    bytes
}

/// Returns an RDAP answer about a network, as a registry without extensions might give it.
fn document(number: usize, network: &str, first: &str) -> String {
    let start: Ipv4Addr = first.parse().unwrap();
    let end = Ipv4Addr::from(u32::from(start) | 0xff);
    let url = format!("http://rdap.bench.test/ip/{network}");
    let link = serde_json::json!([{
        "value": url, "rel": "self", "href": url, "type": "application/rdap+json"
    }]);
    serde_json::json!({
        "rdapConformance": ["rdap_level_0", "cidr0"],
        "notices": [{
            "title": "Terms and Conditions",
            "description": ["These documents were made for a benchmark and describe nobody.",
                "They are as long as an answer about a small network usually is, so that reading and keeping them",
                "costs what it costs in a sweep of a registry: some links, two events, one entity and one notice."],
            "links": [{
                "value": url, "rel": "terms-of-service",
                "href": "http://rdap.bench.test/terms", "type": "text/html"
            }]
        }],
        "objectClassName": "ip network",
        "handle": format!("NET-{number}"),
        "startAddress": first,
        "endAddress": end.to_string(),
        "ipVersion": "v4",
        "name": format!("BENCH-{number}"),
        "type": "ASSIGNED PA",
        "country": "ZZ",
        "status": ["active"],
        "cidr0_cidrs": [{ "v4prefix": first, "length": 24 }],
        "events": [
            { "eventAction": "registration", "eventDate": "2021-03-04T05:06:07Z" },
            { "eventAction": "last changed", "eventDate": "2025-06-07T08:09:10Z" }
        ],
        "links": link,
        "entities": [{
            "objectClassName": "entity",
            "handle": format!("ORG-{number}"),
            "roles": ["registrant"],
            "vcardArray": ["vcard", [
                ["version", {}, "text", "4.0"],
                ["fn", {}, "text", format!("Benchmark {number}")],
                ["kind", {}, "text", "org"]
            ]]
        }],
        "port43": "whois.bench.test"
    })
    .to_string()
}

/// Writes a suite of one registry, one target and one scenario over the rules of this repository.
fn write_suite(folder: &Path, networks: &[String], server: SocketAddr) {
    let suite = folder.join("suite");
    let ours = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    for name in ["suite.yaml", "catalog", "clauses", "policies", "agreements"] {
        copy(&ours.join(name), &suite.join(name));
    }
    for (name, text) in [
        (
            "registries/bench.yaml",
            format!(
                "registry: bench\nname: Benchmark\nrdap: {{ base: \"http://rdap.bench.test/\" }}\n\
                 samples:\n  networks: [{}]\n\
                 sources:\n  rdap: {{ source: this benchmark, date: 2026-11-22 }}\n\
                 \x20 samples: {{ source: this benchmark, date: 2026-11-22 }}\n",
                networks.join(", ")
            ),
        ),
        (
            "targets/bench.yaml",
            format!(
                "target: bench\nkind: staging\nregistries: [bench]\nretry: {{ attempts: 1 }}\n\
                 pacing: {{ rate: none, connections: 16 }}\n\
                 access: {{ connect_to: {{ \"rdap.bench.test:80\": \"{server}\" }} }}\n"
            ),
        ),
        (
            "bench/sweep.yaml",
            format!(
                "scenario: bench.sweep\ntitle: Every network is answered as RDAP wants it\n\
                 registries: [bench]\nlevel: observe\n\
                 matrix:\n  network: {{ sample: {{ from: registry.samples.networks, count: {LOOKUPS} }} }}\n\
                 probes:\n  net: {{ rdap: \"ip/${{network}}\" }}\n\
                 checks:\n  - rules: [rdap.**]\n    of: net\n"
            ),
        ),
    ] {
        let path = suite.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
}

/// Copies a file or folder; what is not there is left out.
fn copy(from: &Path, to: &Path) {
    if from.is_file() {
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        fs::copy(from, to).unwrap();
    } else if from.is_dir() {
        for entry in fs::read_dir(from).unwrap() {
            let entry = entry.unwrap();
            copy(&entry.path(), &to.join(entry.file_name()));
        }
    }
}

/// A server that is stopped at the end.
struct Server {
    child: Child,
    address: SocketAddr,
}

impl Server {
    fn start(nginx: &Path, folder: &Path) -> Self {
        // The port is free now; nobody else on a machine that measures takes it in between.
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        drop(listener);
        let settings = folder.join("nginx.conf");
        let root = folder.display();
        let temporary: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
            .iter()
            .map(|name| format!("  {name}_temp_path {root}/{name};\n"))
            .collect();
        let text = format!(
            "daemon off;\nworker_processes 1;\npid {root}/nginx.pid;\nerror_log {root}/error.log;\n\
             events {{ worker_connections 512; }}\n\
             http {{\n{temporary}  access_log off;\n  sendfile on;\n  tcp_nodelay on;\n\
             \x20 keepalive_requests 1000000;\n  open_file_cache max=10000;\n\
             \x20 default_type application/rdap+json;\n\
             \x20 server {{\n    listen {address};\n    root {root}/www;\n\
             \x20   add_header Access-Control-Allow-Origin *;\n  }}\n}}\n"
        );
        fs::write(&settings, text).unwrap();
        let child = Command::new(nginx)
            .arg("-p")
            .arg(folder)
            .arg("-c")
            .arg(&settings)
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let server = Self { child, address };
        let started = Instant::now();
        while TcpStream::connect(address).is_err() {
            assert!(
                started.elapsed() < Duration::from_secs(10),
                "nginx does not listen at {address}"
            );
            std::thread::sleep(TICK);
        }
        server
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Its master ends its workers on SIGTERM, which `kill` of the standard library is not.
        let id = self.child.id().to_string();
        drop(Command::new("kill").arg(id).status());
        drop(self.child.wait());
    }
}

/// A folder that is removed at the end.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        let path = std::env::temp_dir().join(format!("quintet-sweep-{}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.0));
    }
}

/// Returns where a program is; `None` if it is not installed.
fn find(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let usual = ["/usr/sbin", "/usr/local/sbin"].map(PathBuf::from);
    std::env::split_paths(&path)
        .chain(usual)
        .map(|folder| folder.join(name))
        .find(|file| file.is_file())
}
