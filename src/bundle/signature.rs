//! Signatures of seals: `SHA256SUMS.sig` in the form of OpenSSH.
//!
//! A seal says that nothing was changed since; a signature says who sealed. It is read by this
//! program alone, so that a static binary can verify, and by `ssh-keygen -Y verify`.
//!
//! Source: OpenSSH, `PROTOCOL.sshsig`; keys and signatures within it: RFC 4253, section 6.6 (RSA, with
//! RFC 8332), RFC 5656, section 3.1 (ECDSA), RFC 8709, section 4 (Ed25519), OpenSSH, `PROTOCOL.u2f`.

use std::fmt;

use aws_lc_rs::digest::{SHA256, SHA512, digest};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ECDSA_P521_SHA512_FIXED, ED25519,
    RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_2048_8192_SHA512, RsaPublicKeyComponents,
    UnparsedPublicKey, VerificationAlgorithm,
};
use data_encoding::{BASE64, BASE64_NOPAD};

/// What signatures of seals are made for, so that none made for something else counts here.
pub const NAMESPACE: &str = "quintet";

/// Name of the file with the signature of a seal, beside it.
pub const SIGNATURE: &str = "SHA256SUMS.sig";

/// Largest signature that is read, in octets; ours. One of an RSA key of 16,384 bits has 6,000.
pub(super) const MAX_SIGNATURE: usize = 64 * 1024;

const MAGIC: &[u8] = b"SSHSIG";
const BEGIN: &str = "-----BEGIN SSH SIGNATURE-----";
const END: &str = "-----END SSH SIGNATURE-----";

/// A key, as OpenSSH writes it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct SigningKey {
    /// Its kind, such as `ssh-ed25519`.
    pub kind: String,
    blob: Vec<u8>,
}

impl SigningKey {
    /// Reads a key in base64, as `.pub` files and lists of signers have it.
    ///
    /// # Errors
    ///
    /// What is wrong with it, in words.
    pub fn parse(text: &str) -> Result<Self, String> {
        let blob = BASE64
            .decode(text.as_bytes())
            .map_err(|_| "its key is not in base64".to_owned())?;
        let kind = Fields(&blob).text().ok_or("its key is cut off")?;
        Ok(Self {
            kind: kind.to_owned(),
            blob,
        })
    }

    /// Returns the fingerprint, as `ssh-keygen -l` prints it.
    pub fn fingerprint(&self) -> String {
        let hash = digest(&SHA256, &self.blob);
        format!("SHA256:{}", BASE64_NOPAD.encode(hash.as_ref()))
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SigningKey")
            .field(&self.fingerprint())
            .finish()
    }
}

/// Checks a signature of some octets, and returns the key that made it.
///
/// That the key made it is all that is known then: whose it is, a list of signers says.
///
/// # Errors
///
/// What is wrong with it, in words.
pub(super) fn check(octets: &[u8], signature: &[u8]) -> Result<SigningKey, String> {
    let blob = unwrap(signature)?;
    let envelope = Envelope::read(&blob).ok_or("it is cut off, or not in the form of OpenSSH")?;
    if envelope.version != 1 {
        return Err(format!(
            "it has version {}; this program reads version 1",
            envelope.version
        ));
    }
    if envelope.namespace != NAMESPACE.as_bytes() {
        return Err(format!(
            "it was made for `{}`, not for `{NAMESPACE}`",
            shown(&String::from_utf8_lossy(envelope.namespace))
        ));
    }
    let hash = match envelope.hash {
        b"sha256" => digest(&SHA256, octets),
        b"sha512" => digest(&SHA512, octets),
        _ => return Err("it rests on a hash other than SHA-256 and SHA-512".to_owned()),
    };
    let mut signed = MAGIC.to_vec();
    for part in [
        envelope.namespace,
        envelope.reserved,
        envelope.hash,
        hash.as_ref(),
    ] {
        put(&mut signed, part);
    }
    let mut key = Fields(envelope.key);
    let kind = key.text().ok_or("its key is cut off")?;
    let holds = verify(kind, &mut key, envelope.signature, &signed).ok_or_else(|| {
        format!(
            "its key `{}` is cut off, or of a kind that is not known",
            shown(kind)
        )
    })?;
    if !holds {
        return Err("it is not that of these octets by its key".to_owned());
    }
    Ok(SigningKey {
        kind: kind.to_owned(),
        blob: envelope.key.to_vec(),
    })
}

