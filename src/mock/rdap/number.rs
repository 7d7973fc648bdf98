//! Objects for numbers: `ip network` and `autnum`.

use serde_json::{Value, json};

use super::find::{self, Registration};
use super::write::Writer;
use crate::mock::document::Object;
use crate::mock::world::{HandleForm, NameForm, Operator, SelfForm, Shown};
use crate::mock::{Block, Space};

impl<'w> Writer<'w> {
    /// Writes a network into the topmost object; `asked` is what was asked for, where that was numbers.
    pub(super) fn network_into(
        &self,
        object: &mut Object,
        net: &Registration<'w>,
        asked: Option<&Block>,
    ) {
        self.network(object, net, asked, true, "$");
    }

    /// Returns a network as a nested object; `path` is its JSONPath in the document.
    pub(super) fn nested_network(&self, net: &Registration<'w>, path: &str) -> Value {
        let mut object = Object::new();
        self.network(&mut object, net, None, false, path);
        Value::Object(object)
    }

    fn network(
        &self,
        object: &mut Object,
        net: &Registration<'w>,
        asked: Option<&Block>,
        topmost: bool,
        path: &str,
    ) {
        let dialect = self.dialect();
        let all = find::networks(self.world, self.operator);
        let parent = find::parent(&all, net);
        object.insert("objectClassName".to_owned(), json!("ip network"));
        object.insert(
            "handle".to_owned(),
            json!(network_handle(self.operator, &net.block)),
        );
        object.insert("startAddress".to_owned(), json!(net.block.first_text()));
        object.insert("endAddress".to_owned(), json!(net.block.last_text()));
        object.insert("ipVersion".to_owned(), json!(version(net.block)));
        if dialect.shows(Shown::Name) {
            let name = match (dialect.name_form, net.holder) {
                (NameForm::Holder, Some(holder)) => holder.handle.clone(),
                (NameForm::Range, _) => net.block.to_string(),
                (NameForm::Own | NameForm::Holder, _) => net.name.to_owned(),
            };
            object.insert("name".to_owned(), json!(name));
        }
        if dialect.shows(Shown::Type) {
            object.insert("type".to_owned(), json!(net.kind));
        }
        if dialect.shows(Shown::Country) && net.country != "ZZ" {
            object.insert("country".to_owned(), json!(net.country));
        }
        if dialect.shows(Shown::ParentHandle)
            && let Some(parent) = &parent
        {
            let handle = network_handle(self.operator, &parent.block);
            object.insert("parentHandle".to_owned(), json!(handle));
        }
        object.insert("status".to_owned(), json!([net.status]));
        object.insert("cidr0_cidrs".to_owned(), cidrs(&net.block));
        if dialect.shows(Shown::OriginAutnums) && !net.origins.is_empty() {
            object.insert(
                "arin_originas0_originautnums".to_owned(),
                json!(net.origins),
            );
        }
        if let Some(holder) = net.holder {
            object.insert("entities".to_owned(), self.number_entities(holder, path));
        }
        object.insert("events".to_owned(), self.number_events(net));
        let links = self.network_links(net, parent.as_ref(), &all);
        object.insert(
            "links".to_owned(),
            self.links(&self.network_self(net, asked), links),
        );
        self.finish_object(object, topmost);
    }

    /// Returns the events of a network: those of every object, and its transfer where that is said.
    fn number_events(&self, net: &Registration<'w>) -> Value {
        let mut events = self.events(net.dates);
        if let (Some(time), Value::Array(all)) = (net.transferred, &mut events) {
            all.push(json!({ "eventAction": "transfer", "eventDate": self.date(time) }));
        }
        events
    }

    /// Returns the URL of a network.
    fn network_self(&self, net: &Registration<'w>, asked: Option<&Block>) -> String {
        let block = &net.block;
        let plain = |block: &Block| match block.as_prefix() {
            Some(prefix) if block.span() > 0 => prefix,
            _ => block.first_text(),
        };
        let text = match (self.dialect().network_self, asked) {
            (SelfForm::Query, Some(asked)) => plain(asked),
            (SelfForm::Cidr | SelfForm::Query, _) => plain(block),
            (SelfForm::First, _) => block.first_text(),
        };
        self.url_of(&format!("ip/{text}"))
    }

