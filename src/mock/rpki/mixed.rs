//! More keys than are committed: each of a prime of one committed key and a prime of another.
//!
//! A repository as large as the real ones has thousands of authorities, and relying parties
//! refuse two that have one key. Making a key takes a tenth of a second and cannot be
//! repeated; putting one together takes a fraction of a millisecond and always gives the
//! same. Whoever has two such keys can compute their primes: they are as public as those
//! they come of.
//!
//! Source: RFC 8017, section 3.2 and appendix A.1.2.

use std::cmp::Ordering;

use super::der::{Der, integer, sequence, unsigned};

/// The public exponent of all keys, a prime.
const EXPONENT: u64 = 65_537;

/// A prime of a committed key.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Prime {
    value: Number,
    /// The private exponent modulo the prime less one.
    exponent: Number,
}

/// The primes of some keys: the first one of each, then the second one of each.
#[derive(Debug)]
pub(super) struct Primes(Vec<Prime>);

impl Primes {
    /// Takes the primes of keys in PKCS #8; what is no such key is left out.
    pub(super) fn of<'a>(keys: impl Iterator<Item = &'a Vec<u8>>) -> Self {
        let (mut first, second): (Vec<Prime>, Vec<Prime>) =
            keys.filter_map(|key| primes(key)).unzip();
        first.extend(second);
        Self(first)
    }

    /// Returns how many keys can be made, none of them twice and none of those that they come of.
    pub(super) fn keys(&self) -> usize {
        let keys = self.0.len() / 2;
        self.0.len() * keys.saturating_sub(1)
    }

    /// Returns one of the keys as an `RSAPrivateKey`; `None` beyond the last.
    pub(super) fn key(&self, number: usize) -> Option<Der> {
        // Two primes of one key lie half the round apart; all distances below that are new keys.
        let at = number.checked_rem(self.0.len())?;
        let apart = number / self.0.len() + 1;
        let other = (at + apart) % self.0.len();
        if number >= self.keys() {
            return None;
        }
        private_key(self.0.get(at)?, self.0.get(other)?)
    }
}

/// Puts a key together of two primes.
fn private_key(one: &Prime, other: &Prime) -> Option<Der> {
    let (p, q) = match one.value.order(&other.value) {
        Ordering::Less => (other, one),
        Ordering::Greater => (one, other),
        Ordering::Equal => return None,
    };
    let modulus = p.value.times(&q.value);
    // All numbers below the modulus that have no factor with it: (p - 1)(q - 1).
    let totient = modulus
        .less(&p.value.plus(&q.value))
        .plus(&Number::small(1));
    // `factor * totient + 1` is a multiple of the exponent, which is a prime.
    let factor = EXPONENT - power(totient.rest(EXPONENT), EXPONENT - 2, EXPONENT);
    let private = totient.times(&Number::small(factor));
    let private = private.plus(&Number::small(1)).over(EXPONENT);
    let number = |n: &Number| unsigned(&n.octets());
    Some(sequence([
        integer(0),
        number(&modulus),
        integer(EXPONENT),
        number(&private),
        number(&p.value),
        number(&q.value),
        number(&p.exponent),
        number(&q.exponent),
        number(&q.value.inverse(&p.value)),
    ]))
}

/// Returns a power modulo a number below 2^32.
fn power(mut base: u64, mut exponent: u64, modulus: u64) -> u64 {
    let mut result = 1;
    while exponent > 0 {
        if exponent & 1 == 1 {
            result = result * base % modulus;
        }
        base = base * base % modulus;
        exponent >>= 1;
    }
    result
}

/// Reads the primes of a key in PKCS #8.
fn primes(key: &[u8]) -> Option<(Prime, Prime)> {
    let (whole, _) = element(key)?;
    let [_, _, private] = elements(whole).try_into().ok()?;
    let (inner, _) = element(private)?;
    let [_, _, _, _, p, q, of_p, of_q, _] = elements(inner).try_into().ok()?;
    let prime = |value, exponent| Prime {
        value: Number::of(value),
        exponent: Number::of(exponent),
    };
    Some((prime(p, of_p), prime(q, of_q)))
}

/// Returns the contents of the first element, and what follows it.
fn element(octets: &[u8]) -> Option<(&[u8], &[u8])> {
    let (first, rest) = octets.get(1..)?.split_first()?;
    let (length, rest) = match first.checked_sub(0x80) {
        None => (usize::from(*first), rest),
        Some(count) => {
            let (length, rest) = rest.split_at_checked(usize::from(count))?;
            let length = length
                .iter()
                .fold(0, |length, octet| length << 8 | usize::from(*octet));
            (length, rest)
        }
    };
    rest.split_at_checked(length)
}

/// Returns the contents of all elements.
fn elements(mut octets: &[u8]) -> Vec<&[u8]> {
    let mut all = Vec::new();
    while let Some((contents, rest)) = element(octets) {
        all.push(contents);
        octets = rest;
    }
    all
}

/// A number of any size: digits to the base 2^64, the lowest first, the last not zero.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Number(Vec<u64>);

impl Number {
    /// Reads big-endian octets.
    fn of(octets: &[u8]) -> Self {
        let digit = |octets: &[u8]| {
            let octets = octets.iter().map(|octet| u64::from(*octet));
            octets.fold(0, |digit, octet| digit << 8 | octet)
        };
        Self(octets.rchunks(8).map(digit).collect()).trimmed()
    }

    fn small(digit: u64) -> Self {
        Self(vec![digit]).trimmed()
    }

    /// Writes big-endian octets, perhaps with zeros before them.
    fn octets(&self) -> Vec<u8> {
        let digits = self.0.iter().rev();
        digits.flat_map(|digit| digit.to_be_bytes()).collect()
    }

