//! Numbers cut at every end of every row, and rows painted over the pieces.

use std::collections::BTreeSet;
use std::ops::Range;

use super::Row;
use crate::mock::number::{Block, Space};

/// Numbers of one kind, cut at the ends of all rows.
pub(super) struct Canvas {
    space: Space,
    /// The first number of each piece.
    starts: Vec<u128>,
}

/// What lies on each piece.
pub(super) type Paint<'r> = Vec<Option<&'r Row>>;

impl Canvas {
    pub(super) fn of<'r>(space: Space, rows: impl IntoIterator<Item = &'r Row>) -> Self {
        let mut starts = BTreeSet::from([0]);
        for row in rows {
            starts.insert(row.block.first);
            if row.block.last < space.max() {
                starts.insert(row.block.last.saturating_add(1));
            }
        }
        Self {
            space,
            starts: starts.into_iter().collect(),
        }
    }

    pub(super) fn blank<'r>(&self) -> Paint<'r> {
        vec![None; self.starts.len()]
    }

    /// Returns rows painted one over the other.
    pub(super) fn painted<'r>(&self, rows: impl IntoIterator<Item = &'r Row>) -> Paint<'r> {
        let mut paint = self.blank();
        for row in rows {
            self.lay(&mut paint, &row.block, Some(row));
        }
        paint
    }

    /// Returns the pieces of a block.
    pub(super) fn pieces(&self, block: &Block) -> Range<usize> {
        let begin = self.starts.partition_point(|start| *start < block.first);
        let end = self.starts.partition_point(|start| *start <= block.last);
        begin..end
    }

    pub(super) fn lay<'r>(&self, paint: &mut Paint<'r>, block: &Block, row: Option<&'r Row>) {
        if let Some(pieces) = paint.get_mut(self.pieces(block)) {
            pieces.fill(row);
        }
    }

    pub(super) fn under<'p, 'r>(
        &self,
        paint: &'p Paint<'r>,
        block: &Block,
    ) -> &'p [Option<&'r Row>] {
        paint.get(self.pieces(block)).unwrap_or_default()
    }

    /// Returns painted pieces as rows: neighbors of the same row together, of IPv6 as prefixes.
    pub(super) fn rows(&self, paint: &Paint<'_>) -> Vec<Row> {
        let ends = self
            .starts
            .iter()
            .skip(1)
            .map(|next| next.saturating_sub(1));
        let ends = ends.chain([self.space.max()]);
        let mut rows = Vec::new();
        let mut open: Option<(&Row, u128, u128)> = None;
        for ((first, last), row) in self.starts.iter().zip(ends).zip(paint) {
            match (&mut open, row) {
                (Some((before, _, end)), Some(row)) if std::ptr::eq(*before, *row) => *end = last,
                _ => {
                    self.push(&mut rows, open.take());
                    open = row.map(|row| (row, *first, last));
                }
            }
        }
        self.push(&mut rows, open);
        rows
    }

    fn push(&self, rows: &mut Vec<Row>, piece: Option<(&Row, u128, u128)>) {
        let Some((row, first, last)) = piece else {
            return;
        };
        let space = self.space;
        let whole = Block { space, first, last };
        let blocks: Vec<Block> = match space {
            Space::Asn | Space::V4 => vec![whole],
            Space::V6 => {
                let prefixes = whole.prefixes().into_iter();
                prefixes
                    .filter_map(|(address, length)| Block::prefix(space, address, length))
                    .collect()
            }
        };
        rows.extend(blocks.into_iter().map(|block| Row {
            block,
            ..row.clone()
        }));
    }
}
