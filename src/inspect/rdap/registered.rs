//! Values from IANA registries, and the members that specifications name.
//!
//! Each table says where it comes from and as of when. They are refreshed by hand,
//! never at run time, so that a bundle is judged alike every time.

use crate::inspect::country;

/// Extension identifiers in the RDAP Extensions registry; `rdap_level_0` is not one of them.
///
/// Source: <https://www.iana.org/assignments/rdap-extensions>, as in icann-rdap-common
/// 0.0.30, and RFC 9910, RFC 9877.
pub(super) const EXTENSIONS: &[&str] = &[
    "arin_originas0",
    "artRecord",
    "autnumSearchResults",
    "autnums",
    "cidr0",
    "exts",
    "farv1",
    "fred",
    "geofeed1",
    "icann_rdap_response_profile_0",
    "icann_rdap_response_profile_1",
    "icann_rdap_technical_implementation_guide_0",
    "icann_rdap_technical_implementation_guide_1",
    "ipSearchResults",
    "ips",
    "jscontact",
    "nask",
    "nro_rdap_profile_0",
    "nro_rdap_profile_asn_flat_0",
    "nro_rdap_profile_asn_hierarchical_0",
    "paging",
    "platformNS",
    "rdap_objectTag",
    "redacted",
    "redirect_with_content",
    "regType",
    "reverse_search",
    "rirSearch1",
    "simpleRedaction",
    "sorting",
    "subsetting",
    "ttl0",
];

/// Says whether a text is a value that IANA registers for RDAP: an extension, a status, a role, an
/// event action, a type of notice or a link relation; not a person's in any case.
pub fn is_registered(text: &str) -> bool {
    let lists = [EXTENSIONS, STATUSES, ROLES, EVENT_ACTIONS, NOTICE_TYPES];
    lists.iter().any(|list| list.contains(&text)) || is_link_relation(text)
}

/// Returns the extension a member belongs to: a registered identifier that is the
/// member's whole name or stands before its `_`; RFC 9083, section 2.1.
pub(super) fn extension_of_member(name: &str) -> Option<&'static str> {
    if name == "jscard" {
        return Some("jscontact");
    }
    EXTENSIONS
        .iter()
        .find(|identifier| {
            name.strip_prefix(**identifier)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('_'))
        })
        .copied()
}

/// Says whether RFC 9083 specifies a member of this name somewhere in an object, an
/// answer or an error; sections 4 to 8.
pub fn is_specified_member(name: &str) -> bool {
    matches!(
        name,
        "objectClassName"
            | "handle"
            | "links"
            | "entities"
            | "events"
            | "remarks"
            | "status"
            | "port43"
            | "lang"
            | "roles"
            | "vcardArray"
            | "publicIds"
            | "asEventActor"
            | "networks"
            | "autnums"
            | "rdapConformance"
            | "notices"
            | "startAddress"
            | "endAddress"
            | "ipVersion"
            | "name"
            | "type"
            | "country"
            | "parentHandle"
            | "startAutnum"
            | "endAutnum"
            | "ldhName"
            | "unicodeName"
            | "ipAddresses"
            | "variants"
            | "nameservers"
            | "secureDNS"
            | "network"
            | "errorCode"
            | "title"
            | "description"
            | "domainSearchResults"
            | "nameserverSearchResults"
            | "entitySearchResults"
    )
}

/// Values of type `status`.
///
/// Source: <https://www.iana.org/assignments/rdap-json-values>, RFC 9083 section 10.2.2,
/// RFC 8056 and NRO RDAP Profile section 9; as of 2026-11.
pub(super) const STATUSES: &[&str] = &[
    "active",
    "add period",
    "administrative",
    "associated",
    "auto renew period",
    "client delete prohibited",
    "client hold",
    "client renew prohibited",
    "client transfer prohibited",
    "client update prohibited",
    "delete prohibited",
    "inactive",
    "locked",
    "obscured",
    "pending create",
    "pending delete",
    "pending renew",
    "pending restore",
    "pending transfer",
    "pending update",
    "private",
    "proxy",
    "redemption period",
    "removed",
    "renew period",
    "renew prohibited",
    "reserved",
    "server delete prohibited",
    "server hold",
    "server renew prohibited",
    "server transfer prohibited",
    "server update prohibited",
    "transfer period",
    "transfer prohibited",
    "update prohibited",
    "validated",
];

