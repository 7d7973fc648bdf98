//! Archives in a store of objects, such as S3 and what speaks like it.

use std::io;
use std::path::Path;

use futures_util::TryStreamExt as _;
use object_store::path::Path as Key;
use object_store::{DynObjectStore, ObjectStore as _, ObjectStoreExt as _, PutPayload};
use tokio::runtime::Runtime;

use super::store::{Store, Stored};

/// Objects below a prefix of a bucket.
#[derive(Debug)]
pub struct Objects {
    store: Box<DynObjectStore>,
    prefix: Key,
    runtime: Runtime,
}

impl Objects {
    /// Opens `s3://bucket/prefix` with the options that variables of the environment give.
    ///
    /// # Errors
    ///
    /// What the store says of the address or the options, before anything is asked.
    pub fn open<'a>(
        place: &str,
        variables: impl Iterator<Item = (&'a str, &'a str)>,
    ) -> io::Result<Self> {
        let url: url::Url = place.parse().map_err(io::Error::other)?;
        // The store's own words are those of the environment in lower case.
        let options = variables.map(|(name, value)| (name.to_ascii_lowercase(), value));
        let (store, prefix) =
            object_store::parse_url_opts(&url, options).map_err(io::Error::other)?;
        Ok(Self {
            store,
            prefix,
            runtime: Runtime::new()?,
        })
    }

    fn key(&self, path: &str) -> Key {
        let mut key = self.prefix.clone();
        for part in path.split('/').filter(|part| !part.is_empty()) {
            key = key.join(part);
        }
        key
    }
}

impl Store for Objects {
    fn put(&self, path: &str, octets: &[u8]) -> io::Result<()> {
        let (key, payload) = (self.key(path), PutPayload::from(octets.to_vec()));
        let put = self.store.put(&key, payload);
        let put = self.runtime.block_on(put);
        put.map(drop).map_err(io::Error::other)
    }

    fn put_file(&self, path: &str, file: &Path) -> io::Result<()> {
        self.put(path, &std::fs::read(file)?)
    }

    fn get(&self, path: &str) -> io::Result<Option<Vec<u8>>> {
        let key = self.key(path);
        let octets = self.runtime.block_on(async {
            match self.store.get(&key).await {
                Ok(found) => found.bytes().await.map(Some),
                Err(object_store::Error::NotFound { .. }) => Ok(None),
                Err(error) => Err(error),
            }
        });
        let octets = octets.map_err(io::Error::other)?;
        Ok(octets.map(|octets| octets.to_vec()))
    }

    fn remove(&self, path: &str) -> io::Result<()> {
        let key = self.key(path);
        match self.runtime.block_on(self.store.delete(&key)) {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(io::Error::other(error)),
        }
    }

    fn list(&self, prefix: &str) -> io::Result<Vec<Stored>> {
        let key = self.key(prefix);
        let found = self
            .runtime
            .block_on(self.store.list(Some(&key)).try_collect::<Vec<_>>());
        let above = self.prefix.as_ref();
        let own = found.map_err(io::Error::other)?.into_iter().map(|object| {
            let path = object.location.as_ref();
            let path = path
                .strip_prefix(above)
                .unwrap_or(path)
                .trim_start_matches('/');
            Stored {
                path: path.to_owned(),
                modified: object.last_modified.into(),
            }
        });
        let mut own: Vec<Stored> = own.collect();
        own.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(own)
    }
}
