//! Reads what the world says of an operator's file host.

use std::collections::BTreeMap;

use super::irr::irr;
use super::openpgp::signing;
use super::statistics::statistics;
use super::transfers::read_log;
use super::{Beside, Files, Md5Form};
use crate::mock::decode::Decoder;
use crate::yaml::Node;

/// Reads `files` of an operator.
pub(in crate::mock) fn files(d: &Decoder, node: &Node) -> Option<Files> {
    d.known(
        node,
        &[
            "host",
            "md5",
            "signing",
            "texts",
            "statistics",
            "irr",
            "transfers",
            "nro",
        ],
    );
    Some(Files {
        host: d.text(node, "host")?,
        beside: Beside {
            md5: d.word_or(node, "md5", Md5Form::Bsd),
            signing: node.get("signing").and_then(|n| signing(d, n)),
        },
        texts: node.get("texts").map_or_else(BTreeMap::new, |all| {
            let each = d.entries(all).iter();
            each.filter_map(|e| Some((e.key.clone(), d.scalar(&e.value)?)))
                .collect()
        }),
        statistics: node.get("statistics").and_then(|n| statistics(d, n)),
        irr: node.get("irr").and_then(|n| irr(d, n)),
        transfers: node.get("transfers").and_then(|n| read_log(d, n)),
        nro: node.get("nro").and_then(|n| d.scalar(n)),
    })
}
