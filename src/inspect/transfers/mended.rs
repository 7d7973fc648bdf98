//! Octets of a log in which what no reader of JSON takes is replaced, octet by octet, and told.
//!
//! One name in Latin-1 must not cost the ten thousand transfers behind it. Lengths stay, so
//! that lines and columns are those of the file.

use std::io::{self, Read};

/// Octets that are read at a time.
const CHUNK: usize = 64 * 1024;

/// Most places that are told.
const MOST_PLACES: usize = 100;

/// The byte order mark of UTF-8.
const MARK: &[u8] = b"\xef\xbb\xbf";

/// What was replaced.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Mendings {
    /// Whether a byte order mark was left out.
    pub(super) mark: bool,
    /// Octets that are no UTF-8: their number, and line and column in octets of the first ones, from 1.
    pub(super) not_utf8: (u64, Vec<(u64, u64)>),
    /// Control characters within texts, alike.
    pub(super) controls: (u64, Vec<(u64, u64)>),
}

/// Octets of a log, mended.
#[derive(Debug)]
pub(super) struct Mended<R> {
    inner: R,
    /// Mended octets, and how many of them were given.
    ready: Vec<u8>,
    given: usize,
    /// Octets of a character whose end was not read yet.
    begun: Vec<u8>,
    ended: bool,
    /// Whether the first octets were read.
    began: bool,
    line: u64,
    column: u64,
    in_text: bool,
    escaped: bool,
    pub(super) mendings: Mendings,
}

impl<R: Read> Mended<R> {
    pub(super) fn new(inner: R) -> Self {
        Self {
            inner,
            ready: Vec::new(),
            given: 0,
            begun: Vec::new(),
            ended: false,
            began: false,
            line: 1,
            column: 1,
            in_text: false,
            escaped: false,
            mendings: Mendings::default(),
        }
    }

    /// Reads and mends the next octets; there are none at the end.
    fn fill(&mut self) -> io::Result<()> {
        let first = !std::mem::replace(&mut self.began, true);
        let mut chunk = std::mem::take(&mut self.begun);
        let before = chunk.len();
        // A first chunk is at least as long as a byte order mark, however the octets come.
        let least = if first { MARK.len() } else { 1 };
        while !self.ended && chunk.len() < before + least {
            let mut part = Vec::new();
            let limit = u64::try_from(CHUNK).unwrap_or(u64::MAX);
            self.ended = (&mut self.inner).take(limit).read_to_end(&mut part)? == 0;
            chunk.append(&mut part);
        }
        if first && let Some(rest) = chunk.strip_prefix(MARK) {
            chunk = rest.to_vec();
            self.mendings.mark = true;
        }
        self.mend(&chunk);
        Ok(())
    }

    /// Mends octets; those of a character that is not whole yet wait for the next ones.
    fn mend(&mut self, chunk: &[u8]) {
        self.ready.clear();
        self.given = 0;
        let mut rest = chunk;
        loop {
            match std::str::from_utf8(rest) {
                Ok(valid) => {
                    self.copy(valid.as_bytes());
                    return;
                }
                Err(error) => {
                    let (valid, broken) = rest.split_at(error.valid_up_to());
                    self.copy(valid);
                    let wrong = match error.error_len() {
                        Some(length) => length,
                        None if self.ended => broken.len(),
                        None => {
                            self.begun = broken.to_vec();
                            return;
                        }
                    };
                    let (_, after) = broken.split_at(wrong.min(broken.len()));
                    for _ in 0..wrong {
                        note(&mut self.mendings.not_utf8, self.line, self.column);
                        self.put(b'?');
                    }
                    rest = after;
                }
            }
        }
    }

    /// Copies octets, but for control characters within texts.
    fn copy(&mut self, octets: &[u8]) {
        for octet in octets {
            if self.in_text && *octet < 0x20 {
                note(&mut self.mendings.controls, self.line, self.column);
                self.put(b' ');
                if *octet == b'\n' {
                    (self.line, self.column) = (self.line.saturating_add(1), 1);
                }
                continue;
            }
            self.put(*octet);
        }
    }

    fn put(&mut self, octet: u8) {
        match octet {
            _ if self.escaped => self.escaped = false,
            b'\\' if self.in_text => self.escaped = true,
            b'"' => self.in_text = !self.in_text,
            _ => {}
        }
        match octet {
            b'\n' => (self.line, self.column) = (self.line.saturating_add(1), 1),
            _ => self.column = self.column.saturating_add(1),
        }
        self.ready.push(octet);
    }
}

fn note((count, places): &mut (u64, Vec<(u64, u64)>), line: u64, column: u64) {
    *count = count.saturating_add(1);
    if places.len() < MOST_PLACES {
        places.push((line, column));
    }
}

impl<R: Read> Read for Mended<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.given == self.ready.len() && (!self.ended || !self.begun.is_empty()) {
            self.fill()?;
        }
        let mut left = self.ready.get(self.given..).unwrap_or_default();
        let length = left.read(buffer)?;
        self.given += length;
        Ok(length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives one octet at a time.
    struct Slow<'a>(&'a [u8]);

    impl Read for Slow<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let one = buffer.get_mut(..1).unwrap_or_default();
            self.0.read(one)
        }
    }

    fn mended(octets: &[u8]) -> (Vec<u8>, Mendings) {
        let mut fast = Mended::new(octets);
        let mut slow = Mended::new(Slow(octets));
        let (mut all, mut again) = (Vec::new(), Vec::new());
        fast.read_to_end(&mut all).unwrap();
        slow.read_to_end(&mut again).unwrap();
        assert_eq!((&all, &fast.mendings), (&again, &slow.mendings));
        (all, fast.mendings)
    }

    #[test]
    fn what_is_sound_stays() {
        let text = "{\"a\\\"\n\": \"é\u{1F600}\"}\n";
        let sound = text.replace('\n', " ");
        assert_eq!(mended(sound.as_bytes()).0, sound.as_bytes());
        assert_eq!(mended(b"").0, b"");
        assert_eq!(mended(sound.as_bytes()).1, Mendings::default());
    }

    #[test]
    fn latin_1_and_controls_are_replaced_where_they_are() {
        let (octets, told) = mended(b"{\n \"a\": \"Jo\xe3o\x00\tx\"\n}");
        assert_eq!(octets, b"{\n \"a\": \"Jo?o  x\"\n}");
        assert_eq!(told.not_utf8, (1, vec![(2, 10)]));
        assert_eq!(told.controls, (2, vec![(2, 12), (2, 13)]));
        let (octets, told) = mended(b"\xef\xbb\xbf[1] \xe2\x82");
        assert_eq!(octets, b"[1] ??");
        assert!(told.mark && told.not_utf8.0 == 2);
    }

    #[test]
    fn many_places_are_counted_and_the_first_are_told() {
        let (_, told) = mended(&vec![0xff; 100_000]);
        assert_eq!((told.not_utf8.0, told.not_utf8.1.len()), (100_000, 100));
    }
}