/// Returns what is between the lines that begin and end a signature.
fn unwrap(text: &[u8]) -> Result<Vec<u8>, String> {
    let text = std::str::from_utf8(text).map_err(|_| "it is not text".to_owned())?;
    let inner = text
        .trim()
        .strip_prefix(BEGIN)
        .and_then(|text| text.strip_suffix(END))
        .ok_or_else(|| format!("it does not stand between `{BEGIN}` and `{END}`"))?;
    let inner: String = inner.split_ascii_whitespace().collect();
    BASE64
        .decode(inner.as_bytes())
        .map_err(|_| "it is not in base64".to_owned())
}

/// The parts of a signature.
struct Envelope<'a> {
    version: u32,
    key: &'a [u8],
    namespace: &'a [u8],
    reserved: &'a [u8],
    hash: &'a [u8],
    signature: &'a [u8],
}

impl<'a> Envelope<'a> {
    fn read(blob: &'a [u8]) -> Option<Self> {
        let mut fields = Fields(blob.strip_prefix(MAGIC)?);
        let envelope = Self {
            version: fields.number()?,
            key: fields.octets()?,
            namespace: fields.octets()?,
            reserved: fields.octets()?,
            hash: fields.octets()?,
            signature: fields.octets()?,
        };
        fields.0.is_empty().then_some(envelope)
    }
}

/// Verifies by the key behind its kind; `None` if one of both cannot be read or is of another kind.
fn verify(kind: &str, key: &mut Fields<'_>, signature: &[u8], signed: &[u8]) -> Option<bool> {
    let mut fields = Fields(signature);
    let algorithm = fields.text()?;
    let value = fields.octets()?;
    let by =
        |algorithm: &'static dyn VerificationAlgorithm, key: &[u8], signed: &[u8], value: &[u8]| {
            UnparsedPublicKey::new(algorithm, key)
                .verify(signed, value)
                .is_ok()
        };
    match (kind, algorithm) {
        ("ssh-ed25519", "ssh-ed25519") => Some(by(&ED25519, key.octets()?, signed, value)),
        ("sk-ssh-ed25519@openssh.com", "sk-ssh-ed25519@openssh.com") => {
            let own = key.octets()?;
            let signed = of_token(key.octets()?, &mut fields, signed)?;
            Some(by(&ED25519, own, &signed, value))
        }
        ("sk-ecdsa-sha2-nistp256@openssh.com", "sk-ecdsa-sha2-nistp256@openssh.com") => {
            let _curve = key.octets()?;
            let own = key.octets()?;
            let signed = of_token(key.octets()?, &mut fields, signed)?;
            let value = fixed(value, 32)?;
            Some(by(&ECDSA_P256_SHA256_FIXED, own, &signed, &value))
        }
        ("ssh-rsa", "rsa-sha2-256" | "rsa-sha2-512") => {
            let (e, n) = (key.unsigned()?, key.unsigned()?);
            let algorithm = if algorithm == "rsa-sha2-256" {
                &RSA_PKCS1_2048_8192_SHA256
            } else {
                &RSA_PKCS1_2048_8192_SHA512
            };
            let key = RsaPublicKeyComponents { n, e };
            Some(key.verify(algorithm, signed, value).is_ok())
        }
        (kind, algorithm) if kind == algorithm => {
            let (curve, algorithm, length): (_, &'static dyn VerificationAlgorithm, _) = match kind
            {
                "ecdsa-sha2-nistp256" => ("nistp256", &ECDSA_P256_SHA256_FIXED, 32),
                "ecdsa-sha2-nistp384" => ("nistp384", &ECDSA_P384_SHA384_FIXED, 48),
                "ecdsa-sha2-nistp521" => ("nistp521", &ECDSA_P521_SHA512_FIXED, 66),
                _ => return None,
            };
            if key.text()? != curve {
                return None;
            }
            Some(by(algorithm, key.octets()?, signed, &fixed(value, length)?))
        }
        (_, _) => None,
    }
}

/// Returns what a token signs in place of some octets.
fn of_token(application: &[u8], fields: &mut Fields<'_>, signed: &[u8]) -> Option<Vec<u8>> {
    let mut all = digest(&SHA256, application).as_ref().to_vec();
    // A flag octet and a counter, as the token gave them.
    let (flags_and_counter, rest) = fields.0.split_at_checked(5)?;
    // The first flag says that somebody touched the token.
    if flags_and_counter.first()? & 1 == 0 || !rest.is_empty() {
        return None;
    }
    all.extend_from_slice(flags_and_counter);
    all.extend_from_slice(digest(&SHA256, signed).as_ref());
    Some(all)
}

