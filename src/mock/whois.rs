//! Whois texts in the three families the registries write.

use super::rdap::find::{self, Registration};
use super::world::{Holder, Operator, WhoisStyle, World};
use super::{Block, NotABlock, Space, irr};

/// Answers a query line; empty for a host that has no whois service.
pub(super) fn answer(world: &World, host: &str, line: &str) -> String {
    let service = |o: &&Operator| o.whois.as_ref().is_some_and(|w| w.host == host);
    let Some(operator) = world.operators().find(service) else {
        return String::new();
    };
    let style = operator
        .whois
        .as_ref()
        .map_or(WhoisStyle::Rpsl, |w| w.style);
    let page = Page {
        world,
        operator,
        style,
    };
    page.answer(line, &subject(line))
}

/// Returns the query without flags: `-r -T inetnum 192.0.2.0 - 192.0.2.9` asks for a range.
fn subject(line: &str) -> String {
    let mut words = line.split_whitespace().peekable();
    let mut kept = Vec::new();
    while let Some(word) = words.next() {
        match word {
            // These flags take a value.
            "-T" | "-t" | "-i" | "-s" => {
                words.next();
            }
            "-" => kept.push(word),
            flag if flag.starts_with('-') => {}
            // ARIN's class letters and "show all".
            "n" | "a" | "o" | "p" | "z" | "+" if words.peek().is_some() => {}
            word => kept.push(word),
        }
    }
    kept.join(" ")
}

/// Writes the texts of one operator.
#[derive(Debug)]
struct Page<'w> {
    world: &'w World,
    operator: &'w Operator,
    style: WhoisStyle,
}

impl<'w> Page<'w> {
    fn answer(&self, line: &str, subject: &str) -> String {
        let mut out = self.banner();
        let routes = block_of(subject).filter(|_| irr::is_asked(line));
        let found = if let Some(block) = routes {
            irr::routes(self.operator, &block)
        } else if let Some(block) = block_of(subject) {
            self.number(&block)
        } else {
            self.holder_by_handle(subject)
                .or_else(|| self.contact_by_handle(subject))
        };
        out.push_str(&found.unwrap_or_else(|| self.not_found()));
        out
    }

    fn banner(&self) -> String {
        let name = &self.operator.name;
        match self.style {
            WhoisStyle::Rpsl => {
                format!("% This is the {name} whois server. The data is fictional.\n\n")
            }
            WhoisStyle::Arin => {
                format!("#\n# {name} WHOIS data and services. The data is fictional.\n#\n\n")
            }
            WhoisStyle::Lacnic => format!("% {name} resource: the data is fictional.\n\n"),
        }
    }

    fn not_found(&self) -> String {
        match self.style {
            WhoisStyle::Rpsl => {
                "%ERROR:101: no entries found\n%\n% No entries found in source.\n".to_owned()
            }
            WhoisStyle::Arin => "No match found.\n".to_owned(),
            WhoisStyle::Lacnic => "% No match for your query.\n".to_owned(),
        }
    }

    fn number(&self, block: &Block) -> Option<String> {
        if let Some(base) = find::moved_from(self.world, self.operator, block) {
            return Some(self.referral(&base));
        }
        let all = match block.space {
            Space::Asn => find::autnums(self.operator, false),
            Space::V4 | Space::V6 => find::networks(self.world, self.operator),
        };
        let net = find::smallest(all, block).filter(|r| r.status != "reserved")?;
        let mut out = match self.style {
            WhoisStyle::Rpsl => self.rpsl_number(&net),
            WhoisStyle::Arin => arin_number(self.operator, &net),
            WhoisStyle::Lacnic => lacnic_number(&net),
        };
        if let Some(holder) = net.holder {
            out.push('\n');
            out.push_str(&self.holder(holder));
        }
        Some(out)
    }

