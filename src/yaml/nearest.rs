//! The known word that was probably meant.

/// Asks whether the nearest known word was meant; says something else where none is near.
pub fn hint<'a>(
    word: &str,
    known: impl IntoIterator<Item = &'a str>,
    otherwise: impl FnOnce() -> String,
) -> String {
    nearest(word, known).map_or_else(otherwise, |near| format!("did you mean `{near}`?"))
}

/// Returns the known word nearest to `word`; `None` if none is near enough to be meant.
///
/// Near enough is a third of the word's length in edits (a swap of neighbors is one), at
/// least one; of words equally near, the first.
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let length = word.chars().count();
    // A long word is no typo, and the distance costs the product of both lengths.
    if length == 0 || length > 200 {
        return None;
    }
    let allowed = (length / 3).max(1);
    let word = word.to_lowercase();
    known
        .into_iter()
        .filter(|k| k.len() <= 400)
        .map(|k| (strsim::damerau_levenshtein(&word, &k.to_lowercase()), k))
        .filter(|(distance, _)| *distance <= allowed && *distance < length)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, k)| k)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_word_is_near() {
        let known = ["status", "headers", "hops", "json"];
        assert_eq!(nearest("stauts", known), Some("status"));
        assert_eq!(nearest("Headers", known), Some("headers"));
        assert_eq!(nearest("hop", known), Some("hops"));
        assert_eq!(nearest("xml", known), None);
        assert_eq!(nearest("x", ["y"]), None);
        assert_eq!(nearest("", known), None);
    }
}
