//! The rsync front: a real rsync daemon for each connection, over files in a private folder.
//!
//! We listen ourselves, so that the port is ours and free, and hand an accepted connection
//! to `rsync --daemon` as its standard input, which it then serves as it does under inetd.
//! A daemon ends with its connection, and with us.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs::{self, File, Permissions};
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use jiff::Timestamp;
use tokio::net::{TcpListener, TcpStream};
use tokio::process::Command;

use super::accept::{connections, family};
use super::{Access, Protocol, Shared};
use crate::mock::request::IpFamily;
use crate::mock::rpki::rsync::{COMMENT, Content, Entry, Module, View, view};

/// Seconds in an hour: what is published changes on the hour.
const HOUR: i64 = 3_600;

/// Where the program is and where its files are.
#[derive(Debug)]
pub(super) struct Daemons {
    program: PathBuf,
    folder: PathBuf,
    /// What was written, by host, family and hour; the settings of its daemon.
    written: Mutex<BTreeMap<(String, IpFamily, i64), PathBuf>>,
}

impl Drop for Daemons {
    fn drop(&mut self) {
        // What cannot be removed is the system's to tidy: it is in its folder for such files.
        fs::remove_dir_all(&self.folder).unwrap_or_default();
    }
}

impl Daemons {
    /// Makes an empty folder that nobody else can enter.
    pub(super) fn new(program: PathBuf) -> io::Result<Self> {
        Ok(Self {
            program,
            folder: folder_of_our_own()?,
            written: Mutex::default(),
        })
    }

    /// Writes what a host serves at a time, if it is not there yet; returns the daemon's settings.
    fn settings(&self, host: &str, of: IpFamily, shared: &Shared) -> io::Result<PathBuf> {
        let now = shared.clock.now();
        let hour = now.as_second().div_euclid(HOUR);
        let place = (host.to_owned(), of, hour);
        // Others who need the same wait here.
        let mut written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(settings) = written.get(&place) {
            return Ok(settings.clone());
        }
        let view = view(&shared.world, host, of, now).ok_or(io::ErrorKind::NotFound)?;
        let folder = self.folder.join(written.len().to_string());
        fs::create_dir(&folder)?;
        for (name, module) in &view.modules {
            write(&folder.join(name), module)?;
        }
        let settings = folder.join("rsyncd.conf");
        fs::write(&settings, text(&view, &folder))?;
        written.insert(place, settings.clone());
        Ok(settings)
    }
}

/// Makes an empty folder. Its name is random: a process that was killed leaves its own behind, and
/// another one may have its number.
fn folder_of_our_own() -> io::Result<PathBuf> {
    let mut random = [0; 8];
    getrandom::fill(&mut random).map_err(io::Error::other)?;
    let name = format!("quintet-rsync-{}", data_encoding::HEXLOWER.encode(&random));
    let folder = std::env::temp_dir().join(name);
    fs::DirBuilder::new().mode(0o700).create(&folder)?;
    Ok(folder)
}

/// Returns the settings of a daemon.
fn text(view: &View, folder: &Path) -> String {
    // Without these a daemon of root becomes a user who cannot enter the folder.
    let user = rustix::process::getuid().as_raw();
    let group = rustix::process::getgid().as_raw();
    let mut text = format!(
        "use chroot = no\nuid = {user}\ngid = {group}\nreverse lookup = no\nlog file = /dev/null\ntimeout = 60\n"
    );
    for (name, module) in &view.modules {
        let yes = |is: bool| if is { "yes" } else { "no" };
        // Writing to memory cannot fail.
        write!(
            text,
            "[{name}]\ncomment = {COMMENT}\npath = {}\nread only = {}\nlist = {}\nmax connections = {}\n",
            folder.join(name).display(),
            yes(!module.writable),
            yes(!module.hidden),
            if module.full { -1 } else { 0 },
        )
        .unwrap_or_default();
    }
    text
}

/// Writes a module.
fn write(folder: &Path, module: &Module) -> io::Result<()> {
    fs::create_dir(folder)?;
    for (path, entry) in &module.entries {
        let place = folder.join(path);
        if let Some(above) = place.parent() {
            fs::create_dir_all(above)?;
        }
        write_entry(&place, entry)?;
    }
    Ok(())
}

fn write_entry(place: &Path, entry: &Entry) -> io::Result<()> {
    match &entry.content {
        Content::Octets(octets) => {
            fs::write(place, octets)?;
            fs::set_permissions(place, Permissions::from_mode(entry.mode))?;
            File::options()
                .write(true)
                .open(place)?
                .set_modified(system(entry.time))
        }
        Content::Vanishing => Ok(()),
        Content::Link(target) => symlink(target, place),
        // To a client a socket is as little of a file as a pipe is.
        Content::Pipe => std::os::unix::net::UnixListener::bind(place).map(drop),
    }
}

fn system(time: Timestamp) -> SystemTime {
    let seconds = u64::try_from(time.as_second()).unwrap_or(0);
    SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
}

/// Serves one host's modules on a listener until shutdown.
pub(super) async fn serve(
    listener: TcpListener,
    host: String,
    daemons: Arc<Daemons>,
    shared: Shared,
) {
    let every = shared.clone();
    connections(listener, &shared, move |stream, peer| {
        let (host, shared, daemons) = (host.clone(), every.clone(), Arc::clone(&daemons));
        let of = family(&peer);
        async move {
            shared.log.push(Access {
                time: shared.clock.now(),
                protocol: Protocol::Rsync,
                host: host.clone(),
                asked: String::new(),
                accept: None,
                family: of,
                status: 0,
            });
            // A client that goes away early is no error of the mock.
            connection(stream, of, host, daemons, shared)
                .await
                .unwrap_or_default();
        }
    })
    .await;
}

async fn connection(
    stream: TcpStream,
    of: IpFamily,
    host: String,
    daemons: Arc<Daemons>,
    shared: Shared,
) -> io::Result<()> {
    let kept = Arc::clone(&daemons);
    let settings = tokio::task::spawn_blocking(move || kept.settings(&host, of, &shared))
        .await
        .map_err(io::Error::other)??;
    let stream = stream.into_std()?;
    stream.set_nonblocking(false)?;
    let mut argument = std::ffi::OsString::from("--config=");
    argument.push(settings);
    let mut child = Command::new(&daemons.program)
        .arg("--daemon")
        .arg(argument)
        .env_clear()
        .current_dir("/")
        .stdin(Stdio::from(OwnedFd::from(stream)))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()?;
    child.wait().await?;
    Ok(())
}
