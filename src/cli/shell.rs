//! The terminal, the environment, and the words printed there.
//!
//! Results go to stdout, everything else to stderr. This is the one place that
//! prints and reads the environment, so that every verb can be run in a test.

use std::collections::BTreeMap;
use std::error::Error;
use std::io::{self, BufRead, IsTerminal, Read as _, Write};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use anstyle::{AnsiColor, Style};

use crate::fact::Digest;
use crate::yaml::Diagnostics;

/// Longest line that is read from a person, in octets.
const MOST_TYPED: u64 = 4096;

/// When to use color.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Color {
    /// On a terminal, unless `NO_COLOR` is set.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// Where words go and where settings come from.
#[derive(Clone)]
pub struct Shell {
    out: Arc<Mutex<dyn Write + Send>>,
    err: Arc<Mutex<dyn Write + Send>>,
    input: Arc<Mutex<dyn BufRead + Send>>,
    /// Whether results may be colored.
    pub color_out: bool,
    /// Whether messages may be colored.
    pub color_err: bool,
    /// Whether messages go to a terminal, so that progress may be drawn.
    pub err_is_terminal: bool,
    /// Width of results in columns; `None` where they go to no terminal.
    pub width: Option<u16>,
    /// Whether only results and errors are printed.
    pub quiet: bool,
    /// The suite's folder.
    pub suite: PathBuf,
    /// Digests that the suite must have; none for any suite.
    pub pins: Vec<Digest>,
    environment: Arc<BTreeMap<String, String>>,
}

impl std::fmt::Debug for Shell {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shell")
            .field("suite", &self.suite)
            .finish_non_exhaustive()
    }
}

impl Shell {
    /// Returns the shell of this process.
    pub fn of_process(color: Color, quiet: bool, suite: PathBuf) -> Self {
        let environment: BTreeMap<String, String> = std::env::vars().collect();
        let plain = environment.get("NO_COLOR").is_some_and(|v| !v.is_empty())
            || environment.get("TERM").is_some_and(|v| v == "dumb");
        let wanted = |terminal: bool| match color {
            Color::Auto => terminal && !plain,
            Color::Always => true,
            Color::Never => false,
        };
        let (out_terminal, err_terminal) = (io::stdout().is_terminal(), io::stderr().is_terminal());
        let columns = environment.get("COLUMNS").and_then(|c| c.parse().ok());
        Self {
            out: Arc::new(Mutex::new(io::stdout())),
            err: Arc::new(Mutex::new(io::stderr())),
            input: Arc::new(Mutex::new(io::BufReader::new(io::stdin()))),
            color_out: wanted(out_terminal),
            color_err: wanted(err_terminal),
            err_is_terminal: err_terminal,
            width: columns.or_else(|| out_terminal.then(terminal_width).flatten()),
            quiet,
            suite,
            pins: Vec::new(),
            environment: Arc::new(environment),
        }
    }

    /// Returns a shell that writes into two buffers and has no environment.
    pub fn into_buffers(suite: PathBuf) -> (Self, Buffer, Buffer) {
        let (out, err) = (Buffer::default(), Buffer::default());
        let shell = Self {
            out: Arc::new(Mutex::new(out.clone())),
            err: Arc::new(Mutex::new(err.clone())),
            input: Arc::new(Mutex::new(io::empty())),
            color_out: false,
            color_err: false,
            err_is_terminal: false,
            width: None,
            quiet: false,
            suite,
            pins: Vec::new(),
            environment: Arc::default(),
        };
        (shell, out, err)
    }

    /// Returns the shell with text that a person would type.
    #[must_use]
    pub fn with_input(mut self, text: &str) -> Self {
        self.input = Arc::new(Mutex::new(io::Cursor::new(text.as_bytes().to_vec())));
        self
    }

