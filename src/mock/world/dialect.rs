//! A dialect: the permitted ways in which a registry's answers differ from another's.
//!
//! Each word here is a choice that the documents leave open and that at least one of
//! the five production services makes; what breaks a rule is a fault, not a dialect.

use crate::mock::decode::words;

/// How a registry speaks.
#[derive(Clone, Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a choice of its own, not a state"
)]
pub struct Dialect {
    /// Handles of networks.
    pub network_handle: HandleForm,
    /// Whether unregistered AS numbers are missing or administrative.
    pub autnum_model: AutnumModel,
    /// What a network's self link names.
    pub network_self: SelfForm,
    /// Whether an AS number's self link has the prefix `AS`.
    pub autnum_self_prefixed: bool,
    /// Whether AS numbers are accepted with the prefix `AS`.
    pub autnum_prefix_accepted: bool,
    /// What the `value` of links is.
    pub link_value: LinkValue,
    /// Status code of redirects: 301, 302, 303 or 307.
    pub redirect: u16,
    /// What happens to queries for numbers of others.
    pub foreign: Foreign,
    /// What happens to queries for special-purpose addresses.
    pub special: Special,
    /// What happens to prefixes with host bits.
    pub host_bits: HostBits,
    /// Status of unknown paths: 400 or 404.
    pub unknown_path: u16,
    /// Status of names outside the reverse trees: 400 or 404.
    pub forward_domain: u16,
    /// Whether an Accept that allows no JSON is answered 406.
    pub strict_accept: bool,
    /// Identifiers of every answer, in the order shown.
    pub conformance: Vec<String>,
    /// Identifiers that help lists beside those of all answers.
    pub declared: Vec<String>,
    /// Offset of dates from UTC in minutes; 0 is written `Z`.
    pub offset_minutes: i32,
    /// Whether `last changed` stands before `registration`.
    pub last_changed_first: bool,
    /// Where technical and administrative contacts stand.
    pub contacts: Contacts,
    /// How addresses are written.
    pub adr: Adr,
    /// How telephone numbers are written.
    pub tel: Tel,
    /// What `name` of a network is.
    pub name_form: NameForm,
    /// Whether members of objects are in alphabetical order.
    pub sorted: bool,
    /// Optional members and links that are shown.
    pub shown: Vec<Shown>,
    /// Searches that are supported.
    pub searches: Vec<Search>,
    /// Most results of a search; `None` for all of them.
    pub most_results: Option<usize>,
    /// Why results beyond the most are left out.
    pub truncated_for: Truncation,
    /// Results of one page (RFC 8977); `None` for a service without pages.
    pub page_size: Option<usize>,
    /// Whether results are sorted by handle, and said to be (RFC 8977).
    pub sorted_results: bool,
    /// Whether name servers can be looked up.
    pub name_servers: bool,
    /// Notices of every answer, in the order shown.
    pub notices: Vec<Notice>,
    /// What help says beside the notices.
    pub help: Vec<String>,
    /// Headers of every answer beside the needed ones.
    pub headers: Vec<(String, String)>,
    /// Status of entities; empty for none.
    pub entity_status: Vec<String>,
}

impl Dialect {
    /// Says whether an optional member is shown.
    pub fn shows(&self, what: Shown) -> bool {
        self.shown.contains(&what)
    }

    /// Says whether a search is supported.
    pub fn searches(&self, what: Search) -> bool {
        self.searches.contains(&what)
    }

    /// Says whether an extension is among the identifiers of every answer or of help.
    pub fn claims(&self, identifier: &str) -> bool {
        self.conformance
            .iter()
            .chain(&self.declared)
            .any(|c| c == identifier)
    }
}

words! {
    /// How networks are called.
    pub HandleForm {
        /// `192.0.2.0 - 192.0.2.255`; IPv6 as a prefix.
        Range = "range",
        /// `192.0.2.0/24`; a range where it takes several prefixes.
        Cidr = "cidr",
        /// `NET-192-0-2-0-1` and `NET6-2001-DB8-1`.
        Net = "net",
    }
}

words! {
    /// The two readings of section 6.1.2 of the NRO RDAP profile.
    pub AutnumModel {
        /// Unregistered numbers are missing.
        Flat = "flat",
        /// Unregistered numbers are answered with the administrative block.
        Hierarchical = "hierarchical",
    }
}

words! {
    /// What a network's self link names.
    pub SelfForm {
        /// The prefix; the first address where it takes several.
        Cidr = "cidr",
        /// The first address.
        First = "first",
        /// The query itself for the topmost object; the prefix below it.
        Query = "query",
    }
}

