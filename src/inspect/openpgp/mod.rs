//! OpenPGP, as far as a signature beside a file needs it: keys and detached signatures of version 4.
//!
//! A key is trusted because somebody declared its fingerprint, which covers all of it; so nothing of
//! what else a certificate says, as names and bindings of subkeys, is asked for. What is not
//! supported is told apart from what is wrong.
//!
//! Source: RFC 4880 and RFC 9580.

use std::fmt;

use aws_lc_rs::digest::{
    Algorithm, Context, Digest, SHA1_FOR_LEGACY_USE_ONLY, SHA256, SHA384, SHA512,
};
use aws_lc_rs::signature::{
    ED25519, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512,
    RsaParameters, UnparsedPublicKey, VerificationAlgorithm as _,
};
use jiff::Timestamp;

/// The fingerprint of a key of version 4: SHA-1 over all of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fingerprint([u8; 20]);

impl Fingerprint {
    /// Reads 40 hex digits, with blanks between them or without; `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let digits: String = text.split_ascii_whitespace().collect();
        let octets = data_encoding::HEXLOWER_PERMISSIVE.decode(digits.as_bytes());
        octets.ok()?.try_into().ok().map(Self)
    }

    /// Returns its last eight octets, by which signatures name a key.
    fn id(&self) -> &[u8] {
        self.0.last_chunk::<8>().map_or(&[], |id| &id[..])
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&data_encoding::HEXUPPER.encode(&self.0))
    }
}

/// Why something cannot be read or is not good.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Wrong {
    /// The octets are not what they should be.
    #[error("it is no {0}")]
    Form(&'static str),
    /// It may be good, and we cannot tell.
    #[error("{0} is not supported")]
    Unsupported(String),
    /// Another key made the signature.
    #[error("key `{seen}` signed it; expected `{expected}`")]
    Signer {
        /// Fingerprint or id of the key that signed, in hex; empty if the signature does not say.
        seen: String,
        /// The fingerprint of the key that is declared.
        expected: Fingerprint,
    },
    /// The signature is not that of the file.
    #[error("it is not the signature of this file")]
    Bad,
}

/// What a key is made of.
#[derive(Clone, Debug)]
enum Material {
    Rsa { modulus: Vec<u8>, exponent: Vec<u8> },
    Ed25519([u8; 32]),
    Other(u8),
}

/// A public key of version 4.
#[derive(Clone, Debug)]
pub struct PublicKey {
    /// Its fingerprint.
    pub fingerprint: Fingerprint,
    material: Material,
}

impl PublicKey {
    /// Returns the key with a fingerprint out of a certificate, armored or not; a primary key or one below.
    ///
    /// # Errors
    ///
    /// [`Wrong::Form`] if there is none with it.
    pub fn find(octets: &[u8], wanted: Fingerprint) -> Result<Self, Wrong> {
        let none = Wrong::Form("file with the declared key");
        let octets = dearmored(octets).ok_or(none.clone())?;
        let mut source = Octets(&octets);
        while let Some((tag, body)) = source.packet() {
            let is_key = matches!(tag, 6 | 14);
            if is_key && let Some(key) = Self::read(body).filter(|k| k.fingerprint == wanted) {
                return Ok(key);
            }
        }
        Err(none)
    }

    fn read(body: &[u8]) -> Option<Self> {
        let mut source = Octets(body);
        if source.octet()? != 4 {
            return None;
        }
        source.take(4)?;
        let material = match source.octet()? {
            1 | 3 => Material::Rsa {
                modulus: source.number()?.to_vec(),
                exponent: source.number()?.to_vec(),
            },
            22 => {
                let length = source.octet()?;
                let curve = source.take(usize::from(length))?;
                let point = source.number()?;
                // 1.3.6.1.4.1.11591.15.1, and a point that begins with 0x40.
                let own = [0x2b, 0x06, 0x01, 0x04, 0x01, 0xda, 0x47, 0x0f, 0x01];
                match point.strip_prefix(&[0x40]).map(<[u8; 32]>::try_from) {
                    Some(Ok(point)) if curve == own => Material::Ed25519(point),
                    _ => Material::Other(22),
                }
            }
            27 => Material::Ed25519(source.take(32)?.try_into().ok()?),
            other => Material::Other(other),
        };
        let length = u16::try_from(body.len()).ok()?;
        let mut context = Context::new(&SHA1_FOR_LEGACY_USE_ONLY);
        context.update(&[0x99]);
        context.update(&length.to_be_bytes());
        context.update(body);
        let fingerprint = context.finish().as_ref().try_into().ok()?;
        Some(Self {
            fingerprint: Fingerprint(fingerprint),
            material,
        })
    }
}

