//! Runs of programs: no shell, no environment but what is named, an end in time.

use std::fs::File;
use std::io::BufWriter;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::{Child, Command};

use super::{Draft, Live, failed};
use crate::fact::{Digest, Failure, FailureKind};
use crate::transport::program::{
    Files, PLACE, PackError, PackLimits, ProgramRequest, TREE, not_installed, pack,
};
use crate::transport::{Answer, Body, Content, ProgramAnswer, machine};

/// Numbers the working folders of this process.
static FOLDERS: AtomicU64 = AtomicU64::new(0);

/// Shortest time between two looks at how large a tree has become; a look never takes more than a tenth of the time.
const LOOK: Duration = Duration::from_secs(1);

/// A working folder; it is removed when dropped.
struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        // What cannot be removed now is removed with the spool.
        std::fs::remove_dir_all(&self.0).ok();
    }
}

/// A process group; it is killed when dropped.
struct Group(Option<Pid>);

impl Drop for Group {
    fn drop(&mut self) {
        if let Some(leader) = self.0 {
            // It errs if nothing is left to be ended.
            kill_process_group(leader, Signal::KILL).ok();
        }
    }
}

/// What a program wrote, up to a limit.
#[derive(Default)]
struct Text {
    octets: Vec<u8>,
    cut: bool,
}

/// How a run ended.
enum End {
    Exit(Option<i32>),
    Large(&'static str),
}

impl Live {
    /// Runs a program and returns how many octets its tree has.
    pub(super) async fn ask_program(&self, draft: &mut Draft<'_>, request: &ProgramRequest) -> u64 {
        match self.run_program(draft, request).await {
            Ok(answer) => {
                let bytes = answer.tree.bytes;
                draft.exchange.answer = Some(Answer::Program(answer));
                bytes
            }
            Err(failure) => {
                draft.exchange.failure = Some(failure);
                0
            }
        }
    }

    async fn run_program(
        &self,
        draft: &mut Draft<'_>,
        request: &ProgramRequest,
    ) -> Result<ProgramAnswer, Failure> {
        let here = |doing: &'static str| {
            move |error: std::io::Error| failed(FailureKind::Here, format!("{doing}: {error}"))
        };
        let path = self.options.path.as_str();
        let program = machine::program(path, &request.program).ok_or_else(|| {
            let detail = not_installed(&request.program);
            failed(FailureKind::Here, detail)
        })?;
        let place = self.place_of(draft, request).await?;
        let number = FOLDERS.fetch_add(1, Ordering::Relaxed);
        let name = format!("{}-{number}.program", std::process::id());
        let folder = Folder(self.options.spool.join(name));
        let work = folder.0.join(WORK);
        let (at, files) = (folder.0.clone(), request.files.clone());
        tokio::task::spawn_blocking(move || furnish(&at, &files))
            .await
            .map_err(std::io::Error::other)
            .flatten()
            .map_err(here("making a working folder"))?;
        // Writing the files is our doing: the run begins now.
        draft.begin();
        let arguments = request.arguments.iter();
        let mut child = limited(path, &program, request.memory_limit)
            .args(arguments.map(|argument| argument.replace(PLACE, &place)))
            .env_clear()
            .envs(&request.environment)
            .current_dir(&work)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .kill_on_drop(true)
            .spawn()
            .map_err(here("starting a program"))?;
        let leader = child
            .id()
            .and_then(|id| i32::try_from(id).ok())
            .and_then(Pid::from_raw);
        let group = Group(leader);
        let (mut output, mut errors) = (Text::default(), Text::default());
        let mut late = None;
        let watched = watch(&mut child, &work, request, (&mut output, &mut errors));
        let end = match tokio::time::timeout(request.timeout, watched).await {
            Ok(end) => end.map_err(here("waiting for a program"))?,
            Err(_) => {
                late = Some(failed(
                    FailureKind::Timeout,
                    format!(
                        "`{}` had not ended after {:?}",
                        request.program, request.timeout
                    ),
                ));
                End::Exit(None)
            }
        };
        let exit = match end {
            End::Exit(exit) => exit,
            End::Large(what) => {
                let detail = format!("`{}` fetched more {what} than allowed", request.program);
                late = Some(failed(FailureKind::BodyLimit, detail));
                None
            }
        };
        // If the leader has ended, what it started may not have.
        drop(group);
        let kept = folder.0.with_extension("tree");
        let tree = keep(&work, kept, request, &mut late).await?;
        draft.exchange.failure = late;
        let (mut said, mut complained) = (output.text(), errors.text());
        draft.exchange.masked |= self.secrets.mask(&mut said);
        draft.exchange.masked |= self.secrets.mask(&mut complained);
        Ok(ProgramAnswer {
            exit,
            cut: output.cut || errors.cut,
            output: said,
            errors: complained,
            tree,
        })
    }

