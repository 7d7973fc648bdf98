//! Tests of `resources.rs`.

use super::*;

fn item(octets: &[u8]) -> Item<'_> {
    Reader::new(octets, 0).next().unwrap()
}

#[track_caller]
fn check(octets: &[u8], family: Family, expected: Option<(u128, u128, bool)>) {
    let block = read_block(&item(octets), family);
    assert_eq!(
        block.map(|b| (b.low, b.high, b.is_minimal)),
        expected,
        "{octets:02x?}"
    );
}

#[test]
fn prefixes_and_ranges_are_numbers() {
    check(&[3, 1, 0], Family::V4, Some((0, 0xFFFF_FFFF, true)));
    check(&[3, 1, 0], Family::V6, Some((0, u128::MAX, true)));
    check(
        &[3, 2, 0, 10],
        Family::V4,
        Some((0x0A00_0000, 0x0AFF_FFFF, true)),
    );
    check(
        &[3, 5, 0, 1, 2, 3, 4],
        Family::V4,
        Some((0x0102_0304, 0x0102_0304, true)),
    );
    check(&[3, 6, 0, 1, 2, 3, 4, 5], Family::V4, None);
    check(&[3, 6, 7, 1, 2, 3, 4, 0x80], Family::V4, None);
    check(
        &[3, 3, 4, 10, 0x40],
        Family::V4,
        Some((0x0A40_0000, 0x0A4F_FFFF, true)),
    );
    let mut whole = vec![3, 17, 0];
    whole.extend([0xFF; 16]);
    check(&whole, Family::V6, Some((u128::MAX, u128::MAX, true)));
    check(
        &[0x30, 8, 3, 2, 0, 10, 3, 2, 0, 11],
        Family::V4,
        Some((0x0A00_0000, 0x0BFF_FFFF, false)),
    );
    check(
        &[0x30, 8, 3, 2, 0, 11, 3, 2, 1, 12],
        Family::V4,
        Some((0x0B00_0000, 0x0DFF_FFFF, true)),
    );
    check(&[4, 1, 0], Family::V4, None);
}

#[test]
fn a_range_that_is_a_prefix_is_known() {
    let block = |low, high| Block {
        at: 0,
        low,
        high,
        is_range: true,
        is_minimal: true,
    };
    assert!(block(0, 0xFF).is_prefix());
    assert!(!block(1, 0x100).is_prefix());
    assert!(!block(0, 0xFE).is_prefix());
    assert!(block(7, 7).is_prefix());
    assert!(block(0, u128::MAX).is_prefix());
    assert!(!block(2, 1).is_prefix());
}

#[test]
fn neighbors_cover_together() {
    let block = |low, high| Block {
        at: 0,
        low,
        high,
        is_range: true,
        is_minimal: true,
    };
    let blocks = IpBlocks {
        at: 0,
        is_v2: false,
        families: vec![OfFamily {
            at: 0,
            family: Some(Family::V4),
            has_safi: false,
            blocks: Some(vec![block(0, 9), block(10, 19), block(30, 0xFFFF_FFFF)]),
        }],
    };
    let merged = blocks.merged(Family::V4);
    assert_eq!(merged.len(), 2);
    assert!(covers(&merged, 0, 19));
    assert!(covers(&merged, 5, 5));
    assert!(covers(&merged, 40, 0xFFFF_FFFF));
    assert!(!covers(&merged, 15, 20));
    assert!(!covers(&blocks.merged(Family::V6), 0, 0));
}
