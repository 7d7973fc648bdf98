//! Files that a program finds in its working folder.

use std::fmt;
use std::io;
use std::path::Path;
use std::sync::Arc;

/// Writes files into a folder.
pub trait Layout: fmt::Debug + Send + Sync {
    /// Writes into an empty folder; what is written can be read by any user who can enter it.
    ///
    /// # Errors
    ///
    /// What the machine says.
    fn write(&self, folder: &Path) -> io::Result<()>;
}

/// What a program finds in its working folder, written only when it is run: a replay writes nothing.
///
/// It is made of what was asked before, so it is neither recorded nor compared.
#[derive(Clone, Debug, Default)]
pub struct Files(Option<Arc<dyn Layout>>);

impl Files {
    /// Wraps a layout.
    pub fn new(layout: impl Layout + 'static) -> Self {
        Self(Some(Arc::new(layout)))
    }

    /// Writes the files; does nothing without any.
    ///
    /// # Errors
    ///
    /// What the machine says.
    pub fn write(&self, folder: &Path) -> io::Result<()> {
        self.0
            .as_ref()
            .map_or(Ok(()), |layout| layout.write(folder))
    }
}

impl PartialEq for Files {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}