/// A detached signature of version 4.
#[derive(Clone, Debug)]
pub struct Signature {
    /// When it was made, as it says.
    pub made: Option<Timestamp>,
    /// Whether line ends are hashed as carriage return and line feed, whatever they are.
    is_text: bool,
    hash: &'static Algorithm,
    public: u8,
    /// Fingerprint of its key; empty if it does not say.
    fingerprint: Vec<u8>,
    /// The id of its key; empty if it does not say.
    id: Vec<u8>,
    /// What of it is signed.
    signed: Vec<u8>,
    /// The first two octets of the digest.
    left: [u8; 2],
    /// What is behind: numbers, or octets.
    rest: Vec<u8>,
}

impl Signature {
    /// Reads a signature, armored or not; the first, where there are several.
    ///
    /// # Errors
    ///
    /// [`Wrong::Form`] if there is none, [`Wrong::Unsupported`] for versions and digests that are not read.
    pub fn read(octets: &[u8]) -> Result<Self, Wrong> {
        const NONE: Wrong = Wrong::Form("OpenPGP signature");
        let octets = dearmored(octets).ok_or(NONE)?;
        let mut source = Octets(&octets);
        let body = loop {
            match source.packet().ok_or(NONE)? {
                (2, body) => break body,
                _ => {}
            }
        };
        let mut source = Octets(body);
        match source.octet().ok_or(NONE)? {
            4 => {}
            version => {
                return Err(Wrong::Unsupported(format!(
                    "version {version} of signatures"
                )));
            }
        }
        let read = Self::parts(body, &mut source);
        let (kind, hash, signature) = read.ok_or(NONE)?;
        let hash = match hash {
            8 => &SHA256,
            9 => &SHA384,
            10 => &SHA512,
            other => return Err(Wrong::Unsupported(format!("digest algorithm {other}"))),
        };
        match kind {
            0 | 1 => Ok(Self { hash, ..signature }),
            // What a key says of a name or of another key is no signature of a file.
            _ => Err(NONE),
        }
    }

    /// Reads what is behind the version: type, digest algorithm, and the rest.
    fn parts(body: &[u8], source: &mut Octets<'_>) -> Option<(u8, u8, Self)> {
        let (kind, public, hash) = (source.octet()?, source.octet()?, source.octet()?);
        let length = source.short()?;
        let hashed = source.take(length)?;
        let signed = body.get(..length.checked_add(6)?)?.to_vec();
        let length = source.short()?;
        let others = source.take(length)?;
        let mut signature = Self {
            made: None,
            is_text: kind == 1,
            hash: &SHA256,
            public,
            fingerprint: Vec::new(),
            id: Vec::new(),
            signed,
            left: source.take(2)?.try_into().ok()?,
            rest: source.0.to_vec(),
        };
        signature.said(hashed)?;
        // Who made it may stand there as well; when must be signed.
        let made = signature.made;
        signature.said(others)?;
        signature.made = made;
        Some((kind, hash, signature))
    }

    /// Reads what a signature says of itself.
    fn said(&mut self, octets: &[u8]) -> Option<()> {
        let mut source = Octets(octets);
        while !source.0.is_empty() {
            let length = source.length()?;
            let (kind, body) = source.take(length)?.split_first()?;
            match (kind & 0x7f, body) {
                (2, body) => {
                    let seconds = u32::from_be_bytes(body.try_into().ok()?);
                    self.made = Timestamp::from_second(i64::from(seconds)).ok();
                }
                (16, body) => self.id = body.to_vec(),
                (33, [4, fingerprint @ ..]) => self.fingerprint = fingerprint.to_vec(),
                _ => {}
            }
        }
        Some(())
    }

