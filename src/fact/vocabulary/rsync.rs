//! The `rsync` probe: a repository as its rsync service shows it.

use super::{Argument, ArgumentValue, FactSpec, ProbeKind, fact, rrdp, sourced};
use crate::fact::Kind;

/// Greets an rsync daemon and fetches a folder from it.
pub const RSYNC: ProbeKind = ProbeKind {
    name: "rsync",
    summary: "reads the greeting and the modules of an rsync daemon over plain TCP, and fetches a folder with the program rsync",
    subject: "an rsync URL of a module or a folder in it",
    example: "rsync://rpki.example.net/repository/",
    arguments: &[&[
        Argument {
            name: "fetch",
            value: ArgumentValue::Flag,
            meaning: "whether the folder is fetched, which needs the program rsync; default true",
        },
        Argument {
            name: "objects",
            value: ArgumentValue::Flag,
            meaning: "whether the set of all objects is published; default false",
        },
        Argument {
            name: "anchor",
            value: ArgumentValue::Text,
            meaning: "https URL of a trust anchor locator, by which the folder is validated; nothing outside of it is fetched; default: none",
        },
        Argument {
            name: "upload",
            value: ArgumentValue::Flag,
            meaning: "whether an upload is tried, without changing anything; never on live targets; default false",
        },
        Argument {
            name: "size_limit",
            value: ArgumentValue::Bytes,
            meaning: "largest tree; default and maximum from the target file",
        },
        Argument {
            name: "entry_limit",
            value: ArgumentValue::Count,
            meaning: "most files and folders; default 2000000",
        },
    ]],
    facts: &[FACTS],
    inspector: None,
};

const FACTS: &[FactSpec] = &[
    fact("url", Kind::Text, "URL asked"),
    fact("module", Kind::Text, "name of the module in it"),
    fact(
        "greeting",
        Kind::Text,
        "first line the daemon sent; absent if none came",
    ),
    fact(
        "protocol",
        Kind::Text,
        "protocol version in it, such as `31.0`; absent if it names none",
    ),
    fact(
        "modules",
        Kind::Texts,
        "modules that the daemon lists, in its order, at most 1,000; absent if it did not greet",
    ),
    fact(
        "module_listed",
        Kind::Flag,
        "whether the module is among them; a daemon may hide it",
    ),
    fact(
        "refused",
        Kind::Text,
        "what the daemon said instead of a list or of the folder, such as that it has too many connections; absent if it said nothing of that kind",
    ),
    fact(
        "version",
        Kind::Text,
        "version of our program rsync; absent if it was not run or names none",
    ),
    fact(
        "upload_refused",
        Kind::Flag,
        "whether the daemon refused an upload because the module is read only; absent if none was tried, or it ended otherwise",
    ),
    fact(
        "timing.connect",
        Kind::Duration,
        "name and TCP of the greeting",
    ),
    fact(
        "exit",
        Kind::Count,
        "exit code of rsync; absent if it was not run to its end",
    ),
    fact(
        "error",
        Kind::Text,
        "first line of its complaints; absent without any",
    ),
    fact(
        "vanished",
        Kind::Flag,
        "whether a file was gone before it was fetched (exit code 24)",
    ),
    fact("duration", Kind::Duration, "how long rsync took"),
    fact(
        "objects.count",
        Kind::Count,
        "regular files; this and what follows is absent if nothing was fetched",
    ),
    fact("objects.bytes", Kind::Bytes, "their octets"),
    fact("objects.largest", Kind::Bytes, "size of the largest"),
    rrdp::BY_EXTENSION,
    fact(
        "objects.newest",
        Kind::Time,
        "latest modification time of a file; absent if there is none",
    ),
    fact("objects.oldest", Kind::Time, "earliest"),
    fact(
        "objects.set",
        Kind::Set,
        "a text `URI SHA-256` for each file, with `thisUpdate` of a manifest; absent unless asked for",
    ),
    fact(
        "payloads.count",
        Kind::Count,
        "validated payloads of ROAs, ASPAs and router certificates in the folder, one for each object that says so; this group is absent unless `anchor` names a trust anchor whose files came",
    ),
    fact(
        "payloads.set",
        Kind::Set,
        "a text `URI payload` for each, the payload as in the sets of `rpki_tree`",
    ),
    fact(
        "payloads.at",
        Kind::Time,
        "the time at which they were validated, when the fetch began",
    ),
    fact(
        "state",
        Kind::Text,
        "SHA-256 over paths below the folder and hashes of all files: equal for equal files",
    ),
    fact(
        "times.state",
        Kind::Text,
        "SHA-256 over paths below the folder and modification times of all files",
    ),
    sourced(
        "times.odd",
        Kind::Count,
        "objects whose file has another time than they say: their signing time, `thisUpdate` of a CRL, `notBefore` of a certificate",
        "draft-ietf-sidrops-publication-server-bcp",
    ),
    fact("times.odd_list", Kind::Texts, "their paths, the first 20"),
    sourced(
        "names.odd",
        Kind::Count,
        "manifests, CRLs and certificates of authorities whose name does not follow from the authority's key, in Base64 for URLs or in hex",
        "RFC 6481, section 2.2",
    ),
    fact("names.odd_list", Kind::Texts, "their paths, the first 20"),
    fact("manifests.count", Kind::Count, "manifests that can be read"),
    fact(
        "manifests.unreadable",
        Kind::Count,
        "manifests that cannot be read",
    ),
    fact(
        "manifests.broken",
        Kind::Count,
        "manifests of which a file is not there or has other octets",
    ),
    fact(
        "manifests.broken_list",
        Kind::Texts,
        "those files, the first 20",
    ),
    fact(
        "manifests.broken_set",
        Kind::Set,
        "URIs of their publication points; absent unless `objects` is asked for",
    ),
    fact(
        "manifests.crowded",
        Kind::Count,
        "folders with more than one manifest that lists more than a CRL",
    ),
    fact(
        "manifests.crowded_list",
        Kind::Texts,
        "those folders, the first 20",
    ),
    fact(
        "manifests.newest",
        Kind::Time,
        "latest `thisUpdate` of a manifest; absent without any",
    ),
    fact(
        "quiet.url",
        Kind::Text,
        "URL of the folder without further ones below it whose manifest is the oldest, to be fetched once more; absent if there is none",
    ),
    fact("quiet.state", Kind::Text, "`state` of that folder alone"),
    fact(
        "quiet.times",
        Kind::Text,
        "`times.state` of that folder alone",
    ),
    fact("folders", Kind::Count, "folders"),
    fact("links", Kind::Count, "symbolic links"),
    fact(
        "devices",
        Kind::Count,
        "devices, pipes and sockets that rsync left out",
    ),
    fact(
        "executables",
        Kind::Count,
        "regular files that somebody may execute",
    ),
    fact(
        "strange",
        Kind::Texts,
        "paths of the first 20 links and executables, in order",
    ),
    fact(
        "attempts",
        Kind::Count,
        "attempts that were made, this one included",
    ),
];