    /// Returns the address and port that a program asks, as they are written in a URL; empty text if it asks nobody.
    async fn place_of(
        &self,
        draft: &mut Draft<'_>,
        request: &ProgramRequest,
    ) -> Result<String, Failure> {
        if request.host.is_empty() {
            return Ok(String::new());
        }
        let found = self
            .resolver
            .resolve(&request.host, request.port, request.family)
            .await?;
        draft.exchange.addresses = found.iter().map(SocketAddr::ip).collect();
        let place = found
            .iter()
            .find(|found| request.address.is_none_or(|only| found.ip() == only))
            .ok_or_else(|| {
                let detail = format!("`{}` does not have the address asked for", request.host);
                failed(FailureKind::Dns, detail)
            })?;
        draft.exchange.destination = Some(*place);
        Ok(place.to_string())
    }
}

/// Folder below a working folder in which the program runs.
///
/// The one above it lets nobody else in, so this one may be as open as a program needs it that
/// runs as another user: the path from here on is all it has to walk.
const WORK: &str = "work";

/// Makes a working folder with its files.
fn furnish(folder: &Path, files: &Files) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    let allow =
        |path: &Path, mode| std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode));
    std::fs::create_dir_all(folder)?;
    allow(folder, 0o700)?;
    let work = folder.join(WORK);
    std::fs::create_dir(&work)?;
    allow(&work, 0o755)?;
    files.write(&work)?;
    let tree = work.join(TREE);
    std::fs::create_dir(&tree)?;
    allow(&tree, 0o777)
}

/// The program of util-linux that limits what another one may use before it becomes it.
///
/// To limit a program that runs already comes too late: it may have started others or become another user.
const LIMITER: &str = "prlimit";

/// Returns the command that runs a program with at most so much memory for each of its processes.
///
/// Where [`LIMITER`] is not installed, nothing is limited.
fn limited(path: &str, program: &Path, memory: Option<u64>) -> Command {
    match (memory, machine::program(path, LIMITER)) {
        (Some(octets), Some(limiter)) => {
            let mut command = Command::new(limiter);
            command.arg(format!("--as={octets}")).arg("--").arg(program);
            command
        }
        (None, _) | (_, None) => Command::new(program),
    }
}

/// Makes one body of what a program left behind; more than allowed is a failure, and the tree is empty.
async fn keep(
    folder: &Path,
    path: PathBuf,
    request: &ProgramRequest,
    late: &mut Option<Failure>,
) -> Result<Body, Failure> {
    let limits = PackLimits {
        bytes: request.tree_limit,
        entries: request.entry_limit,
    };
    let tree = folder.join(TREE);
    let file = path.clone();
    let packing = tokio::task::spawn_blocking(move || {
        let out = BufWriter::with_capacity(256 * 1024, File::create_new(&file)?);
        pack(&tree, out, limits)?
            .into_inner()
            .map_err(|error| error.into_error())?;
        Ok::<_, PackError>(body_of(file)?)
    });
    let failure = |kind, detail: String| failed(kind, format!("keeping a tree: {detail}"));
    match packing.await {
        Ok(Ok(body)) => Ok(body),
        Ok(Err(PackError::Limit(what))) => {
            late.get_or_insert(failed(
                FailureKind::BodyLimit,
                format!("`{}` fetched more {what} than allowed", request.program),
            ));
            std::fs::remove_file(&path).ok();
            Ok(Body {
                digest: Digest::of(b""),
                bytes: 0,
                content: Content::Memory(bytes::Bytes::new()),
            })
        }
        Ok(Err(PackError::Io(error))) => Err(failure(FailureKind::Here, error.to_string())),
        Err(error) => Err(failure(FailureKind::Here, error.to_string())),
    }
}

