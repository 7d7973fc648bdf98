//! Reads what a fault file says of one object of the RPKI.

use super::edit::DerEdit;
use super::notation;
use super::plan::{FeedSpoil, Spoil, SpoilAct};
use super::resources::Resources;
use super::rsync::RsyncSpoil;
use crate::mock::decode::{Decoder, words};
use crate::mock::fault::Family;
use crate::mock::number::Block;
use crate::yaml::Node;

words! {
    /// What can be wrong and needs no value.
    ActWord {
        WrongHash = "wrong-hash",
        Missing = "missing",
        Unlisted = "unlisted",
        Revoked = "revoked",
        BadSignature = "bad-signature",
        LongKey = "long-key",
        OwnProvider = "own-provider",
        KeptKey = "kept-key",
    }
}

/// Most authorities of a chain: each has a key of its own, and no other of the registry has it.
const LONGEST_CHAIN: usize = 32;

/// Reads what is wrong with an object: `act` with a word, or one of `late_hours`, `key_of`,
/// `chain`, `also_by`, `beyond` and `edits`.
pub(in crate::mock) fn spoil(d: &Decoder, node: &Node) -> Option<Spoil> {
    d.known(
        node,
        &[
            "authority",
            "object",
            "act",
            "late_hours",
            "key_of",
            "chain",
            "also_by",
            "beyond",
            "part",
            "edits",
        ],
    );
    let act = if let Some(word) = node.get("act") {
        match d.word::<ActWord>(word)? {
            ActWord::WrongHash => SpoilAct::WrongHash,
            ActWord::Missing => SpoilAct::Missing,
            ActWord::Unlisted => SpoilAct::Unlisted,
            ActWord::Revoked => SpoilAct::Revoked,
            ActWord::BadSignature => SpoilAct::BadSignature,
            ActWord::LongKey => SpoilAct::LongKey,
            ActWord::OwnProvider => SpoilAct::OwnProvider,
            ActWord::KeptKey => SpoilAct::KeptKey,
        }
    } else if let Some(hours) = node.get("late_hours") {
        SpoilAct::Late(d.parse(hours, "a number of hours")?)
    } else if let Some(count) = node.get("chain") {
        let count: usize = d.parse(count, "a number of authorities")?;
        SpoilAct::Chain(count.min(LONGEST_CHAIN))
    } else if node.get("also_by").is_some() {
        SpoilAct::AlsoBy(d.text(node, "also_by")?)
    } else if node.get("key_of").is_some() {
        SpoilAct::KeyOf(d.text(node, "key_of")?)
    } else if node.get("beyond").is_some() {
        let items = d.items(node, "beyond").iter();
        let blocks = items.filter_map(|item| {
            let text = d.scalar(item)?;
            let block = Block::parse(&text).ok();
            if block.is_none() {
                d.complain(
                    item.span,
                    format!("`{text}` is not a prefix, a range or AS numbers"),
                );
            }
            block
        });
        SpoilAct::Beyond(Resources::of(blocks))
    } else {
        let part = d.word(d.member(node, "part")?)?;
        d.member(node, "edits")?;
        let items = d.items(node, "edits").iter();
        SpoilAct::Edit(part, items.filter_map(|item| edit(d, item)).collect())
    };
    Some(Spoil {
        authority: d.text(node, "authority")?,
        object: d.text(node, "object")?,
        act,
    })
}

/// Reads what is wrong with the RRDP files of a repository: `act` with a word, or `in` a file `replace` a text `with` another.
pub(in crate::mock) fn feed(d: &Decoder, node: &Node) -> Option<(String, FeedSpoil)> {
    d.known(node, &["repository", "act", "in", "replace", "with"]);
    let spoil = match node.get("in") {
        None => FeedSpoil::Act(d.word(d.member(node, "act")?)?),
        Some(file) => FeedSpoil::Replace {
            file: d.word(file)?,
            from: d.text(node, "replace")?,
            to: d.text(node, "with")?,
        },
    };
    Some((d.text(node, "repository")?, spoil))
}

/// Reads what is wrong with a repository as rsync shows it: `act` with a word, `object` with a glob, `family`.
pub(in crate::mock) fn module(d: &Decoder, node: &Node) -> Option<(String, RsyncSpoil)> {
    d.known(node, &["repository", "act", "object", "family"]);
    let spoil = RsyncSpoil {
        act: d.word(d.member(node, "act")?)?,
        object: d.optional_text(node, "object"),
        family: match node.get("family") {
            Some(family) => Some(d.word::<Family>(family)?.family()),
            None => None,
        },
    };
    Some((d.text(node, "repository")?, spoil))
}

/// Most times that an edit has an element stand there.
const MOST_TIMES: usize = 1_000_000;

fn edit(d: &Decoder, node: &Node) -> Option<DerEdit> {
    d.known(node, &["set", "insert", "to", "remove", "repeat", "times"]);
    let first = d.entries(node).first()?;
    let path = d.scalar(&first.value)?;
    if !path.starts_with('/') {
        let message = format!("`{path}` is not a path such as `/7/0/key-usage/2`");
        d.complain(first.value.span, message);
    }
    let value = || Some(notation::value(d, d.member(node, "to")?)?.encode());
    Some(match first.key.as_str() {
        "set" => DerEdit::Set(path, value()?),
        "insert" => DerEdit::Insert(path, value()?),
        "remove" => DerEdit::Remove(path),
        "repeat" => {
            let times: usize = d.parse(d.member(node, "times")?, "a number of times")?;
            DerEdit::Repeat(path, times.min(MOST_TIMES))
        }
        _ => {
            let message = "expected the edit first: `set`, `insert`, `remove` or `repeat`";
            d.complain(first.key_span, message);
            return None;
        }
    })
}