/// Returns both numbers of an ECDSA signature, each with as many octets as its curve has.
fn fixed(value: &[u8], length: usize) -> Option<Vec<u8>> {
    let mut fields = Fields(value);
    let mut all = Vec::with_capacity(2 * length);
    for _ in 0..2 {
        let number = fields.unsigned()?;
        all.resize(all.len() + length.checked_sub(number.len())?, 0);
        all.extend_from_slice(number);
    }
    fields.0.is_empty().then_some(all)
}

/// Returns text of a stranger so that it is one short line.
fn shown(text: &str) -> String {
    text.chars().take(60).flat_map(char::escape_debug).collect()
}

/// Appends octets with their number before them.
fn put(to: &mut Vec<u8>, octets: &[u8]) {
    let length = u32::try_from(octets.len()).unwrap_or(u32::MAX);
    to.extend_from_slice(&length.to_be_bytes());
    to.extend_from_slice(octets);
}

/// Fields one behind the other (RFC 4251, section 5).
struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    fn number(&mut self) -> Option<u32> {
        let (number, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(u32::from_be_bytes(*number))
    }

    fn octets(&mut self) -> Option<&'a [u8]> {
        let length = usize::try_from(self.number()?).ok()?;
        let (octets, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(octets)
    }

    fn text(&mut self) -> Option<&'a str> {
        std::str::from_utf8(self.octets()?).ok()
    }

    /// Reads a number without sign, and without zeros before it.
    fn unsigned(&mut self) -> Option<&'a [u8]> {
        let octets = self.octets()?;
        if octets.first()? & 0x80 != 0 {
            return None;
        }
        let zeros = octets.iter().take_while(|octet| **octet == 0).count();
        octets.get(zeros..).filter(|number| !number.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A seal, and signatures of it that `ssh-keygen -Y sign -n quintet` of OpenSSH made.
    const SEALED: &[u8] = include_bytes!("../../tests/data/signatures/SHA256SUMS");
    const ED25519_SIGNED: &[u8] = include_bytes!("../../tests/data/signatures/ed25519.sig");
    const RSA_SIGNED: &[u8] = include_bytes!("../../tests/data/signatures/rsa.sig");
    const P256_SIGNED: &[u8] = include_bytes!("../../tests/data/signatures/p256.sig");
    const P384_SIGNED: &[u8] = include_bytes!("../../tests/data/signatures/p384.sig");
    const P521_SIGNED: &[u8] = include_bytes!("../../tests/data/signatures/p521.sig");
    const FILE_SIGNED: &[u8] = include_bytes!("../../tests/data/signatures/for-file.sig");

    #[test]
    fn a_signature_of_openssh_holds_for_what_was_signed_and_nothing_else() {
        for (signature, kind) in [
            (ED25519_SIGNED, "ssh-ed25519"),
            (RSA_SIGNED, "ssh-rsa"),
            (P256_SIGNED, "ecdsa-sha2-nistp256"),
            (P384_SIGNED, "ecdsa-sha2-nistp384"),
            (P521_SIGNED, "ecdsa-sha2-nistp521"),
        ] {
            assert_eq!(check(SEALED, signature).unwrap().kind, kind);
            let mut other = SEALED.to_vec();
            other[0] ^= 1;
            let refused = check(&other, signature).unwrap_err();
            assert!(
                refused.contains("not that of these octets"),
                "{kind} {refused}"
            );
        }
    }

    #[test]
    fn a_signature_made_for_something_else_is_refused() {
        let refused = check(SEALED, FILE_SIGNED).unwrap_err();
        assert_eq!(refused, "it was made for `file`, not for `quintet`");
    }

    #[test]
    fn no_octet_of_a_signature_can_be_changed_or_be_missing() {
        let blob = unwrap(ED25519_SIGNED).unwrap();
        let wrap = |blob: &[u8]| format!("{BEGIN}\n{}\n{END}\n", BASE64.encode(blob));
        assert!(check(SEALED, wrap(&blob).as_bytes()).is_ok());
        for at in 0..blob.len() {
            let mut changed = blob.clone();
            changed[at] ^= 0x40;
            assert!(check(SEALED, wrap(&changed).as_bytes()).is_err(), "{at}");
            assert!(check(SEALED, wrap(&blob[..at]).as_bytes()).is_err(), "{at}");
        }
        for wrong in [&b""[..], b"\xff", b"SSHSIG", ED25519_SIGNED.split_at(40).0] {
            assert!(check(SEALED, wrong).is_err());
        }
    }
}