/// Reads what a program says and looks at what it fetches, until it ends or has fetched too much.
async fn watch(
    child: &mut Child,
    folder: &Path,
    request: &ProgramRequest,
    (output, errors): (&mut Text, &mut Text),
) -> std::io::Result<End> {
    let (said, complained) = (child.stdout.take(), child.stderr.take());
    let limit = usize::try_from(request.text_limit).unwrap_or(usize::MAX);
    let ending = async {
        let ((), (), ended) = tokio::join!(
            output.take(said, limit),
            errors.take(complained, limit),
            child.wait()
        );
        ended
    };
    let growing = async {
        let mut pause = LOOK;
        loop {
            tokio::time::sleep(pause).await;
            let (tree, limits) = (folder.join(TREE), (request.tree_limit, request.entry_limit));
            let looked = tokio::task::spawn_blocking(move || size_of(&tree, limits)).await;
            match looked {
                Ok((Some(what), _)) => return what,
                Ok((None, entries)) => {
                    // An entry costs about two microseconds to look at.
                    pause = LOOK.max(Duration::from_micros(entries.saturating_mul(20)));
                }
                Err(_) => {}
            }
        }
    };
    tokio::select! {
        ended = ending => Ok(End::Exit(ended?.code())),
        what = growing => Ok(End::Large(what)),
    }
}

impl Text {
    /// Reads to the end and keeps the beginning.
    async fn take(&mut self, from: Option<impl AsyncRead + Unpin>, limit: usize) {
        let Some(mut from) = from else {
            return;
        };
        let mut buffer = vec![0; 16 * 1024];
        loop {
            let Ok(length) = from.read(&mut buffer).await else {
                return;
            };
            let read = buffer.get(..length).unwrap_or_default();
            if read.is_empty() {
                return;
            }
            let room = limit.saturating_sub(self.octets.len());
            self.cut |= read.len() > room;
            self.octets
                .extend_from_slice(read.get(..room).unwrap_or(read));
        }
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.octets).into_owned()
    }
}

/// Counts the entries of a folder; says also what is beyond its limit, if anything is.
fn size_of(folder: &Path, (bytes, entries): (u64, u64)) -> (Option<&'static str>, u64) {
    let mut folders = vec![folder.to_owned()];
    let (mut size, mut count) = (0_u64, 0_u64);
    while let Some(folder) = folders.pop() {
        let Ok(list) = std::fs::read_dir(folder) else {
            continue;
        };
        for entry in list.flatten() {
            count += 1;
            // A file may be gone again: the program renames what it has fetched.
            let Ok(about) = entry.metadata() else {
                continue;
            };
            if about.is_dir() {
                folders.push(entry.path());
            } else {
                size = size.saturating_add(about.len());
            }
            if size > bytes {
                return (Some("octets"), count);
            }
            if count > entries {
                return (Some("entries"), count);
            }
        }
    }
    (None, count)
}

/// Largest tree that stays in memory, in octets; as for bodies.
const IN_MEMORY: u64 = 64 * 1024;

/// Returns the body that a spooled file is; a small one stays in memory.
fn body_of(path: PathBuf) -> std::io::Result<Body> {
    use std::io::Read as _;
    let mut file = File::open(&path)?;
    if file.metadata()?.len() <= IN_MEMORY {
        let mut octets = Vec::new();
        file.read_to_end(&mut octets)?;
        std::fs::remove_file(path)?;
        return Ok(Body {
            digest: Digest::of(&octets),
            bytes: u64::try_from(octets.len()).unwrap_or(u64::MAX),
            content: Content::Memory(octets.into()),
        });
    }
    let mut hash = aws_lc_rs::digest::Context::new(&aws_lc_rs::digest::SHA256);
    let mut buffer = vec![0; 128 * 1024];
    let mut bytes = 0;
    loop {
        let length = file.read(&mut buffer)?;
        let read = buffer.get(..length).unwrap_or_default();
        if read.is_empty() {
            return Ok(Body {
                digest: Digest::from_hash(hash.finish().as_ref()),
                bytes,
                content: Content::File(path),
            });
        }
        hash.update(read);
        bytes += u64::try_from(length).unwrap_or(u64::MAX);
    }
}

#[cfg(test)]
mod tests;
