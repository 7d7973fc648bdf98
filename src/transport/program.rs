//! Runs of programs: what is asked of one, what it answers, and the file tree it leaves behind.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Body, Family, no_timeout};

mod files;
mod tree;

pub use files::{Files, Layout, Writer};
pub use tree::{Entry, EntryKind, PackError, PackLimits, Tree, TreeWriter, pack};

/// What is written in an argument where the address and port of the request's host belong.
pub const PLACE: &str = "{place}";

/// Folder of the working folder that becomes the tree of the answer.
pub const TREE: &str = "tree";

/// One run of a program.
///
/// The program runs in a new folder that has an empty folder [`TREE`], in a process group of its own,
/// with nothing on its standard input. Nobody else can enter the folder; the program may write to
/// [`TREE`] even if it gives up the rights of the user who started it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProgramRequest {
    /// Its name; it is looked for in the folders of `PATH`.
    pub program: String,
    /// Its arguments, which no shell reads; [`PLACE`] stands for address and port of the host.
    pub arguments: Vec<String>,
    /// Names and values of its environment; there are no others.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub environment: BTreeMap<String, String>,
    /// The host that it asks: its pace and budget count; empty text if it asks none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub host: String,
    /// The port; 0 if it asks none.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub port: u16,
    /// The address of the host that it asks; `None` for the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<IpAddr>,
    /// The address family.
    #[serde(default)]
    pub family: Family,
    /// Largest tree, in octets; more than that is looked for about once a second.
    pub tree_limit: u64,
    /// Most entries of the tree.
    pub entry_limit: u64,
    /// Most octets that are kept of what it writes to its standard output and to its standard error, each.
    pub text_limit: u64,
    /// Most octets of memory that each of its processes may reserve; `None` for as much as it likes.
    /// It needs the program `prlimit` of util-linux; without it nothing is limited.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory_limit: Option<u64>,
    /// What it finds in its folder; not written.
    #[serde(skip)]
    pub files: Files,
    /// Time for the run.
    #[serde(skip, default = "no_timeout")]
    pub timeout: Duration,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the form serde asks for")]
const fn is_zero(port: &u16) -> bool {
    *port == 0
}

/// Returns what a failure says of a program that this machine has not.
pub fn not_installed(program: &str) -> String {
    format!("the program `{program}` is not installed here")
}

/// What a program said and left behind.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProgramAnswer {
    /// Exit code; absent if a signal ended it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exit: Option<i32>,
    /// What it wrote to its standard output, as far as it is kept; octets that are no UTF-8 are replaced.
    pub output: String,
    /// The same of its standard error.
    pub errors: String,
    /// Whether more was written than is kept.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub cut: bool,
    /// The tree; see [`Tree::open`].
    pub tree: Body,
}