    /// Returns who made it, in hex: a fingerprint, an id, or nothing.
    pub fn signer(&self) -> String {
        let named = match self.fingerprint.as_slice() {
            [] => &self.id,
            _ => &self.fingerprint,
        };
        data_encoding::HEXUPPER.encode(named)
    }

    /// Says whether a key may have made it, as far as it says who did.
    ///
    /// # Errors
    ///
    /// [`Wrong::Signer`] if it says that another did.
    pub fn is_by(&self, key: Fingerprint) -> Result<(), Wrong> {
        let is_own = match self.fingerprint.as_slice() {
            [] => self.id.is_empty() || self.id == key.id(),
            named => *named == key.0,
        };
        if is_own {
            return Ok(());
        }
        Err(Wrong::Signer {
            seen: self.signer(),
            expected: key,
        })
    }

    /// Returns what takes the octets of the file.
    pub fn hasher(&self) -> Hasher {
        Hasher {
            context: Context::new(self.hash),
            is_text: self.is_text,
            returned: false,
        }
    }

    /// Says whether a key made it of the octets that a hasher took.
    ///
    /// # Errors
    ///
    /// Why not, or why that cannot be told.
    pub fn verify(&self, file: Hasher, key: &PublicKey) -> Result<(), Wrong> {
        self.is_by(key.fingerprint)?;
        let digest = self.digest(file);
        if digest.as_ref().first_chunk::<2>() != Some(&self.left) {
            return Err(Wrong::Bad);
        }
        let mut rest = Octets(&self.rest);
        match (&key.material, self.public) {
            (Material::Rsa { modulus, exponent }, 1 | 3) => {
                let number = rest.number().ok_or(Wrong::Bad)?;
                let number = padded(number, modulus.len()).ok_or(Wrong::Bad)?;
                let algorithm = self.rsa();
                let key = rsa_key(modulus, exponent).ok_or(Wrong::Bad)?;
                let verified = algorithm.verify_digest_sig(&key, &digest, &number);
                verified.map_err(|_| Wrong::Bad)
            }
            (Material::Ed25519(point), 22 | 27) => {
                let both = match self.public {
                    22 => {
                        let numbers = rest.number().zip(rest.number());
                        let both =
                            numbers.and_then(|(r, s)| Some((padded(r, 32)?, padded(s, 32)?)));
                        both.map(|(r, s)| [r, s].concat())
                    }
                    _ => rest.take(64).map(<[u8]>::to_vec),
                };
                let key = UnparsedPublicKey::new(&ED25519, point);
                let verified = key.verify(digest.as_ref(), &both.ok_or(Wrong::Bad)?);
                verified.map_err(|_| Wrong::Bad)
            }
            (Material::Other(algorithm), _) => {
                Err(Wrong::Unsupported(format!("key algorithm {algorithm}")))
            }
            (Material::Rsa { .. } | Material::Ed25519(_), _) => Err(Wrong::Bad),
        }
    }

    /// Ends a digest as RFC 9580, section 5.2.4, has it.
    fn digest(&self, file: Hasher) -> Digest {
        let mut context = file.context;
        let length = u32::try_from(self.signed.len()).unwrap_or(u32::MAX);
        context.update(&self.signed);
        context.update(&[4, 0xff]);
        context.update(&length.to_be_bytes());
        context.finish()
    }

    fn rsa(&self) -> &'static RsaParameters {
        if self.hash == &SHA512 {
            &RSA_PKCS1_2048_8192_SHA512
        } else if self.hash == &SHA384 {
            &RSA_PKCS1_2048_8192_SHA384
        } else {
            &RSA_PKCS1_2048_8192_SHA256
        }
    }
}

/// Takes the octets of a file, in as many parts as it comes.
#[derive(Clone)]
pub struct Hasher {
    context: Context,
    is_text: bool,
    /// Whether the last octet was a carriage return.
    returned: bool,
}

impl Hasher {
    /// Takes some octets.
    pub fn update(&mut self, octets: &[u8]) {
        if !self.is_text {
            return self.context.update(octets);
        }
        for line in octets.split_inclusive(|octet| *octet == b'\n') {
            match line.strip_suffix(b"\n") {
                Some(text) => {
                    let ended = if text.is_empty() {
                        self.returned
                    } else {
                        text.ends_with(b"\r")
                    };
                    self.context.update(text);
                    self.context.update(if ended { b"\n" } else { b"\r\n" });
                    self.returned = false;
                }
                None => {
                    self.context.update(line);
                    self.returned = line.ends_with(b"\r");
                }
            }
        }
    }
}