    /// Reads a line that a person typed; `None` at the end of input.
    pub fn ask(&self) -> Option<String> {
        let mut line = String::new();
        let mut input = self.input.lock().unwrap_or_else(PoisonError::into_inner);
        let read = (&mut *input).take(MOST_TYPED).read_line(&mut line);
        read.is_ok_and(|read| read > 0).then_some(line)
    }

    /// Iterates over the environment variables whose names begin with a prefix.
    #[cfg(feature = "s3")]
    pub fn variables<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
        let own = self.environment.iter();
        own.filter(move |(name, _)| name.starts_with(prefix))
            .map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Returns the shell with an environment variable set, for tests.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        let environment = Arc::make_mut(&mut self.environment);
        environment.insert(name.to_owned(), value.to_owned());
        self
    }

    /// Returns the value of an environment variable; `None` if it is not set.
    pub fn variable(&self, name: &str) -> Option<&str> {
        self.environment.get(name).map(String::as_str)
    }

    /// Writes a result to stdout as it is; a closed pipe ends quietly.
    pub fn print(&self, text: &str) {
        write_all(&self.out, text);
    }

    /// Writes a result to stdout with a final newline.
    pub fn line(&self, text: &str) {
        self.print(&format!("{text}\n"));
    }

    /// Writes a message to stderr unless told to be quiet.
    pub fn note(&self, text: &str) {
        if !self.quiet {
            write_all(&self.err, &format!("{text}\n"));
        }
    }

    /// Writes an error to stderr: `error: …`.
    pub fn error(&self, text: &str) {
        let word = self.paint_err("error", AnsiColor::Red.on_default().bold());
        write_all(&self.err, &format!("{word}: {text}\n"));
    }

    /// Writes a warning to stderr: `warning: …`.
    pub fn warn(&self, text: &str) {
        let word = self.paint_err("warning", AnsiColor::Yellow.on_default().bold());
        write_all(&self.err, &format!("{word}: {text}\n"));
    }

    /// Writes an error to stderr with everything that is behind it.
    pub fn fail(&self, error: &(dyn Error + 'static)) {
        self.error(&in_full(error));
    }

    /// Writes a hint to stderr: `hint: …`.
    pub fn hint(&self, text: &str) {
        let word = self.paint_err("hint", AnsiColor::Cyan.on_default().bold());
        write_all(&self.err, &format!("{word}: {text}\n"));
    }

    /// Writes located complaints to stderr, with their number.
    pub fn complain(&self, diagnostics: &Diagnostics) {
        write_all(&self.err, &diagnostics.render(self.color_err));
    }

    /// Returns a word in a style if messages are colored.
    fn paint_err(&self, word: &str, style: Style) -> String {
        if self.color_err {
            format!("{style}{word}{style:#}")
        } else {
            word.to_owned()
        }
    }
}

/// Returns an error with everything that is behind it, in one line.
///
/// Some errors end with the words of what is behind them; these are not said twice.
pub fn in_full(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let words = cause.to_string();
        if !text.ends_with(&words) {
            text.push_str(": ");
            text.push_str(&words);
        }
        next = cause.source();
    }
    text
}

fn write_all(to: &Mutex<dyn Write + Send>, text: &str) {
    let mut to = to.lock().unwrap_or_else(PoisonError::into_inner);
    // A reader that has gone away (`quintet list | head`) is no error of ours.
    drop(to.write_all(text.as_bytes()).and_then(|()| to.flush()));
}

fn terminal_width() -> Option<u16> {
    // indicatif's console crate asks the terminal; it is in the tree for progress anyway.
    let (_, columns) = console::Term::stdout().size_checked()?;
    Some(columns)
}

/// A buffer that a test can read while a shell writes to it.
#[derive(Clone, Debug, Default)]
pub struct Buffer(Arc<Mutex<Vec<u8>>>);

impl Buffer {
    /// Returns what was written.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap_or_else(PoisonError::into_inner)).into_owned()
    }
}

impl Write for Buffer {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .extend_from_slice(octets);
        Ok(octets.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
