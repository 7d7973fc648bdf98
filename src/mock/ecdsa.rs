//! Signatures on the curve P-256 that follow from key and octets (RFC 6979).
//!
//! Libraries take a new random number for each signature; the mock's answers must be the
//! same octets for the same world and time. The point is computed by the library, the rest is
//! arithmetic modulo the order of the curve. The keys are public, so nothing here needs to
//! take the same time for all of them.

use std::cmp::Ordering;

use aws_lc_rs::agreement::{ECDH_P256, PrivateKey};
use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::hmac;

/// A number of 256 bits, its lowest 64 first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Number([u64; 4]);

/// The order of the curve (FIPS 186-4, appendix D.1.2.3).
const ORDER: Number = Number([
    0xF3B9_CAC2_FC63_2551,
    0xBCE6_FAAD_A717_9E84,
    0xFFFF_FFFF_FFFF_FFFF,
    0xFFFF_FFFF_0000_0000,
]);

const ZERO: Number = Number([0; 4]);
const ONE: Number = Number([1, 0, 0, 0]);

/// A key of the curve P-256.
#[derive(Clone, Debug)]
pub(super) struct Key {
    secret: Number,
    /// The public key: both coordinates, 64 octets.
    pub(super) public: [u8; 64],
}

impl Key {
    /// Returns the key that a label names: the same for the same label, and secret to nobody.
    pub(super) fn of_label(label: &str) -> Option<Self> {
        let seed = digest(&SHA256, label.as_bytes());
        Self::of_octets(seed.as_ref().try_into().ok()?)
    }

    /// Returns the key of a secret number; `None` for 0 modulo the order.
    fn of_octets(octets: &[u8; 32]) -> Option<Self> {
        let secret = Number::read(octets).reduced();
        let public = point(&secret)?;
        Some(Self { secret, public })
    }

    /// Signs octets with SHA-256: two numbers of 32 octets.
    pub(super) fn sign(&self, octets: &[u8]) -> Option<[u8; 64]> {
        let hash: [u8; 32] = digest(&SHA256, octets).as_ref().try_into().ok()?;
        let hash = Number::read(&hash).reduced();
        let mut candidates = Candidates::new(&self.secret.write(), &hash.write());
        loop {
            let once = candidates.next();
            if once == ZERO || once.cmp(&ORDER) != Ordering::Less {
                continue;
            }
            let first = point(&once)?
                .first_chunk::<32>()
                .map(Number::read)?
                .reduced();
            let second = once.inverse().times(hash.plus(first.times(self.secret)));
            if first != ZERO && second != ZERO {
                return [first.write(), second.write()].concat().try_into().ok();
            }
        }
    }
}

/// Returns the coordinates of a multiple of the curve's base point.
fn point(times: &Number) -> Option<[u8; 64]> {
    let key = PrivateKey::from_private_key(&ECDH_P256, &times.write()).ok()?;
    let public = key.compute_public_key().ok()?;
    // One octet says that both coordinates follow.
    public.as_ref().get(1..)?.try_into().ok()
}

/// The numbers that are tried for one signature (RFC 6979, section 3.2).
struct Candidates {
    key: [u8; 32],
    value: [u8; 32],
}

impl Candidates {
    fn new(secret: &[u8; 32], hash: &[u8; 32]) -> Self {
        let mut all = Self {
            key: [0; 32],
            value: [1; 32],
        };
        for step in 0..2 {
            all.key = all.code(&[&all.value, &[step], secret, hash]);
            all.value = all.code(&[&all.value]);
        }
        all
    }

    fn next(&mut self) -> Number {
        self.value = self.code(&[&self.value]);
        let number = Number::read(&self.value);
        self.key = self.code(&[&self.value, &[0]]);
        let refreshed = self.code(&[&self.value]);
        // What follows is used only if this number is refused.
        self.value = refreshed;
        number
    }

    fn code(&self, parts: &[&[u8]]) -> [u8; 32] {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &self.key);
        let tag = hmac::sign(&key, &parts.concat());
        tag.as_ref().try_into().unwrap_or_default()
    }
}

impl Number {
    fn read(octets: &[u8; 32]) -> Self {
        let mut limbs = [0; 4];
        for (limb, part) in limbs.iter_mut().rev().zip(octets.chunks_exact(8)) {
            *limb = part
                .iter()
                .fold(0, |all, octet| all << 8 | u64::from(*octet));
        }
        Self(limbs)
    }

    fn write(&self) -> [u8; 32] {
        let mut octets = [0; 32];
        for (part, limb) in octets.chunks_exact_mut(8).zip(self.0.iter().rev()) {
            part.copy_from_slice(&limb.to_be_bytes());
        }
        octets
    }

    fn cmp(&self, other: &Self) -> Ordering {
        self.0.iter().rev().cmp(other.0.iter().rev())
    }

    /// Adds; also says whether the sum goes beyond 256 bits.
    fn sum(self, other: Self) -> (Self, bool) {
        let (mut limbs, mut carry) = (self.0, false);
        for (limb, more) in limbs.iter_mut().zip(other.0) {
            let (sum, first) = limb.overflowing_add(more);
            let (sum, second) = sum.overflowing_add(u64::from(carry));
            (*limb, carry) = (sum, first || second);
        }
        (Self(limbs), carry)
    }