impl fmt::Debug for Hasher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hasher").finish_non_exhaustive()
    }
}

/// Octets that are taken from the front.
struct Octets<'a>(&'a [u8]);

impl<'a> Octets<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    fn octet(&mut self) -> Option<u8> {
        self.take(1)?.first().copied()
    }

    fn short(&mut self) -> Option<usize> {
        let octets = self.take(2)?.try_into().ok()?;
        Some(usize::from(u16::from_be_bytes(octets)))
    }

    fn long(&mut self) -> Option<usize> {
        let octets = self.take(4)?.try_into().ok()?;
        usize::try_from(u32::from_be_bytes(octets)).ok()
    }

    /// Reads a length of one, two or five octets; `None` for one of a part.
    fn length(&mut self) -> Option<usize> {
        match self.octet()? {
            first @ 0..192 => Some(usize::from(first)),
            first @ 192..224 => {
                let high = usize::from(first).checked_sub(192)?.checked_mul(256)?;
                high.checked_add(usize::from(self.octet()?))?
                    .checked_add(192)
            }
            255 => self.long(),
            _ => None,
        }
    }

    /// Reads a number: its length in bits, and its octets.
    fn number(&mut self) -> Option<&'a [u8]> {
        let bits = self.short()?;
        self.take(bits.div_ceil(8))
    }

    /// Reads a packet of either form; `None` at the end, and for what is no packet or comes in parts.
    fn packet(&mut self) -> Option<(u8, &'a [u8])> {
        let head = self.octet()?;
        if head & 0x80 == 0 {
            return None;
        }
        if head & 0x40 != 0 {
            let length = self.length()?;
            return Some((head & 0x3f, self.take(length)?));
        }
        let length = match head & 3 {
            0 => usize::from(self.octet()?),
            1 => self.short()?,
            2 => self.long()?,
            _ => self.0.len(),
        };
        Some(((head >> 2) & 0x0f, self.take(length)?))
    }
}

/// Returns the octets of the first armored block, or the octets themselves if they are not armored.
fn dearmored(octets: &[u8]) -> Option<Vec<u8>> {
    if octets.first().is_some_and(|first| first & 0x80 != 0) {
        return Some(octets.to_vec());
    }
    let text = std::str::from_utf8(octets).ok()?;
    let mut lines = text.lines().map(str::trim_end);
    lines.find(|line| line.starts_with("-----BEGIN PGP "))?;
    // Headers end with a line that is blank.
    lines.find(|line| line.is_empty())?;
    let mut block = String::new();
    for line in lines.take_while(|line| !line.starts_with(['-', '='])) {
        block.push_str(line.trim());
    }
    data_encoding::BASE64.decode(block.as_bytes()).ok()
}

/// Returns a number with zeros before it, so that it has so many octets; `None` if it has more.
fn padded(number: &[u8], length: usize) -> Option<Vec<u8>> {
    let zeros = length.checked_sub(number.len())?;
    let mut all = vec![0; zeros];
    all.extend_from_slice(number);
    Some(all)
}

/// Writes an RSA key in the DER of RFC 8017, appendix A.1.1; `None` for numbers that no key has.
fn rsa_key(modulus: &[u8], exponent: &[u8]) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    for number in [modulus, exponent] {
        let high = number.first().filter(|first| **first != 0)?;
        let mut octets = Vec::from_iter((high & 0x80 != 0).then_some(0));
        octets.extend_from_slice(number);
        body.extend(der(2, &octets)?);
    }
    der(0x30, &body)
}

/// Writes a value of DER of up to 65,535 octets.
fn der(tag: u8, value: &[u8]) -> Option<Vec<u8>> {
    let length = u16::try_from(value.len()).ok()?;
    let [high, low] = length.to_be_bytes();
    let mut octets = match length {
        0..128 => vec![tag, low],
        128..256 => vec![tag, 0x81, low],
        _ => vec![tag, 0x82, high, low],
    };
    octets.extend_from_slice(value);
    Some(octets)
}

#[cfg(test)]
mod tests;