    /// Says who to ask instead; `base` is the RDAP base of who holds the numbers now.
    fn referral(&self, base: &str) -> String {
        let now = self.world.operators().find(|o| o.base_url() == base);
        let host = now
            .and_then(|o| o.whois.as_ref())
            .map_or("", |w| w.host.as_str());
        match self.style {
            WhoisStyle::Rpsl => format!(
                "% These numbers were transferred.\n\n{}",
                line("refer", host)
            ),
            WhoisStyle::Arin => format!(
                "Comment:        These numbers were transferred.\nReferralServer: whois://{host}\n"
            ),
            WhoisStyle::Lacnic => format!(
                "% These numbers were transferred.\n\n{}",
                line("whois", host)
            ),
        }
    }

    fn rpsl_number(&self, net: &Registration<'_>) -> String {
        let (class, value) = match net.block.space {
            Space::V4 => (
                "inetnum",
                format!("{} - {}", net.block.first_text(), net.block.last_text()),
            ),
            Space::V6 => ("inet6num", net.block.to_string()),
            Space::Asn if net.block.span() == 0 => ("aut-num", net.block.to_string()),
            Space::Asn => (
                "as-block",
                format!("AS{} - AS{}", net.block.first, net.block.last),
            ),
        };
        let name = if net.block.space == Space::Asn {
            "as-name"
        } else {
            "netname"
        };
        let mut out = line(class, &value);
        out.push_str(&line(name, net.name));
        if net.block.space != Space::Asn {
            out.push_str(&line("country", net.country));
        }
        if let Some(holder) = net.holder {
            out.push_str(&line("org", &holder.handle));
            for (key, handle) in [
                ("admin-c", &holder.administrative),
                ("tech-c", &holder.technical),
                ("abuse-c", &holder.abuse),
            ] {
                if let Some(handle) = handle {
                    out.push_str(&line(key, handle));
                }
            }
        }
        out.push_str(&line("status", net.kind));
        out.push_str(&line("created", &net.dates.registered.to_string()));
        out.push_str(&line("last-modified", &net.dates.changed.to_string()));
        out.push_str(&line("source", &self.operator.tag));
        out
    }

    fn holder_by_handle(&self, handle: &str) -> Option<String> {
        let same = |h: &&Holder| h.handle.eq_ignore_ascii_case(handle);
        self.operator
            .holders
            .values()
            .find(same)
            .map(|holder| self.holder(holder))
    }

    fn holder(&self, holder: &Holder) -> String {
        match self.style {
            WhoisStyle::Rpsl => {
                let mut out = line("organisation", &holder.handle);
                out.push_str(&line("org-name", &holder.name));
                for text in &holder.address {
                    out.push_str(&line("address", text));
                }
                out.push_str(&line("country", &holder.country));
                out.push_str(&line("created", &holder.dates.registered.to_string()));
                out.push_str(&line("last-modified", &holder.dates.changed.to_string()));
                out.push_str(&line("source", &self.operator.tag));
                out
            }
            WhoisStyle::Arin => {
                let mut out = line("OrgName", &holder.name);
                out.push_str(&line("OrgId", &holder.handle));
                for text in &holder.address {
                    out.push_str(&line("Address", text));
                }
                out.push_str(&line("Country", &holder.country));
                out.push_str(&line("RegDate", &day(holder.dates.registered, "%Y-%m-%d")));
                out.push_str(&line("Updated", &day(holder.dates.changed, "%Y-%m-%d")));
                out
            }
            WhoisStyle::Lacnic => {
                let mut out = line("nic-hdl", &holder.handle);
                out.push_str(&line("person", &holder.name));
                out.push_str(&line("country", &holder.country));
                out.push_str(&line("created", &day(holder.dates.registered, "%Y%m%d")));
                out.push_str(&line("changed", &day(holder.dates.changed, "%Y%m%d")));
                out
            }
        }
    }

