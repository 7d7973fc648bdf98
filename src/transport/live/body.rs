//! Takes in a body: hashes it on the way, keeps small ones in memory and spools large ones.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use aws_lc_rs::digest::{Context, SHA256};
use bytes::{Bytes, BytesMut};

use super::mask::{Masking, Secrets};
use crate::fact::Digest;
use crate::transport::{Body, Content};

/// Largest body that stays in memory, in octets (`reference/engineering.md`, "Large captures").
const IN_MEMORY: usize = 64 * 1024;

/// Numbers the files of this process.
static SPOOLED: AtomicU64 = AtomicU64::new(0);

/// A body that is being read.
pub(super) struct Sink<'a> {
    spool: &'a Path,
    limit: u64,
    taken: u64,
    hash: Context,
    memory: BytesMut,
    file: Option<(PathBuf, File)>,
    masking: Option<Masking<'a>>,
}

/// Why no more of a body is taken.
#[derive(Debug)]
pub(super) enum Full {
    /// The limit is reached; what came until then is kept.
    Limit,
    /// The spool cannot be written.
    Spool(std::io::Error),
}

impl<'a> Sink<'a> {
    /// Makes a sink for at most `limit` octets.
    pub(super) fn new(spool: &'a Path, limit: u64, secrets: &'a Secrets) -> Self {
        Self {
            spool,
            limit,
            taken: 0,
            hash: Context::new(&SHA256),
            memory: BytesMut::new(),
            file: None,
            masking: secrets.masking(),
        }
    }

    /// Takes some octets; of those beyond the limit none are kept.
    pub(super) fn take(&mut self, octets: &[u8]) -> Result<(), Full> {
        let room = usize::try_from(self.limit.saturating_sub(self.taken)).unwrap_or(usize::MAX);
        let kept = octets.get(..room).unwrap_or(octets);
        self.taken = self
            .taken
            .saturating_add(u64::try_from(kept.len()).unwrap_or(u64::MAX));
        if let Some(masking) = &mut self.masking {
            let ready = masking.pass(kept);
            self.keep(&ready)?;
        } else {
            self.keep(kept)?;
        }
        if kept.len() < octets.len() {
            return Err(Full::Limit);
        }
        Ok(())
    }

    /// Returns how many octets came.
    pub(super) const fn taken(&self) -> u64 {
        self.taken
    }

    fn keep(&mut self, octets: &[u8]) -> Result<(), Full> {
        self.hash.update(octets);
        if let Some((_, file)) = &mut self.file {
            return file.write_all(octets).map_err(Full::Spool);
        }
        self.memory.extend_from_slice(octets);
        if self.memory.len() > IN_MEMORY {
            let number = SPOOLED.fetch_add(1, Ordering::Relaxed);
            let path = self
                .spool
                .join(format!("{}-{number}.body", std::process::id()));
            let mut file = File::create_new(&path).map_err(Full::Spool)?;
            file.write_all(&self.memory).map_err(Full::Spool)?;
            self.memory = BytesMut::new();
            self.file = Some((path, file));
        }
        Ok(())
    }

    /// Returns the body, and whether a secret was masked in it.
    pub(super) fn finish(mut self) -> Result<(Body, bool), Full> {
        let mut masked = false;
        if let Some(mut masking) = self.masking.take() {
            let rest = masking.rest();
            masked = masking.found();
            self.keep(&rest)?;
        }
        let digest = Digest::from_hash(self.hash.finish().as_ref());
        let content = match self.file.take() {
            Some((path, _)) => Content::File(path),
            None if self.memory.is_empty() => Content::Memory(Bytes::new()),
            None => Content::Memory(self.memory.freeze()),
        };
        let body = Body {
            digest,
            bytes: self.taken,
            content,
        };
        Ok((body, masked))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(name: &str) -> PathBuf {
        let path = std::env::temp_dir().join(format!("quintet-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        path
    }

    fn octets(body: &Body) -> Vec<u8> {
        match &body.content {
            Content::Memory(bytes) => bytes.to_vec(),
            Content::File(path) => std::fs::read(path).unwrap(),
            Content::Elsewhere => panic!("nowhere"),
        }
    }

    #[test]
    fn a_small_body_stays_in_memory_and_a_large_one_is_spooled() {
        let (spool, secrets) = (folder("spool"), Secrets::default());
        for (size, in_file) in [
            (0, false),
            (1, false),
            (IN_MEMORY, false),
            (IN_MEMORY + 1, true),
        ] {
            let whole: Vec<u8> = (0..=250).cycle().take(size).collect();
            let mut sink = Sink::new(&spool, 1 << 20, &secrets);
            for part in whole.chunks(1000) {
                sink.take(part).unwrap();
            }
            let (body, masked) = sink.finish().unwrap();
            assert_eq!(octets(&body), whole);
            assert_eq!(body.digest, Digest::of(&whole));
            assert_eq!(body.bytes, u64::try_from(size).unwrap());
            assert_eq!(matches!(body.content, Content::File(_)), in_file);
            assert!(!masked);
        }
        std::fs::remove_dir_all(spool).unwrap();
    }

    #[test]
    fn a_body_is_cut_exactly_at_its_limit() {
        let (spool, secrets) = (folder("cut"), Secrets::default());
        let mut sink = Sink::new(&spool, 10, &secrets);
        assert!(sink.take(b"1234567890").is_ok());
        assert!(matches!(sink.take(b"x"), Err(Full::Limit)));
        let (body, _) = sink.finish().unwrap();
        assert_eq!(octets(&body), b"1234567890");
        std::fs::remove_dir_all(spool).unwrap();
    }
}
