//! Headless Chromium by the W3C's WebDriver protocol, as `chromedriver` speaks it on loopback.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, TcpStream};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};

/// How long one command may take: a page with thousands of rows on a machine that is busy.
const PATIENCE: Duration = Duration::from_secs(120);

/// The arguments of Chromium: no window, no services of its own, no name that resolves.
///
/// Its own sandbox does not start for root, as in a container; the pages it opens are ours.
const ARGUMENTS: &[&str] = &[
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-extensions",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--hide-scrollbars",
    "--force-color-profile=srgb",
    "--host-resolver-rules=MAP * ~NOTFOUND",
];

/// A browser with one window.
#[derive(Debug)]
pub(crate) struct Browser {
    driver: Child,
    port: u16,
    session: String,
}

impl Browser {
    /// Starts a browser that keeps its profile in a folder.
    pub(crate) fn start(folder: &Path) -> Self {
        let mut driver = Command::new("chromedriver")
            .arg("--port=0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .unwrap();
        let output = BufReader::new(driver.stdout.take().unwrap());
        let port = output
            .lines()
            .map_while(Result::ok)
            .find_map(|line| {
                let (_, port) = line.split_once("started successfully on port ")?;
                port.trim_end_matches('.').parse().ok()
            })
            .expect("chromedriver says on which port it listens");
        let mut browser = Self {
            driver,
            port,
            session: String::new(),
        };
        let profile = format!("--user-data-dir={}", folder.join("profile").display());
        let mut arguments: Vec<&str> = ARGUMENTS.to_vec();
        arguments.push(&profile);
        let wanted = json!({"capabilities": {"alwaysMatch": {
            "browserName": "chrome",
            "goog:chromeOptions": {"args": arguments},
            "goog:loggingPrefs": {"browser": "ALL"},
            "timeouts": {"script": 60_000},
        }}});
        let answer = browser.ask("POST", "/session", &wanted);
        answer["sessionId"]
            .as_str()
            .unwrap()
            .clone_into(&mut browser.session);
        browser
    }

    /// Asks the driver for something, and returns the value of its answer.
    #[track_caller]
    fn ask(&self, method: &str, path: &str, body: &Value) -> Value {
        self.try_ask(method, path, body)
            .unwrap_or_else(|error| panic!("{method} {path}: {error}"))
    }

    fn try_ask(&self, method: &str, path: &str, body: &Value) -> Result<Value, String> {
        let say = |error: std::io::Error| error.to_string();
        let body = if method == "POST" {
            body.to_string()
        } else {
            String::new()
        };
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).map_err(say)?;
        stream.set_read_timeout(Some(PATIENCE)).map_err(say)?;
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nHost: localhost:{}\r\nConnection: close\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            self.port,
            body.len()
        )
        .map_err(say)?;
        let mut answer = BufReader::new(stream);
        let (mut line, mut length) = (String::new(), 0);
        loop {
            line.clear();
            answer.read_line(&mut line).map_err(say)?;
            let field = line.trim_end().to_ascii_lowercase();
            if let Some(value) = field.strip_prefix("content-length:") {
                length = value.trim().parse().map_err(|e| format!("{e}"))?;
            }
            if field.is_empty() {
                break;
            }
        }
        let mut octets = vec![0; length];
        answer.read_exact(&mut octets).map_err(say)?;
        let answer: Value = serde_json::from_slice(&octets).map_err(|e| e.to_string())?;
        let value = answer["value"].clone();
        match value["error"].as_str() {
            Some(error) => Err(format!("{error}: {}", value["message"])),
            None => Ok(value),
        }
    }

    #[track_caller]
    fn post(&self, command: &str, body: &Value) -> Value {
        self.ask(
            "POST",
            &format!("/session/{}/{command}", self.session),
            body,
        )
    }

    /// Opens a file; returns when it has loaded.
    #[track_caller]
    pub(crate) fn open(&self, file: &Path, fragment: &str) {
        // Another fragment of the same page loads nothing; an empty page between makes it do so.
        self.post("url", &json!({"url": "about:blank"}));
        let url = format!("file://{}{fragment}", file.display());
        self.post("url", &json!({ "url": url }));
    }

    /// Runs the body of a function in the page and returns what it returns.
    #[track_caller]
    pub(crate) fn run(&self, script: &str) -> Value {
        self.post("execute/sync", &json!({"script": script, "args": []}))
    }

    /// Runs the body of an asynchronous function in the page and returns what it resolves to.
    #[track_caller]
    pub(crate) fn wait(&self, script: &str) -> Value {
        let script = format!(
            "const done = arguments[0]; (async () => {{ {script} }})().then(done, (e) => done({{ failed: String(e) }}));"
        );
        let value = self.post("execute/async", &json!({"script": script, "args": []}));
        assert_eq!(value["failed"], Value::Null, "{script}");
        value
    }

    /// Waits until an expression of the page is true.
    #[track_caller]
    pub(crate) fn until(&self, expression: &str) {
        self.wait(&format!(
            "while (!({expression})) await new Promise((next) => setTimeout(next, 10)); return true;"
        ));
    }

    /// Presses keys one after the other.
    #[track_caller]
    pub(crate) fn press(&self, keys: &str) {
        let actions: Vec<Value> = keys
            .chars()
            .flat_map(|key| {
                ["keyDown", "keyUp"].map(|kind| json!({"type": kind, "value": key.to_string()}))
            })
            .collect();
        let body = json!({"actions": [{"type": "key", "id": "keyboard", "actions": actions}]});
        self.post("actions", &body);
    }

    fn tell(&self, command: &str, parameters: &Value) -> Value {
        let body = json!({"cmd": command, "params": parameters});
        self.post("goog/cdp/execute", &body)
    }

    /// Sets the color scheme that pages see, `light` or `dark`.
    #[track_caller]
    pub(crate) fn scheme(&self, scheme: &str) {
        let features = json!([{"name": "prefers-color-scheme", "value": scheme}]);
        self.tell(
            "Emulation.setEmulatedMedia",
            &json!({"media": "", "features": features}),
        );
    }

    /// Sets the size of the window in CSS pixels.
    #[track_caller]
    pub(crate) fn size(&self, width: u32, height: u32) {
        let size =
            json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false});
        self.tell("Emulation.setDeviceMetricsOverride", &size);
    }

    /// Lets pages run scripts, or not.
    #[track_caller]
    pub(crate) fn scripts(&self, allowed: bool) {
        self.tell(
            "Emulation.setScriptExecutionDisabled",
            &json!({"value": !allowed}),
        );
    }

    /// Returns what the console said since it was asked last.
    #[track_caller]
    pub(crate) fn console(&self) -> Vec<String> {
        let lines = self.post("se/log", &json!({"type": "browser"}));
        let lines = lines.as_array().unwrap();
        lines
            .iter()
            .map(|line| line["message"].to_string())
            .collect()
    }

    /// Writes a picture of the whole page, at most some pixels high.
    #[track_caller]
    pub(crate) fn picture(&self, path: &Path, width: u32, most: u32) {
        let high = self.run("return document.documentElement.scrollHeight;");
        let height = u32::try_from(high.as_u64().unwrap())
            .unwrap()
            .clamp(300, most);
        let clip = json!({"x": 0, "y": 0, "width": width, "height": height, "scale": 1});
        let options = json!({"format": "png", "clip": clip, "captureBeyondViewport": true});
        let answer = self.tell("Page.captureScreenshot", &options);
        let octets = data_encoding::BASE64.decode(answer["data"].as_str().unwrap().as_bytes());
        fs::write(path, octets.unwrap()).unwrap();
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        if !self.session.is_empty() {
            let path = format!("/session/{}", self.session);
            drop(self.try_ask("DELETE", &path, &Value::Null));
        }
        // Whatever is left of it goes with its group.
        let group = i32::try_from(self.driver.id())
            .ok()
            .and_then(rustix::process::Pid::from_raw);
        if let Some(group) = group {
            // It may be gone already.
            let _ended = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
        }
        drop(self.driver.wait());
    }
}