    fn contact_by_handle(&self, handle: &str) -> Option<String> {
        let contact = self
            .operator
            .contacts
            .values()
            .find(|c| c.handle.eq_ignore_ascii_case(handle))?;
        let email = contact.email.as_deref().unwrap_or_default();
        let text = match self.style {
            WhoisStyle::Rpsl => [
                line("role", &contact.name),
                line("e-mail", email),
                line("nic-hdl", &contact.handle),
                line("source", &self.operator.tag),
            ],
            WhoisStyle::Arin => [
                line("Name", &contact.name),
                line("Handle", &contact.handle),
                line("Email", email),
                line("Country", &contact.country),
            ],
            WhoisStyle::Lacnic => [
                line("nic-hdl", &contact.handle),
                line("person", &contact.name),
                line("e-mail", email),
                line("country", &contact.country),
            ],
        };
        Some(text.concat())
    }
}

fn arin_number(operator: &Operator, net: &Registration<'_>) -> String {
    let mut out = String::new();
    if net.block.space == Space::Asn {
        let number = if net.block.span() == 0 {
            net.block.first.to_string()
        } else {
            format!("{} - {}", net.block.first, net.block.last)
        };
        out.push_str(&line("ASNumber", &number));
        out.push_str(&line("ASName", net.name));
        out.push_str(&line("ASHandle", &net.block.to_string()));
    } else {
        let (first, last) = (net.block.first_text(), net.block.last_text());
        out.push_str(&line("NetRange", &format!("{first} - {last}")));
        let prefixes = net.block.prefixes();
        let prefixes: Vec<String> = prefixes
            .iter()
            .map(|(a, length)| format!("{}/{length}", net.block.write(*a)))
            .collect();
        out.push_str(&line("CIDR", &prefixes.join(", ")));
        out.push_str(&line("NetName", net.name));
        out.push_str(&line(
            "NetHandle",
            &super::rdap::number::network_handle(operator, &net.block),
        ));
        out.push_str(&line("NetType", net.kind));
    }
    if let Some(holder) = net.holder {
        out.push_str(&line(
            "Organization",
            &format!("{} ({})", holder.name, holder.handle),
        ));
    }
    out.push_str(&line("RegDate", &day(net.dates.registered, "%Y-%m-%d")));
    out.push_str(&line("Updated", &day(net.dates.changed, "%Y-%m-%d")));
    out
}

fn lacnic_number(net: &Registration<'_>) -> String {
    let mut out = match net.block.space {
        Space::Asn => line("aut-num", &net.block.to_string()),
        Space::V4 | Space::V6 => line("inetnum", &net.block.to_string()),
    };
    out.push_str(&line("status", &net.kind.to_lowercase()));
    if let Some(holder) = net.holder {
        out.push_str(&line("owner", &holder.name));
        out.push_str(&line("ownerid", &holder.handle));
        out.push_str(&line("country", &holder.country));
        for (key, handle) in [
            ("owner-c", &holder.administrative),
            ("tech-c", &holder.technical),
            ("abuse-c", &holder.abuse),
        ] {
            if let Some(handle) = handle {
                out.push_str(&line(key, handle));
            }
        }
    }
    out.push_str(&line("created", &day(net.dates.registered, "%Y%m%d")));
    out.push_str(&line("changed", &day(net.dates.changed, "%Y%m%d")));
    out
}

/// Writes `key:` and a value in the sixteenth column.
fn line(key: &str, value: &str) -> String {
    format!("{:<16}{value}\n", format!("{key}:"))
}

fn day(time: jiff::Timestamp, format: &str) -> String {
    time.strftime(format).to_string()
}

/// Reads numbers; AS numbers with their prefix in either case.
fn block_of(subject: &str) -> Option<Block> {
    let text = match subject.get(..2) {
        Some(prefix) if prefix.eq_ignore_ascii_case("as") => format!("AS{}", subject.get(2..)?),
        _ => subject.to_owned(),
    };
    match Block::parse(&text) {
        Ok(block) | Err(NotABlock::HostBits(block)) => Some(block),
        Err(NotABlock::Syntax) => None,
    }
}
