//! The tables of a site.

mod declared;
mod past;
mod results;

use super::table::{Cell, Column, Table, Type};
use crate::report::site::text;

/// All tables, in the order in which they are listed.
pub(super) const TABLES: &[&dyn Table] = &[
    &results::Checks,
    &results::Values,
    &declared::Claims,
    &declared::Expiries,
    &past::Changes,
    &past::Runs,
    &declared::Waivers,
    &declared::Coverage,
];

/// Returns the words of a closed set.
macro_rules! words {
    ($set:ty) => {
        Type::Words(|| <$set>::ALL.iter().map(|word| word.as_str()).collect())
    };
}
use words;

const fn column(name: &'static str, kind: Type, what: &'static str) -> Column {
    Column { name, kind, what }
}

fn list(texts: &[String]) -> Cell {
    let clean = |text: &String| text::line(text).into_owned();
    Cell::List(texts.iter().map(clean).collect())
}