    fn network_links(
        &self,
        net: &Registration<'w>,
        parent: Option<&Registration<'w>>,
        all: &[Registration<'w>],
    ) -> Vec<(&'static str, String, &'static str)> {
        const RDAP: &str = "application/rdap+json";
        let dialect = self.dialect();
        let page = |index: usize| self.operator.web.get(index).or(self.operator.web.first());
        let mut links = Vec::new();
        if dialect.shows(Shown::Up)
            && let Some(parent) = parent
        {
            links.push(("up", self.network_self(parent, None), RDAP));
        }
        if dialect.shows(Shown::RirSearch) && net.status == "active" {
            let object = net
                .block
                .as_prefix()
                .unwrap_or_else(|| net.block.first_text());
            let relation =
                |name: &str| self.url_of(&format!("ips/rirSearch1/rdap-{name}/{object}"));
            if parent.is_some() {
                links.push(("rdap-up", relation("up"), RDAP));
                links.push(("rdap-top", relation("top"), RDAP));
            }
            if all
                .iter()
                .any(|r| net.block.covers(&r.block) && r.block != net.block)
            {
                links.push(("rdap-down", relation("down"), RDAP));
                links.push(("rdap-bottom", relation("bottom"), RDAP));
            }
        }
        if dialect.shows(Shown::Geofeed)
            && let Some(geofeed) = net.geofeed
        {
            links.push(("geofeed", geofeed.to_owned(), "application/geofeed+csv"));
        }
        if dialect.shows(Shown::Related)
            && let Some(page) = page(0)
        {
            let text = super::query::encode(&net.block.first_text());
            links.push((
                "related",
                format!("https://{page}/netinfo?q={text}"),
                "text/html",
            ));
        }
        if dialect.shows(Shown::Alternate)
            && let Some(page) = page(1)
        {
            let handle = network_handle(self.operator, &net.block);
            links.push((
                "alternate",
                format!("https://{page}/rest/net/{handle}"),
                "application/xml",
            ));
        }
        links
    }

    /// Writes an AS number into the topmost object.
    pub(super) fn autnum_into(&self, object: &mut Object, net: &Registration<'w>) {
        self.autnum(object, net, true, "$");
    }

    /// Returns an AS number as a nested object.
    pub(super) fn nested_autnum(&self, net: &Registration<'w>, path: &str) -> Value {
        let mut object = Object::new();
        self.autnum(&mut object, net, false, path);
        Value::Object(object)
    }

    fn autnum(&self, object: &mut Object, net: &Registration<'w>, topmost: bool, path: &str) {
        let dialect = self.dialect();
        let first = u64::try_from(net.block.first).unwrap_or_default();
        let last = u64::try_from(net.block.last).unwrap_or_default();
        object.insert("objectClassName".to_owned(), json!("autnum"));
        object.insert("handle".to_owned(), json!(net.block.to_string()));
        object.insert("startAutnum".to_owned(), json!(first));
        object.insert("endAutnum".to_owned(), json!(last));
        if dialect.shows(Shown::Name) {
            let name = match dialect.name_form {
                NameForm::Range => first.to_string(),
                NameForm::Own | NameForm::Holder => net.name.to_owned(),
            };
            object.insert("name".to_owned(), json!(name));
        }
        if dialect.shows(Shown::Type) {
            object.insert("type".to_owned(), json!(net.kind));
        }
        if dialect.shows(Shown::AutnumCountry) && net.country != "ZZ" {
            object.insert("country".to_owned(), json!(net.country));
        }
        object.insert("status".to_owned(), json!([net.status]));
        if let Some(holder) = net.holder {
            object.insert("entities".to_owned(), self.number_entities(holder, path));
        }
        object.insert("events".to_owned(), self.events(net.dates));
        let prefix = if dialect.autnum_self_prefixed {
            "AS"
        } else {
            ""
        };
        let mut further = Vec::new();
        if dialect.shows(Shown::Alternate)
            && let Some(page) = self.operator.web.get(1)
        {
            further.push((
                "alternate",
                format!("https://{page}/rest/asn/AS{first}"),
                "application/xml",
            ));
        }
        let this = self.url_of(&format!("autnum/{prefix}{first}"));
        object.insert("links".to_owned(), self.links(&this, further));
        self.finish_object(object, topmost);
    }
}

/// Returns the handle of a network.
pub(in crate::mock) fn network_handle(operator: &Operator, block: &Block) -> String {
    let range = || format!("{} - {}", block.first_text(), block.last_text());
    match (operator.dialect.network_handle, block.space) {
        (HandleForm::Range, Space::V4) => range(),
        (HandleForm::Net, Space::V4) => format!("NET-{}-1", block.first_text().replace('.', "-")),
        (HandleForm::Net, _) => {
            let words = block.first_text().to_ascii_uppercase();
            format!(
                "NET6-{}-1",
                words
                    .trim_end_matches(':')
                    .replace("::", "-")
                    .replace(':', "-")
            )
        }
        (HandleForm::Cidr | HandleForm::Range, _) => block.as_prefix().unwrap_or_else(range),
    }
}

/// Returns `v4` or `v6`.
const fn version(block: Block) -> &'static str {
    match block.space {
        Space::V4 | Space::Asn => "v4",
        Space::V6 => "v6",
    }
}

/// Returns a block as `cidr0_cidrs`.
fn cidrs(block: &Block) -> Value {
    let key = match block.space {
        Space::V4 | Space::Asn => "v4prefix",
        Space::V6 => "v6prefix",
    };
    let item =
        |(address, length): (u128, u32)| json!({ key: block.write(address), "length": length });
    block.prefixes().into_iter().map(item).collect()
}