/// Status values that map EPP statuses of domain names; RFC 8056, section 2.
pub(super) const EPP_STATUSES: &[&str] = &[
    "add period",
    "auto renew period",
    "client delete prohibited",
    "client hold",
    "client renew prohibited",
    "client transfer prohibited",
    "client update prohibited",
    "pending restore",
    "redemption period",
    "renew period",
    "server delete prohibited",
    "server hold",
    "server renew prohibited",
    "server transfer prohibited",
    "server update prohibited",
    "transfer period",
];

/// Values of type `role`; RFC 9083, section 10.2.4.
pub(super) const ROLES: &[&str] = &[
    "abuse",
    "administrative",
    "billing",
    "noc",
    "notifications",
    "proxy",
    "registrant",
    "registrar",
    "reseller",
    "sponsor",
    "technical",
];

/// Values of type `event action`; RFC 9083, section 10.2.3, RFC 8521 and RFC 9560 add none.
pub(super) const EVENT_ACTIONS: &[&str] = &[
    "deletion",
    "enum validation expiration",
    "expiration",
    "last changed",
    "last update of RDAP database",
    "locked",
    "registrar expiration",
    "registration",
    "reinstantiation",
    "reregistration",
    "transfer",
    "unlocked",
];

/// Values of type `notice and remark type`; RFC 9083, section 10.2.1.
pub(super) const NOTICE_TYPES: &[&str] = &[
    "object redacted due to authorization",
    "object truncated due to authorization",
    "object truncated due to excessive load",
    "object truncated due to unexplainable reasons",
    "result set truncated due to authorization",
    "result set truncated due to excessive load",
    "result set truncated due to unexplainable reasons",
];

/// Says whether a word is a registered link relation.
pub(super) fn is_link_relation(word: &str) -> bool {
    LINK_RELATIONS.binary_search(&word).is_ok()
}

/// Link relations, sorted.
///
/// Source: <https://www.iana.org/assignments/link-relations>; `rdap-*` of RFC 9910,
/// `geofeed` of RFC 9877; `inaccuracy-report` of NRO RDAP Profile section 4.3.
const LINK_RELATIONS: &[&str] = &[
    "about",
    "acl",
    "alternate",
    "amphtml",
    "api-catalog",
    "appendix",
    "apple-touch-icon",
    "apple-touch-startup-image",
    "archives",
    "author",
    "blocked-by",
    "bookmark",
    "c2pa-manifest",
    "canonical",
    "chapter",
    "cite-as",
    "collection",
    "compression-dictionary",
    "contents",
    "convertedfrom",
    "copyright",
    "create-form",
    "current",
    "deprecation",
    "describedby",
    "describes",
    "disclosure",
    "dns-prefetch",
    "duplicate",
    "edit",
    "edit-form",
    "edit-media",
    "enclosure",
    "external",
    "first",
    "geofeed",
    "glossary",
    "help",
    "hosts",
    "hub",
    "ice-server",
    "icon",
    "inaccuracy-report",
    "index",
    "intervalafter",
    "intervalbefore",
    "intervalcontains",
    "intervaldisjoint",
    "intervalduring",
    "intervalequals",
    "intervalfinishedby",
    "intervalfinishes",
    "intervalin",
    "intervalmeets",
    "intervalmetby",
    "intervaloverlappedby",
    "intervaloverlaps",
    "intervalstartedby",
    "intervalstarts",
    "item",
    "last",
    "latest-version",
    "license",
    "linkset",
    "lrdd",
    "manifest",
    "mask-icon",
    "me",
    "media-feed",
    "memento",
    "micropub",
    "modulepreload",
    "monitor",
    "monitor-group",
    "next",
    "next-archive",
    "nofollow",
    "noopener",
    "noreferrer",
    "opener",
    "openid2.local_id",
    "openid2.provider",
    "original",
    "p3pv1",
    "payment",
    "pingback",
    "preconnect",
    "predecessor-version",
    "prefetch",
    "preload",
    "prerender",
    "prev",
    "prev-archive",
    "preview",
    "previous",
    "privacy-policy",
    "profile",
    "publication",
    "rdap-active",
    "rdap-bottom",
    "rdap-down",
    "rdap-top",
    "rdap-up",
    "related",
    "replies",
    "restconf",
    "ruleinput",
    "search",
    "section",
    "self",
    "service",
    "service-desc",
    "service-doc",
    "service-meta",
    "sip-trunking-capability",
    "sponsored",
    "start",
    "status",
    "stylesheet",
    "subsection",
    "successor-version",
    "sunset",
    "tag",
    "terms-of-service",
    "timegate",
    "timemap",
    "type",
    "ugc",
    "up",
    "version-history",
    "via",
    "webmention",
    "working-copy",
    "working-copy-of",
];

