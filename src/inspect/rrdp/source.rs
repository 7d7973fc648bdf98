//! The octets of a file on their way in: hashed, counted, and held back at a limit.

use std::io::{self, BufRead, Read};
use std::sync::atomic::{AtomicBool, Ordering};

use aws_lc_rs::digest::{Context, SHA256};

use super::{Hash, hash_of};

/// Octets read at once: large enough that hashing goes at full speed, small enough for the nearest cache.
const BLOCK: usize = 128 * 1024;

/// Octets of a file, read in blocks; each block is hashed as a whole when it comes in.
///
/// As a [`BufRead`] it gives no more than the allowance that was last set, and then fails.
pub(super) struct Source<'a, R> {
    inner: R,
    block: Vec<u8>,
    /// What was given out of the block, and what there is.
    given: usize,
    filled: usize,
    bytes: u64,
    allowance: u64,
    hash: Context,
    /// Offset of the first octet that is not US-ASCII.
    foreign: Option<u64>,
    cancel: &'a AtomicBool,
    halt: Option<Halt>,
}

/// Why a source gives no more.
#[derive(Debug)]
pub(super) enum Halt {
    /// The allowance is used up.
    Allowance,
    /// Somebody set the cancel flag.
    Cancelled,
    /// The octets could not be read.
    Failed(io::Error),
}

/// What a whole file was.
#[derive(Debug)]
pub(super) struct Whole {
    pub(super) hash: Hash,
    pub(super) bytes: u64,
    pub(super) foreign: Option<u64>,
}

impl<'a, R: Read> Source<'a, R> {
    pub(super) fn new(inner: R, cancel: &'a AtomicBool) -> Self {
        Self {
            inner,
            block: vec![0; BLOCK],
            given: 0,
            filled: 0,
            bytes: 0,
            allowance: 0,
            hash: Context::new(&SHA256),
            foreign: None,
            cancel,
            halt: None,
        }
    }

    /// Sets how many octets may be given from here on.
    pub(super) const fn allow(&mut self, octets: u64) {
        self.allowance = octets;
    }

    /// Returns why the source gave no more, once.
    pub(super) const fn take_halt(&mut self) -> Option<Halt> {
        self.halt.take()
    }

    /// Reads what is left, so that the hash is that of the whole file.
    pub(super) fn finish(mut self) -> Result<Whole, Halt> {
        loop {
            self.given = self.filled;
            if self.next_block()? == 0 {
                break;
            }
        }
        Ok(Whole {
            hash: hash_of(self.hash.finish().as_ref()),
            bytes: self.bytes,
            foreign: self.foreign,
        })
    }

    /// Reads a block if all of the last one was given; returns what there is to give.
    fn next_block(&mut self) -> Result<usize, Halt> {
        if self.given < self.filled {
            return Ok(self.filled - self.given);
        }
        if self.cancel.load(Ordering::Relaxed) {
            return Err(Halt::Cancelled);
        }
        (self.given, self.filled) = (0, 0);
        loop {
            match self.inner.read(&mut self.block) {
                Ok(length) => {
                    self.filled = length;
                    break;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(Halt::Failed(error)),
            }
        }
        let new = self.block.get(..self.filled).unwrap_or_default();
        self.hash.update(new);
        if self.foreign.is_none()
            && !new.is_ascii()
            && let Some(at) = new.iter().position(|octet| !octet.is_ascii())
        {
            self.foreign = Some(self.bytes + wide(at));
        }
        self.bytes += wide(new.len());
        Ok(new.len())
    }
}

impl<R: Read> Read for Source<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.fill_buf()?.read(buffer)?;
        self.consume(length);
        Ok(length)
    }
}

impl<R: Read> BufRead for Source<'_, R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        let found = self.next_block();
        let halt = match found {
            Ok(0) => None,
            Ok(_) if self.allowance == 0 => Some(Halt::Allowance),
            Ok(_) => None,
            Err(halt) => Some(halt),
        };
        if let Some(halt) = halt {
            self.halt = Some(halt);
            return Err(io::Error::other("no more is given"));
        }
        let most = usize::try_from(self.allowance).unwrap_or(usize::MAX);
        let rest = self.block.get(self.given..self.filled).unwrap_or_default();
        Ok(rest.get(..most).unwrap_or(rest))
    }

    fn consume(&mut self, length: usize) {
        self.given = self.given.saturating_add(length).min(self.filled);
        self.allowance = self.allowance.saturating_sub(wide(length));
    }
}

/// Returns a length in memory as a length of a file.
pub(super) fn wide(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives its octets in pieces of a length.
    struct Pieces<'a>(&'a [u8], usize);

    impl Read for Pieces<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let length = self.1.min(buffer.len());
            (&mut self.0).take(wide(length)).read(buffer)
        }
    }

    static GO_ON: AtomicBool = AtomicBool::new(false);

    #[test]
    fn a_file_is_hashed_whole_however_little_of_it_is_read() {
        let octets: Vec<u8> = (0..=127).cycle().take(300_000).collect();
        let digest = crate::fact::Digest::of(&octets);
        for (piece, read) in [(1_000, 0), (BLOCK, 7), (usize::MAX, 300_000)] {
            let cancel = &GO_ON;
            let mut source = Source::new(Pieces(&octets, piece), cancel);
            source.allow(wide(read));
            let mut seen = vec![0; read];
            source.read_exact(&mut seen).unwrap();
            assert_eq!(seen, octets[..read]);
            let whole = source.finish().unwrap();
            assert_eq!(whole.bytes, 300_000);
            assert_eq!(crate::fact::Digest::from_hash(&whole.hash), digest);
            assert_eq!(whole.foreign, None);
        }
    }

    #[test]
    fn no_more_is_given_than_allowed_and_a_cancelled_one_gives_nothing() {
        let cancel = &GO_ON;
        let mut source = Source::new(&b"0123456789"[..], cancel);
        source.allow(4);
        assert_eq!(source.fill_buf().unwrap(), b"0123");
        source.consume(4);
        assert!(source.fill_buf().is_err());
        assert!(matches!(source.take_halt(), Some(Halt::Allowance)));
        source.allow(100);
        assert_eq!(source.fill_buf().unwrap(), b"456789");
        let cancel = AtomicBool::new(true);
        let source = Source::new(&b"0"[..], &cancel);
        assert!(matches!(source.finish(), Err(Halt::Cancelled)));
    }

    #[test]
    fn the_first_octet_beyond_ascii_is_told() {
        let mut octets = vec![b' '; 200_000];
        octets[150_000] = 0xe9;
        let cancel = &GO_ON;
        let whole = Source::new(octets.as_slice(), cancel).finish().unwrap();
        assert_eq!(whole.foreign, Some(150_000));
    }
}