words! {
    /// What the `value` of links is.
    pub LinkValue {
        /// The URL that was asked.
        Query = "query",
        /// The URL of the object the link stands in.
        Object = "object",
    }
}

words! {
    /// What happens to queries for numbers of other registries.
    pub Foreign {
        /// They are redirected to who is responsible; missing where nobody is.
        Redirect = "redirect",
        /// They are missing.
        NotFound = "not-found",
    }
}

words! {
    /// What happens to queries for special-purpose addresses.
    pub Special {
        /// They are missing.
        NotFound = "not-found",
        /// They are answered with status `reserved`.
        Reserved = "reserved",
    }
}

words! {
    /// What happens to prefixes with host bits.
    pub HostBits {
        /// They are bad requests.
        Refuse = "refuse",
        /// The bits are cleared.
        Mask = "mask",
    }
}

words! {
    /// Where technical and administrative contacts of a network stand.
    pub Contacts {
        /// Beside the registrant, one entity for each role.
        Beside = "beside",
        /// Inside the registrant; the abuse contact stands beside it.
        Inside = "inside",
    }
}

words! {
    /// How postal addresses are written.
    pub Adr {
        /// The label only; seven empty components.
        Label = "label",
        /// The label, and the lines in the components.
        Lines = "lines",
        /// The label, and the country code in the seventh component.
        Country = "country",
    }
}

words! {
    /// How telephone numbers are written.
    pub Tel {
        /// Type `text`, parameter `type` `voice`.
        Text = "text",
        /// Type `text`, parameter `type` `["work", "voice"]`.
        WorkText = "work-text",
        /// Type `uri`, `tel:+…`.
        Uri = "uri",
    }
}

words! {
    /// What the `name` of a network is.
    pub NameForm {
        /// Its own name.
        Own = "own",
        /// The holder's handle.
        Holder = "holder",
        /// The range as text.
        Range = "range",
    }
}

words! {
    /// Optional members and links.
    pub Shown {
        /// `name` of networks and AS numbers.
        Name = "name",
        /// `type` of networks and AS numbers.
        Type = "type",
        /// `country` of networks.
        Country = "country",
        /// `country` of AS numbers.
        AutnumCountry = "autnum-country",
        /// `parentHandle` of networks.
        ParentHandle = "parent-handle",
        /// `port43` of the topmost object.
        Port43 = "port43",
        /// `lang` of every object.
        Lang = "lang",
        /// `events` of nested entities.
        EntityEvents = "entity-events",
        /// `up` links of networks.
        Up = "up",
        /// `related` links of networks to a page of the registry's own.
        Related = "related",
        /// `alternate` links to another registration service.
        Alternate = "alternate",
        /// `copyright` links on every object.
        Copyright = "copyright",
        /// Relations of RFC 9910 on networks.
        RirSearch = "rir-search",
        /// Geofeed links of RFC 9877.
        Geofeed = "geofeed",
        /// `arin_originas0_originautnums`.
        OriginAutnums = "origin-autnums",
        /// Mail addresses of contacts but for abuse are removed, and said to be (RFC 9537).
        Redacted = "redacted",
        /// The same of their telephone numbers.
        RedactedPhone = "redacted-phone",
        /// A remark on contacts of which something was removed.
        RedactedRemark = "redacted-remark",
    }
}

words! {
    /// Searches.
    pub Search {
        /// `entities?fn=`
        EntitiesByName = "entities-fn",
        /// `entities?handle=`
        EntitiesByHandle = "entities-handle",
        /// `ips/rirSearch1/…` and `autnums/rirSearch1/…` of RFC 9910.
        Rir = "rir",
        /// `ips/reverse_search/entity` and `autnums/reverse_search/entity` of RFC 9536 and RFC 9910.
        Reverse = "reverse",
    }
}

words! {
    /// Why a list of results is not whole (RFC 9083, section 10.2.1).
    pub Truncation {
        /// The client may not see more.
        Authorization = "authorization",
        /// The service would have too much to do.
        Load = "load",
        /// For reasons that are not told.
        Unexplained = "unexplained",
    }
}

/// One notice.
#[derive(Clone, Debug)]
pub struct Notice {
    /// Its title.
    pub title: String,
    /// Its text, line by line.
    pub description: Vec<String>,
    /// Its links.
    pub links: Vec<NoticeLink>,
}

/// A link of a notice.
#[derive(Clone, Debug)]
pub struct NoticeLink {
    /// Its relation.
    pub rel: String,
    /// Its target, a whole URL.
    pub href: String,
    /// The media type of the target.
    pub media_type: String,
}