    fn trimmed(mut self) -> Self {
        while self.0.last() == Some(&0) {
            self.0.pop();
        }
        self
    }

    fn digit(&self, at: usize) -> u64 {
        self.0.get(at).copied().unwrap_or(0)
    }

    fn order(&self, other: &Self) -> Ordering {
        let digits = || self.0.iter().rev().cmp(other.0.iter().rev());
        self.0.len().cmp(&other.0.len()).then_with(digits)
    }

    fn is_one(&self) -> bool {
        self.0 == [1]
    }

    fn is_even(&self) -> bool {
        self.digit(0) & 1 == 0
    }

    fn plus(&self, other: &Self) -> Self {
        let mut carry = false;
        let mut sum = Vec::with_capacity(self.0.len().max(other.0.len()) + 1);
        for at in 0..=self.0.len().max(other.0.len()) {
            let (digit, first) = self.digit(at).overflowing_add(other.digit(at));
            let (digit, second) = digit.overflowing_add(u64::from(carry));
            carry = first || second;
            sum.push(digit);
        }
        Self(sum).trimmed()
    }

    /// Returns the difference from a number that is not greater.
    fn less(&self, other: &Self) -> Self {
        let mut borrow = false;
        let mut rest = Vec::with_capacity(self.0.len());
        for at in 0..self.0.len() {
            let (digit, first) = self.digit(at).overflowing_sub(other.digit(at));
            let (digit, second) = digit.overflowing_sub(u64::from(borrow));
            borrow = first || second;
            rest.push(digit);
        }
        Self(rest).trimmed()
    }

    fn times(&self, other: &Self) -> Self {
        let mut product = vec![0; self.0.len() + other.0.len()];
        for (at, one) in self.0.iter().enumerate() {
            let mut carry = 0;
            for (digit, place) in (0..=other.0.len()).zip(product.iter_mut().skip(at)) {
                let wide = u128::from(*one) * u128::from(other.digit(digit));
                let wide = wide + u128::from(*place) + u128::from(carry);
                (carry, *place) = halves(wide);
            }
        }
        Self(product).trimmed()
    }

    /// Returns what is left when it is divided by a digit.
    fn rest(&self, by: u64) -> u64 {
        self.divided(by).1
    }

    /// Returns how often a digit fits.
    fn over(&self, by: u64) -> Self {
        self.divided(by).0
    }

    fn divided(&self, by: u64) -> (Self, u64) {
        let mut rest = 0;
        let mut digits: Vec<u64> = Vec::with_capacity(self.0.len());
        for digit in self.0.iter().rev() {
            let wide = u128::from(rest) << 64 | u128::from(*digit);
            digits.push(halves(wide / u128::from(by)).1);
            rest = halves(wide % u128::from(by)).1;
        }
        digits.reverse();
        (Self(digits).trimmed(), rest)
    }

    /// Returns its inverse modulo an odd number with which it has no factor.
    ///
    /// The binary form of Euclid's algorithm: `u = x * self` and `v = y * self`, modulo.
    fn inverse(&self, modulus: &Self) -> Self {
        let (mut u, mut v) = (self.clone(), modulus.clone());
        let (mut x, mut y) = (Self::small(1), Self::small(0));
        let halve = |value: &mut Self, of: &mut Self| {
            while value.is_even() {
                *value = value.over(2);
                let even = if of.is_even() {
                    of.clone()
                } else {
                    of.plus(modulus)
                };
                *of = even.over(2);
            }
        };
        let difference = |one: &Self, other: &Self| match one.order(other) {
            Ordering::Less => one.plus(modulus).less(other),
            Ordering::Equal | Ordering::Greater => one.less(other),
        };
        while !u.is_one() && !v.is_one() && !u.0.is_empty() && !v.0.is_empty() {
            halve(&mut u, &mut x);
            halve(&mut v, &mut y);
            if u.order(&v) == Ordering::Less {
                v = v.less(&u);
                y = difference(&y, &x);
            } else {
                u = u.less(&v);
                x = difference(&x, &y);
            }
        }
        if u.is_one() { x } else { y }
    }
}

/// Returns the high and the low half.
fn halves(wide: u128) -> (u64, u64) {
    let half = |wide: u128| u64::try_from(wide & u128::from(u64::MAX)).unwrap_or(0);
    (half(wide >> 64), half(wide))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_several_digits_are_computed_with() {
        let of = |n: u128| Number::of(&n.to_be_bytes());
        let (a, b) = (u128::MAX / 3, u128::from(u64::MAX) + 12);
        assert_eq!(of(a).plus(&of(b)), of(a + b));
        assert_eq!(of(a).less(&of(b)), of(a - b));
        assert_eq!(of(b).times(&Number::small(1 << 60)), of(b << 60));
        assert_eq!(of(a).over(65_537), of(a / 65_537));
        assert_eq!(u128::from(of(a).rest(65_537)), a % 65_537);
        assert_eq!(
            Number::small(3).inverse(&Number::small(11)),
            Number::small(4)
        );
        let inverse = of(a).inverse(&of((1 << 89) - 1));
        let product = of(a).times(&inverse).less(&Number::small(1));
        // A Mersenne prime: the rest is the sum of the pieces of 89 bits.
        let rest = (0..5).fold(0, |sum, piece| {
            let bit = |at: usize| u128::from(product.digit(at / 64) >> (at % 64) & 1);
            sum + (0..89).fold(0, |n, at| n | bit(piece * 89 + at) << at)
        });
        assert_eq!(rest % ((1 << 89) - 1), 0);
    }
}
