//! Tests of `der.rs`.

use super::*;

#[track_caller]
fn check(octets: &[u8], expected: &[(usize, Irregular)]) {
    let mut found = Vec::new();
    scan(octets, 0, &mut found);
    let seen: Vec<(usize, Irregular)> = found.iter().map(|one| (one.at, one.what)).collect();
    assert_eq!(seen, expected, "{octets:02x?}");
}

#[test]
fn what_the_rules_allow_is_regular() {
    check(&[5, 0], &[]);
    check(&[0x30, 0], &[]);
    check(&[0x30, 3, 2, 1, 0], &[]);
    check(&[0x30, 6, 1, 1, 0xFF, 1, 1, 0], &[]);
    check(&[2, 2, 0, 0x80], &[]);
    check(&[3, 2, 4, 0x10], &[]);
    check(&[6, 3, 0x2A, 0x86, 0x48], &[]);
    check(&[0x31, 6, 2, 1, 1, 2, 1, 2], &[]);
    check(&[0xA0, 3, 2, 1, 3], &[]);
    let mut long = vec![4, 0x81, 0x80];
    long.extend([0; 0x80]);
    check(&long, &[]);
}

#[test]
fn what_only_ber_allows_is_named_with_its_place() {
    check(&[0x30, 0x80, 5, 0, 0, 0], &[(0, Irregular::Indefinite)]);
    check(
        &[0x30, 4, 0x24, 0x80, 0, 0],
        &[(2, Irregular::Indefinite), (2, Irregular::Segments)],
    );
    check(
        &[0x30, 0x80, 0x30, 0x80, 0, 0, 1, 1, 1, 0, 0],
        &[
            (0, Irregular::Indefinite),
            (2, Irregular::Indefinite),
            (6, Irregular::Boolean),
        ],
    );
    check(&[0x24, 3, 4, 1, 7], &[(0, Irregular::Segments)]);
    check(&[0x30, 0x81, 2, 5, 0], &[(0, Irregular::LongLength)]);
    check(&[0x30, 0x82, 0, 2, 5, 0], &[(0, Irregular::LongLength)]);
    check(&[0x30, 3, 1, 1, 1], &[(2, Irregular::Boolean)]);
    check(&[2, 2, 0, 1], &[(0, Irregular::Integer)]);
    check(&[2, 2, 0xFF, 0x80], &[(0, Irregular::Integer)]);
    check(&[2, 0], &[(0, Irregular::Integer)]);
    check(&[5, 1, 0], &[(0, Irregular::Null)]);
    check(&[6, 2, 0x2A, 0x86], &[(0, Irregular::Oid)]);
    check(&[6, 3, 0x2A, 0x80, 1], &[(0, Irregular::Oid)]);
    check(&[3, 2, 4, 0x18], &[(0, Irregular::BitString)]);
    check(&[3, 1, 1], &[(0, Irregular::BitString)]);
    check(&[3, 2, 8, 0], &[(0, Irregular::BitString)]);
    check(&[0x31, 6, 2, 1, 2, 2, 1, 1], &[(0, Irregular::SetOrder)]);
    check(&[0x10, 0], &[(0, Irregular::Primitive)]);
}

#[test]
fn what_cannot_be_walked_ends_the_walk() {
    check(&[], &[(0, Irregular::Truncated)]);
    check(&[0x30], &[(0, Irregular::Truncated)]);
    check(&[0x30, 5, 2, 1, 1], &[(0, Irregular::Truncated)]);
    check(&[0x30, 3, 2, 4, 1], &[(2, Irregular::Truncated)]);
    check(
        &[0x30, 0x84, 0xFF, 0xFF, 0xFF, 0xFF],
        &[(0, Irregular::Truncated)],
    );
    check(
        &[0x30, 0x89, 1, 0, 0, 0, 0, 0, 0, 0, 0],
        &[(0, Irregular::Truncated)],
    );
    check(&[0x30, 0xFF, 0, 0], &[(0, Irregular::Truncated)]);
    check(&[0x1F, 0x81, 1, 0], &[(0, Irregular::HighTag)]);
    check(&[4, 0x80, 0, 0], &[(0, Irregular::Indefinite)]);
    check(
        &[0x30, 0x80, 5, 0],
        &[(0, Irregular::Indefinite), (4, Irregular::Truncated)],
    );
    check(
        &[0x30, 2, 0x30, 0x80, 0, 0],
        &[(2, Irregular::Indefinite), (4, Irregular::Truncated)],
    );
    check(&[5, 0, 5, 0], &[(2, Irregular::Trailing)]);
    check(&[0x30, 0, 0], &[(2, Irregular::Trailing)]);
}

#[test]
fn a_hundred_thousand_levels_are_one_irregularity() {
    let mut octets = Vec::new();
    for level in (0..100_000_u32).rev() {
        octets.extend([0x30, 0x83]);
        octets.extend(&(level * 5).to_be_bytes()[1..]);
    }
    let mut found = Vec::new();
    scan(&octets, 0, &mut found);
    assert_eq!(found.last().map(|one| one.what), Some(Irregular::Deep));
    assert!(found.len() <= MAX_IRREGULAR);
}

#[test]
fn a_hundred_thousand_open_levels_are_one_irregularity_too() {
    let octets = [0x30, 0x80].repeat(100_000);
    let mut found = Vec::new();
    scan(&octets, 0, &mut found);
    assert_eq!(found.last().map(|one| one.what), Some(Irregular::Deep));
    assert!(Reader::new(&octets, 0).next().is_none());
}

#[test]
fn a_value_of_indefinite_length_is_read_up_to_its_end() {
    let octets = [0x30, 0x80, 0x30, 0x80, 4, 2, 0, 0, 0, 0, 5, 0, 0, 0, 4, 0];
    let mut reader = Reader::new(&octets, 0);
    let outer = reader.next().unwrap();
    assert_eq!((outer.start, outer.octets.len(), reader.at()), (2, 10, 14));
    let mut inner = outer.reader();
    assert_eq!(inner.next().map(|item| item.octets.len()), Some(4));
    assert_eq!(inner.next().map(|item| item.tag), Some(NULL));
    assert!(inner.is_empty() && reader.is_next(OCTET_STRING));
}

#[test]
fn irregularities_are_bounded() {
    let mut octets = vec![0x30, 0x82, 0x0B, 0xB8];
    octets.extend([1, 1, 1].repeat(1_000));
    let mut found = Vec::new();
    scan(&octets, 0, &mut found);
    assert_eq!(found.len(), MAX_IRREGULAR);
}

#[test]
fn numbers_and_bits_are_read_within_their_limits() {
    let item = |octets: &'static [u8]| Reader::new(octets, 0).next().unwrap();
    assert_eq!(item(&[2, 1, 0]).number(), Some(0));
    assert_eq!(
        item(&[2, 5, 0, 0xFF, 0xFF, 0xFF, 0xFF]).number(),
        Some(u64::from(u32::MAX))
    );
    assert_eq!(item(&[2, 1, 0xFF]).number(), None);
    assert_eq!(item(&[2, 9, 1, 0, 0, 0, 0, 0, 0, 0, 0]).number(), None);
    assert_eq!(item(&[2, 0]).number(), None);
    assert_eq!(item(&[3, 2, 4, 0x10]).bits(), Some((4, &[0x10][..])));
    assert_eq!(item(&[3, 1, 4]).bits(), None);
    assert_eq!(item(&[3, 0]).bits(), None);
}
