//! Stores: where an archive of bundles is kept, a folder or anything that has objects by path.

use std::fmt;
use std::io;
use std::path::Path;
use std::time::SystemTime;

/// An object of a store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// Its path, with `/` between parts.
    pub path: String,
    /// When it was written last.
    pub modified: SystemTime,
}

/// Keeps objects by path.
pub trait Store: fmt::Debug + Send + Sync {
    /// Keeps octets: whole, or not at all.
    ///
    /// # Errors
    ///
    /// What the store says.
    fn put(&self, path: &str, octets: &[u8]) -> io::Result<()>;

    /// Keeps a file of this machine.
    ///
    /// # Errors
    ///
    /// What the store or the machine says.
    fn put_file(&self, path: &str, file: &Path) -> io::Result<()>;

    /// Returns an object; `None` if there is none.
    ///
    /// # Errors
    ///
    /// What the store says.
    fn get(&self, path: &str) -> io::Result<Option<Vec<u8>>>;

    /// Removes an object; one that is not there is no error.
    ///
    /// # Errors
    ///
    /// What the store says.
    fn remove(&self, path: &str) -> io::Result<()>;

    /// Lists the objects whose path begins with a prefix that ends with `/`, in the order of their paths.
    ///
    /// # Errors
    ///
    /// What the store says.
    fn list(&self, prefix: &str) -> io::Result<Vec<Stored>>;
}
