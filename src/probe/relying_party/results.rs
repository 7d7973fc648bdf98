//! The files in which validators write what they found.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Error, Visitor};

use super::super::payloads::{Payloads, Vrp, joined, sorted};
use crate::inspect::tree::Key;
use crate::resource::{Asn, Prefix};

/// Reads lines of `AS64496,192.0.2.0/24,24` behind a heading, as FORT writes them.
///
/// # Errors
///
/// What is wrong, in words.
pub(super) fn of_csv(octets: &[u8]) -> Result<Payloads, String> {
    let text = std::str::from_utf8(octets).map_err(|error| error.to_string())?;
    let line = |line: &str| -> Option<Vrp> {
        let mut fields = line.split(',');
        let asn = fields.next()?.parse().ok()?;
        let prefix = fields.next()?.parse().ok()?;
        Some((prefix, fields.next()?.trim().parse().ok()?, asn))
    };
    let all = text.lines().skip(1).map(|text| {
        let shown = || {
            format!(
                "`{}` is no payload",
                text.chars().take(80).collect::<String>()
            )
        };
        line(text).ok_or_else(shown)
    });
    let vrps = all.collect::<Result<_, _>>()?;
    Ok(Payloads {
        vrps: sorted(vrps),
        ..Payloads::default()
    })
}

/// Reads the JSON of rpki-client or of Routinator's format `jsonext`.
///
/// rpki-client writes `provider_authorizations` up to version 8.2, by a profile of ASPA that is
/// no longer used, and `aspas` later; Routinator writes `aspas` since it knows them.
///
/// # Errors
///
/// What is wrong, in words.
pub(super) fn of_json(octets: &[u8]) -> Result<Payloads, String> {
    let written: Written = serde_json::from_slice(octets).map_err(|error| error.to_string())?;
    let vrps = written.roas.into_iter();
    let vrps = vrps.map(|roa| (roa.prefix, roa.max_length, roa.asn.0));
    let aspas = written.aspas.map(|all| {
        joined(all.into_iter().map(|aspa| {
            let providers = aspa.providers.into_iter().map(|asn| asn.0);
            (aspa.customer.0, providers.collect())
        }))
    });
    let keys = written.router_keys.map(|all| {
        let all = all.into_iter().map(|key| {
            let read: Key = key
                .key
                .parse()
                .map_err(|_| format!("`{}` is no key identifier", key.key))?;
            Ok::<_, String>((key.asn.0, read))
        });
        all.collect::<Result<_, _>>().map(sorted)
    });
    Ok(Payloads {
        vrps: sorted(vrps.collect()),
        aspas,
        router_keys: keys.transpose()?,
    })
}

/// The result of rpki-client or Routinator, as far as it is compared.
#[derive(Deserialize)]
struct Written {
    #[serde(default)]
    roas: Vec<WrittenRoa>,
    #[serde(default, alias = "bgpsec_keys", alias = "routerKeys")]
    router_keys: Option<Vec<WrittenKey>>,
    #[serde(default)]
    aspas: Option<Vec<WrittenAspa>>,
}

#[derive(Deserialize)]
struct WrittenRoa {
    asn: Number,
    prefix: Prefix,
    #[serde(rename = "maxLength")]
    max_length: u8,
}

#[derive(Deserialize)]
struct WrittenKey {
    asn: Number,
    #[serde(alias = "ski", alias = "SKI")]
    key: String,
}

#[derive(Deserialize)]
struct WrittenAspa {
    #[serde(alias = "customer_asid")]
    customer: Number,
    providers: Vec<Number>,
}

/// An AS number, written as a number or as `AS64496`.
struct Number(Asn);

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NumberVisitor)
    }
}

struct NumberVisitor;

impl Visitor<'_> for NumberVisitor {
    type Value = Number;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an AS number")
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Number, E> {
        let number = u32::try_from(number).map_err(E::custom)?;
        Ok(Number(Asn(number)))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Number, E> {
        text.parse().map(Number).map_err(E::custom)
    }
}
