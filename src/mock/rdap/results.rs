//! Lists of results: cut where they are too long, given in pages, and said to be sorted.

use serde_json::{Value, json};

use super::write::Writer;
use crate::mock::document::{Draft, Kind, Object};
use crate::mock::world::Truncation;

/// The results of one search, before they are cut and paged.
#[derive(Debug)]
pub(super) struct List<'a, T> {
    /// The member they stand in, such as `ipSearchResults`.
    pub(super) key: &'a str,
    /// Identifiers of the extensions that the search belongs to.
    pub(super) identifiers: &'a [&'a str],
    /// What was found, in the order of the world.
    pub(super) found: Vec<T>,
    /// The parameters of the query, decoded.
    pub(super) parameters: &'a [(String, String)],
    /// Further members of the answer.
    pub(super) further: Object,
}

/// Answers with a list, sorted by `handle` where the dialect sorts; `write` is given a result and its
/// JSONPath.
pub(super) fn answer<T>(
    writer: &Writer<'_>,
    mut list: List<'_, T>,
    handle: impl Fn(&T) -> String,
    write: impl Fn(&T, &str) -> Value,
) -> Draft {
    let dialect = writer.dialect();
    let key = list.key;
    if dialect.sorted_results {
        list.found.sort_by_cached_key(handle);
    }
    let all = list.found.len();
    let total = dialect.most_results.map_or(all, |most| all.min(most));
    let page = match Page::of(writer, list.parameters, total) {
        Ok(page) => page,
        Err(draft) => return *draft,
    };
    let (start, size) = page.as_ref().map_or((0, total), |p| (p.start, p.size));
    let shown = list.found.iter().take(total).skip(start).take(size);
    let results = shown.enumerate();
    let results: Vec<Value> = results
        .map(|(index, item)| write(item, &format!("$.{key}[{index}]")))
        .collect();
    let mut identifiers = list.identifiers.to_vec();
    if page.is_some() {
        identifiers.push("paging");
    }
    if dialect.sorted_results {
        identifiers.push("sorting");
    }
    let mut object = writer.open_with(Kind::Search, &identifiers);
    if total < all
        && let Some(Value::Array(notices)) = object.get_mut("notices")
    {
        notices.push(truncated(dialect.truncated_for, total));
    }
    object.insert(key.to_owned(), Value::Array(results));
    if let Some(page) = page {
        object.insert(
            "paging_metadata".to_owned(),
            page.metadata(writer, list.parameters, total),
        );
    }
    if dialect.sorted_results {
        let sort = json!({ "property": "handle", "default": true, "jsonPath": format!("$.{key}[*].handle") });
        object.insert(
            "sorting_metadata".to_owned(),
            json!({ "currentSort": "handle", "availableSorts": [sort] }),
        );
    }
    object.extend(list.further);
    writer.close(Kind::Search, object)
}

/// Returns the notice of a list that was cut (RFC 9083, section 9; NRO RDAP profile, section 8).
fn truncated(why: Truncation, total: usize) -> Value {
    let reason = match why {
        Truncation::Authorization => "authorization",
        Truncation::Load => "excessive load",
        Truncation::Unexplained => "unexplainable reasons",
    };
    json!({
        "title": "Search results are incomplete",
        "type": format!("result set truncated due to {reason}"),
        "description": [format!("The list of results was truncated to {total} items.")],
    })
}

/// A page of a list (RFC 8977).
#[derive(Debug)]
struct Page {
    /// Number of results before it.
    start: usize,
    /// Most results of a page; not 0.
    size: usize,
}

impl Page {
    /// Returns the page that is asked for; `None` for a service without pages.
    fn of(
        writer: &Writer<'_>,
        parameters: &[(String, String)],
        total: usize,
    ) -> Result<Option<Self>, Box<Draft>> {
        let Some(size) = writer.dialect().page_size.filter(|size| *size > 0) else {
            return Ok(None);
        };
        let cursor = parameters.iter().find(|(name, _)| name == "cursor");
        let Some((_, cursor)) = cursor else {
            return Ok(Some(Self { start: 0, size }));
        };
        match read_cursor(cursor).filter(|start| *start < total && start % size == 0) {
            Some(start) => Ok(Some(Self { start, size })),
            None => Err(Box::new(writer.error(
                Kind::Search,
                400,
                "The cursor is not one of this service.",
            ))),
        }
    }

    fn metadata(
        &self,
        writer: &Writer<'_>,
        parameters: &[(String, String)],
        total: usize,
    ) -> Value {
        let mut metadata =
            json!({ "pageSize": self.size, "pageNumber": self.start / self.size + 1 });
        let Some(members) = metadata.as_object_mut() else {
            return metadata;
        };
        if parameters
            .iter()
            .any(|(name, value)| name == "count" && value == "true")
        {
            members.insert("totalCount".to_owned(), json!(total));
        }
        let next = self.start + self.size;
        if next < total {
            let (base, query) = writer.url.split_once('?').unwrap_or((&writer.url, ""));
            let cursor = format!("cursor={}", write_cursor(next));
            let pairs = query
                .split('&')
                .filter(|pair| !pair.is_empty() && !pair.starts_with("cursor="))
                .chain([cursor.as_str()]);
            let href = format!("{base}?{}", pairs.collect::<Vec<_>>().join("&"));
            let link = json!({ "value": writer.url, "rel": "next", "href": href, "type": "application/rdap+json" });
            members.insert("links".to_owned(), json!([link]));
        }
        metadata
    }
}

/// Writes a place in a list so that clients do not count on its form.
fn write_cursor(start: usize) -> String {
    data_encoding::BASE64URL_NOPAD.encode(format!("offset={start}").as_bytes())
}

fn read_cursor(text: &str) -> Option<usize> {
    let octets = data_encoding::BASE64URL_NOPAD
        .decode(text.as_bytes())
        .ok()?;
    let text = String::from_utf8(octets).ok()?;
    text.strip_prefix("offset=")?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_read_as_it_was_written() {
        assert_eq!(read_cursor(&write_cursor(40)), Some(40));
        for bad in ["", "40", "b2Zmc2V0PQ", "%%"] {
            assert_eq!(read_cursor(bad), None, "{bad}");
        }
    }
}