    /// Subtracts, modulo 2 to the 256.
    fn minus(self, other: Self) -> Self {
        let (mut limbs, mut borrow) = (self.0, false);
        for (limb, less) in limbs.iter_mut().zip(other.0) {
            let (rest, first) = limb.overflowing_sub(less);
            let (rest, second) = rest.overflowing_sub(u64::from(borrow));
            (*limb, borrow) = (rest, first || second);
        }
        Self(limbs)
    }

    /// Returns the number modulo the order; it is less than twice the order.
    fn reduced(self) -> Self {
        match self.cmp(&ORDER) {
            Ordering::Less => self,
            Ordering::Equal | Ordering::Greater => self.minus(ORDER),
        }
    }

    /// Adds modulo the order.
    fn plus(self, other: Self) -> Self {
        let (sum, beyond) = self.sum(other);
        if beyond {
            sum.minus(ORDER)
        } else {
            sum.reduced()
        }
    }

    /// Multiplies modulo the order, bit by bit.
    fn times(self, other: Self) -> Self {
        let mut product = ZERO;
        for limb in other.0.iter().rev() {
            for bit in (0..64).rev() {
                product = product.plus(product);
                if limb >> bit & 1 == 1 {
                    product = product.plus(self);
                }
            }
        }
        product
    }

    /// Halves modulo the order.
    fn half(self) -> Self {
        let is_odd = self.0.first().is_some_and(|low| low & 1 == 1);
        let (even, beyond) = if is_odd {
            self.sum(ORDER)
        } else {
            (self, false)
        };
        let mut above = u64::from(beyond);
        let mut limbs = even.0;
        for limb in limbs.iter_mut().rev() {
            let low = *limb & 1;
            *limb = *limb >> 1 | above << 63;
            above = low;
        }
        Self(limbs)
    }

    /// Returns the inverse modulo the order, of a number that is not 0, by halving.
    fn inverse(self) -> Self {
        let is_even = |number: &Self| number.0.first().is_some_and(|low| low & 1 == 0);
        let shift = |number: Self| {
            let mut limbs = number.0;
            let mut above = 0;
            for limb in limbs.iter_mut().rev() {
                let low = *limb & 1;
                *limb = *limb >> 1 | above << 63;
                above = low;
            }
            Self(limbs)
        };
        let (mut u, mut v) = (self, ORDER);
        let (mut of_u, mut of_v) = (ONE, ZERO);
        while u != ONE && v != ONE {
            while is_even(&u) {
                (u, of_u) = (shift(u), of_u.half());
            }
            while is_even(&v) {
                (v, of_v) = (shift(v), of_v.half());
            }
            if u.cmp(&v) == Ordering::Less {
                (v, of_v) = (v.minus(u), of_v.plus(ORDER.minus(of_u)));
            } else {
                (u, of_u) = (u.minus(v), of_u.plus(ORDER.minus(of_v)));
            }
        }
        if u == ONE { of_u } else { of_v }
    }
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};
    use data_encoding::HEXUPPER;

    use super::*;

    #[test]
    fn the_signatures_of_the_document_come_out() {
        // RFC 6979, appendix A.2.5, with SHA-256.
        let secret = b"C9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721";
        let secret = HEXUPPER.decode(secret).unwrap();
        let key = Key::of_octets(&secret.try_into().unwrap()).unwrap();
        for (text, expected) in [
            (
                "sample",
                "EFD48B2AACB6A8FD1140DD9CD45E81D69D2C877B56AAF991C34D0EA84EAF3716\
                 F7CB1C942D657C41D436C7A1B6E29F65F3E900DBB9AFF4064DC4AB2F843ACDA8",
            ),
            (
                "test",
                "F1ABB023518351CD71D881567B1EA663ED3EFCF6C5132B354F28D3B0B7D38367\
                 019F4113742A2B14BD25926B49C649155F267E60D3814B4C0CC84250E46F0083",
            ),
        ] {
            let signature = key.sign(text.as_bytes()).unwrap();
            assert_eq!(HEXUPPER.encode(&signature), expected, "{text}");
        }
    }

    #[test]
    fn what_is_signed_is_verified_by_the_library() {
        for number in 0..20 {
            let key = Key::of_label(&format!("key {number}")).unwrap();
            let octets = format!("octets {number}");
            let signature = key.sign(octets.as_bytes()).unwrap();
            assert_eq!(signature, key.sign(octets.as_bytes()).unwrap());
            let public = [&[4][..], &key.public].concat();
            let public = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, public);
            assert_eq!(public.verify(octets.as_bytes(), &signature), Ok(()));
        }
    }

    #[test]
    fn an_inverse_times_its_number_is_one() {
        for number in [
            ONE,
            Number([2, 0, 0, 0]),
            Number([u64::MAX, 5, 0, 7]),
            ORDER.minus(ONE),
        ] {
            assert_eq!(number.inverse().times(number), ONE, "{number:?}");
        }
    }
}
