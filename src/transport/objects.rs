//! Archives in a store of objects, such as S3 and what speaks like it.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use futures_util::TryStreamExt as _;
use object_store::path::Path as Key;
use object_store::{
    DynObjectStore, MultipartUpload, ObjectStore as _, ObjectStoreExt as _, PutPayload,
};
use tokio::runtime::Runtime;

use super::store::{Store, Stored};

/// Size of the parts in which a large file is sent, in octets. S3 takes 10,000 parts of at least 5 MiB.
const PART: u64 = 16 * 1024 * 1024;

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

/// Sends a file part by part, so that no more than one is in memory.
async fn in_parts(upload: &mut dyn MultipartUpload, file: &mut File) -> io::Result<()> {
    loop {
        let mut part = Vec::new();
        file.take(PART).read_to_end(&mut part)?;
        if part.is_empty() {
            break;
        }
        let sent = upload.put_part(PutPayload::from(part)).await;
        sent.map_err(io::Error::other)?;
    }
    let done = upload.complete().await;
    done.map(drop).map_err(io::Error::other)
}

impl Store for Objects {
    fn put(&self, path: &str, octets: &[u8]) -> io::Result<()> {
        let (key, payload) = (self.key(path), PutPayload::from(octets.to_vec()));
        let put = self.store.put(&key, payload);
        let put = self.runtime.block_on(put);
        put.map(drop).map_err(io::Error::other)
    }

    fn put_file(&self, path: &str, file: &Path) -> io::Result<()> {
        let mut file = File::open(file)?;
        if file.metadata()?.len() <= PART {
            let mut octets = Vec::new();
            file.read_to_end(&mut octets)?;
            return self.put(path, &octets);
        }
        let key = self.key(path);
        self.runtime.block_on(async {
            let begun = self.store.put_multipart(&key).await;
            let mut upload = begun.map_err(io::Error::other)?;
            let sent = in_parts(&mut *upload, &mut file).await;
            if sent.is_err() {
                // What was sent would be kept, and paid for. Why sending failed is what is told.
                drop(upload.abort().await);
            }
            sent
        })
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
