//! Reverse domains and name servers.

use serde_json::{Value, json};

use super::find::{self, Found};
use super::write::Writer;
use crate::mock::document::{Draft, Kind, Object};
use crate::mock::number::{Block, ReverseName};
use crate::mock::world::{NameServer, Zone};

/// Answers `domain/…`.
pub(super) fn answer(writer: &Writer<'_>, name: &str) -> Draft {
    let operator = writer.operator;
    let name = name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase();
    let block = match Block::of_reverse_name(&name) {
        ReverseName::Block(block) => block,
        ReverseName::Top => {
            return writer.error(
                Kind::Domain,
                404,
                "No registry holds the top of the reverse tree.",
            );
        }
        ReverseName::Malformed => {
            return writer.error(
                Kind::Domain,
                400,
                "The labels of this name are no part of an address.",
            );
        }
        ReverseName::Forward if name.is_empty() || name.contains(['/', '@', ' ']) => {
            return writer.error(Kind::Domain, 400, "This is not a domain name.");
        }
        ReverseName::Forward => {
            let status = operator.dialect.forward_domain;
            return writer.error(
                Kind::Domain,
                status,
                "Only reverse names are registered here.",
            );
        }
    };
    if let Some(base) = find::moved_from(writer.world, operator, &block) {
        return writer.redirect(Kind::Domain, &base);
    }
    if let Some(national) = find::national(writer.world, operator, &block)
        && !operator.zones.contains_key(&name)
    {
        return match closest(writer, &name) {
            Some(zone) => {
                let mut object = writer.open_with(Kind::Domain, &["redirect_with_content"]);
                writer.domain(&mut object, zone);
                writer.redirect_with(writer.close(Kind::Domain, object), &national.base_url())
            }
            None => writer.redirect(Kind::Domain, &national.base_url()),
        };
    }
    if let Some(zone) = closest(writer, &name) {
        let mut object = writer.open(Kind::Domain);
        writer.domain(&mut object, zone);
        return writer.close(Kind::Domain, object);
    }
    match find::foreign(writer.world, operator, &block) {
        Found::Elsewhere(base) => writer.redirect(Kind::Domain, &base),
        Found::Here(_) | Found::National(..) | Found::Nowhere => {
            writer.error(Kind::Domain, 404, "No zone here contains this name.")
        }
    }
}

/// Returns the zone of a name or its closest encloser (NRO RDAP profile, section 6.2).
fn closest<'w>(writer: &Writer<'w>, name: &str) -> Option<&'w Zone> {
    let mut name = name;
    loop {
        if let Some(zone) = writer.operator.zones.get(name) {
            return Some(zone);
        }
        name = name.split_once('.')?.1;
    }
}

/// Answers `nameserver/…`.
pub(super) fn answer_name_server(writer: &Writer<'_>, name: &str) -> Draft {
    if !writer.dialect().name_servers {
        return writer.error(
            Kind::NameServer,
            501,
            "Name servers cannot be looked up here.",
        );
    }
    let name = name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase();
    match writer.operator.name_servers.get(&name) {
        Some(server) => {
            let mut object = writer.open(Kind::NameServer);
            writer.name_server(&mut object, server);
            writer.close(Kind::NameServer, object)
        }
        None => writer.error(Kind::NameServer, 404, "No name server here has this name."),
    }
}

impl<'w> Writer<'w> {
    fn domain(&self, object: &mut Object, zone: &'w Zone) {
        object.insert("objectClassName".to_owned(), json!("domain"));
        object.insert("handle".to_owned(), json!(zone.name));
        object.insert("ldhName".to_owned(), json!(format!("{}.", zone.name)));
        let servers = zone
            .name_servers
            .iter()
            .map(|name| self.nested_name_server(name));
        object.insert("nameservers".to_owned(), servers.collect());
        object.insert("secureDNS".to_owned(), secure_dns(zone));
        let networks = find::networks(self.world, self.operator);
        if let Some(net) = find::smallest(networks, &zone.block) {
            if let Some(holder) = net.holder {
                object.insert("entities".to_owned(), self.number_entities(holder, "$"));
            }
            object.insert("network".to_owned(), self.nested_network(&net, "$.network"));
        }
        object.insert("events".to_owned(), self.events(zone.dates));
        let this = self.url_of(&format!("domain/{}", zone.name));
        object.insert("links".to_owned(), self.links(&this, Vec::new()));
        self.finish_object(object, true);
    }

    /// Returns a name server inside a domain; it has handle and link only where it can be looked up.
    fn nested_name_server(&self, name: &str) -> Value {
        let mut object = Object::new();
        object.insert("objectClassName".to_owned(), json!("nameserver"));
        if self.dialect().name_servers {
            if let Some(server) = self.operator.name_servers.get(name) {
                object.insert("handle".to_owned(), json!(server.handle));
            }
            let this = self.url_of(&format!("nameserver/{name}"));
            object.insert("links".to_owned(), self.links(&this, Vec::new()));
        }
        object.insert("ldhName".to_owned(), json!(format!("{name}.")));
        Value::Object(object)
    }

    fn name_server(&self, object: &mut Object, server: &NameServer) {
        object.insert("objectClassName".to_owned(), json!("nameserver"));
        object.insert("handle".to_owned(), json!(server.handle));
        object.insert("ldhName".to_owned(), json!(format!("{}.", server.name)));
        let mut addresses = Object::new();
        for (key, list) in [("v4", &server.v4), ("v6", &server.v6)] {
            if !list.is_empty() {
                addresses.insert(key.to_owned(), json!(list));
            }
        }
        object.insert("ipAddresses".to_owned(), Value::Object(addresses));
        object.insert("status".to_owned(), json!(["active"]));
        object.insert("events".to_owned(), self.events(server.dates));
        let this = self.url_of(&format!("nameserver/{}", server.name));
        object.insert("links".to_owned(), self.links(&this, Vec::new()));
        self.finish_object(object, true);
    }
}

fn secure_dns(zone: &Zone) -> Value {
    if zone.ds.is_empty() {
        return json!({ "delegationSigned": false });
    }
    let ds = |ds: &crate::mock::world::Ds| {
        json!({
            "keyTag": ds.key_tag,
            "algorithm": ds.algorithm,
            "digest": ds.digest.to_ascii_uppercase(),
            "digestType": ds.digest_type,
        })
    };
    let all: Vec<Value> = zone.ds.iter().map(ds).collect();
    json!({ "delegationSigned": true, "dsData": all })
}