/// Says whether two upper-case letters are a country code of ISO 3166-1 alpha-2, or one
/// of the codes that registries use beside them: `EU`, `AP`, `ZZ`.
pub(super) fn is_country(code: &str) -> bool {
    country::is_assigned(code) || matches!(code, "EU" | "AP" | "ZZ")
}

/// Returns the reason phrase of a status code; RFC 9110, section 15, and RFC 6585.
pub(super) const fn reason_phrase(status: u16) -> Option<&'static str> {
    Some(match status {
        400 => "Bad Request",
        401 => "Unauthorized",
        402 => "Payment Required",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        406 => "Not Acceptable",
        407 => "Proxy Authentication Required",
        408 => "Request Timeout",
        409 => "Conflict",
        410 => "Gone",
        411 => "Length Required",
        412 => "Precondition Failed",
        414 => "URI Too Long",
        415 => "Unsupported Media Type",
        416 => "Range Not Satisfiable",
        417 => "Expectation Failed",
        421 => "Misdirected Request",
        426 => "Upgrade Required",
        428 => "Precondition Required",
        429 => "Too Many Requests",
        431 => "Request Header Fields Too Large",
        451 => "Unavailable For Legal Reasons",
        500 => "Internal Server Error",
        501 => "Not Implemented",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        505 => "HTTP Version Not Supported",
        511 => "Network Authentication Required",
        // 413 and 422 changed their phrases in RFC 9110; both are right.
        _ => return None,
    })
}

/// jCard property names: RFC 6350 section 6, RFC 6474, RFC 6715 and RFC 8605.
pub fn is_vcard_property(name: &str) -> bool {
    matches!(
        name,
        "source"
            | "kind"
            | "xml"
            | "fn"
            | "n"
            | "nickname"
            | "photo"
            | "bday"
            | "anniversary"
            | "gender"
            | "adr"
            | "tel"
            | "email"
            | "impp"
            | "lang"
            | "tz"
            | "geo"
            | "title"
            | "role"
            | "logo"
            | "org"
            | "member"
            | "related"
            | "categories"
            | "note"
            | "prodid"
            | "rev"
            | "sound"
            | "uid"
            | "clientpidmap"
            | "url"
            | "version"
            | "key"
            | "fburl"
            | "caladruri"
            | "caluri"
            | "birthplace"
            | "deathplace"
            | "deathdate"
            | "expertise"
            | "hobby"
            | "interest"
            | "org-directory"
            | "contact-uri"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn link_relations_are_sorted() {
        assert!(LINK_RELATIONS.is_sorted());
    }

    #[test]
    fn a_member_belongs_to_the_extension_it_is_named_after() {
        assert_eq!(extension_of_member("cidr0_cidrs"), Some("cidr0"));
        assert_eq!(extension_of_member("redacted"), Some("redacted"));
        assert_eq!(extension_of_member("cidr0cidrs"), None);
        assert_eq!(extension_of_member("lacnic_originAutnum"), None);
    }

    #[test]
    fn countries_are_upper_case_pairs() {
        assert!(is_country("NL") && is_country("EU"));
        assert!(!is_country("nl") && !is_country("XX") && !is_country("ZZ ") && !is_country(""));
    }
}
