//! The run's own resolver: names to places, families, and addresses that are refused.

use std::collections::{BTreeMap, HashMap};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::connect::TRACE;
use super::failure::Carried;
use super::{dns, failed};
use crate::clock::Clock;
use crate::fact::{Failure, FailureKind};
use crate::transport::Family;
use crate::transport::options::{LiveOptions, Lookup, Place};

/// Where names lead.
#[derive(Debug)]
pub(super) struct Resolver {
    places: BTreeMap<String, BTreeMap<u16, Vec<Place>>>,
    lookup: Lookup,
    public_only: bool,
    clock: Arc<dyn Clock>,
    /// What names led to when connections were opened: one that is open already is not looked up again.
    known: Mutex<HashMap<(String, u16, Family), Vec<IpAddr>>>,
}

impl Resolver {
    pub(super) fn new(options: &LiveOptions, clock: Arc<dyn Clock>) -> Self {
        let mut places: BTreeMap<String, BTreeMap<u16, Vec<Place>>> = BTreeMap::new();
        for ((name, port), list) in &options.places {
            places
                .entry(bare(name).to_ascii_lowercase())
                .or_default()
                .entry(*port)
                .or_default()
                .extend(list.iter().cloned());
        }
        Self {
            places,
            lookup: options.lookup,
            public_only: options.public_only,
            clock,
            known: Mutex::default(),
        }
    }

    /// Returns where a name and port lead without asking anybody; `None` if nowhere.
    pub(super) fn places(&self, host: &str, port: u16) -> Option<&[Place]> {
        let host = bare(host);
        let of_name = match self.places.get(host) {
            None if host.bytes().any(|o| o.is_ascii_uppercase()) => {
                self.places.get(&host.to_ascii_lowercase())?
            }
            found => found?,
        };
        Some(of_name.get(&port)?.as_slice())
    }

    /// Returns the addresses and ports to connect to, in the order to be tried; there is at least one.
    pub(super) async fn resolve(
        &self,
        host: &str,
        port: u16,
        family: Family,
    ) -> Result<Vec<SocketAddr>, Failure> {
        let mut found = Vec::new();
        match self.places(host, port) {
            Some(places) => {
                for place in places {
                    match place {
                        Place::Address(address) => found.push(*address),
                        Place::Name(name, port) => {
                            found.extend(self.look_up(name, *port, family).await?);
                        }
                    }
                }
            }
            None => found = self.public(host, self.look_up(host, port, family).await?)?,
        }
        found.retain(|address| is_of(address.ip(), family));
        if found.is_empty() {
            return Err(failed(
                FailureKind::Dns,
                format!("`{host}` has no {} address", family_words(family)),
            ));
        }
        Ok(found)
    }

    /// Leaves out addresses that are refused.
    fn public(&self, host: &str, mut found: Vec<SocketAddr>) -> Result<Vec<SocketAddr>, Failure> {
        if !self.public_only {
            return Ok(found);
        }
        let first = found.first().copied();
        found.retain(|address| is_public(address.ip()));
        match first {
            Some(refused) if found.is_empty() => Err(failed(
                FailureKind::RedirectRefused,
                format!(
                    "`{host}` leads to `{}`, which is no public address; a live target has public ones only",
                    refused.ip()
                ),
            )),
            _ => Ok(found),
        }
    }

    async fn look_up(
        &self,
        host: &str,
        port: u16,
        family: Family,
    ) -> Result<Vec<SocketAddr>, Failure> {
        let host = bare(host);
        if let Ok(address) = host.parse::<IpAddr>() {
            return Ok(vec![SocketAddr::new(address, port)]);
        }
        match self.lookup {
            Lookup::Nothing => Err(failed(
                FailureKind::Dns,
                format!("`{host}` does not exist: this target has no such name and port {port}"),
            )),
            Lookup::Machine => match tokio::net::lookup_host((host, port)).await {
                Ok(found) => Ok(found.collect()),
                Err(error) => Err(failed(
                    FailureKind::Dns,
                    format!("looking up `{host}`: {error}"),
                )),
            },
            Lookup::Server(server) => dns::addresses(server, host, family).await.map(|found| {
                found
                    .into_iter()
                    .map(|ip| SocketAddr::new(ip, port))
                    .collect()
            }),
        }
    }
}

/// Returns a name or address without brackets and final dot.
fn bare(host: &str) -> &str {
    let host = host
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
        .unwrap_or(host);
    host.strip_suffix('.').unwrap_or(host)
}

const fn family_words(family: Family) -> &'static str {
    match family {
        Family::Any => "IPv4 or IPv6",
        Family::Ipv4 => "IPv4",
        Family::Ipv6 => "IPv6",
    }
}

/// Says whether an address is of a family.
pub(super) const fn is_of(address: IpAddr, family: Family) -> bool {
    match family {
        Family::Any => true,
        Family::Ipv4 => address.is_ipv4(),
        Family::Ipv6 => address.is_ipv6(),
    }
}

/// The run's resolver as the HTTP client asks it: for one port and family.
#[derive(Debug)]
pub(super) struct ForPort {
    pub(super) resolver: Arc<Resolver>,
    pub(super) port: u16,
    /// The one address that is wanted of the name; `None` for all.
    pub(super) only: Option<IpAddr>,
    pub(super) family: Family,
    /// Host of the proxy, whose address is nobody's business but the target file's.
    pub(super) proxy: Option<String>,
}

impl Resolve for ForPort {
    fn resolve(&self, name: Name) -> Resolving {
        let trace = TRACE.try_with(Arc::clone).ok();
        let resolver = Arc::clone(&self.resolver);
        let (port, family, only) = (self.port, self.family, self.only);
        let is_proxy = self.proxy.as_deref() == Some(name.as_str());
        Box::pin(async move {
            let started = resolver.clock.elapsed();
            let found = if is_proxy {
                // Port 0 leaves the port to the proxy's URL.
                resolver.look_up_proxy(name.as_str()).await
            } else if let Some(only) = only {
                resolver.chosen(name.as_str(), port, family, only).await
            } else {
                resolver.resolve(name.as_str(), port, family).await
            };
            if let (Ok(found), None, false) = (&found, only, is_proxy) {
                let key = (name.as_str().to_owned(), port, family);
                let addresses = found.iter().map(SocketAddr::ip).collect();
                let mut known = resolver
                    .known
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner);
                known.insert(key, addresses);
            }
            if let Some(trace) = trace {
                let took = resolver.clock.elapsed().saturating_sub(started);
                trace.note(|seen| {
                    seen.dns = Some(took);
                    if let Ok(found) = &found {
                        seen.addresses = found.iter().map(SocketAddr::ip).collect();
                    }
                });
            }
            let found = found.map_err(Carried)?;
            let addresses: Addrs = Box::new(found.into_iter());
            Ok(addresses)
        })
    }
}

impl Resolver {
    /// Returns the place of one address of a name, as a scenario chose it.
    ///
    /// A name that the target places nowhere is not looked up again: it may lead elsewhere by now.
    async fn chosen(
        &self,
        host: &str,
        port: u16,
        family: Family,
        only: IpAddr,
    ) -> Result<Vec<SocketAddr>, Failure> {
        if self.places(host, port).is_none() && self.lookup != Lookup::Nothing {
            return self.public(host, vec![SocketAddr::new(only, port)]);
        }
        let mut found = self.resolve(host, port, family).await?;
        found.retain(|address| address.ip() == only);
        if found.is_empty() {
            let detail = format!("`{host}` does not have the address `{only}`");
            return Err(failed(FailureKind::Dns, detail));
        }
        Ok(found)
    }

    /// Returns what a name led to when a connection to it was opened; empty if none was.
    pub(super) fn known(&self, host: &str, port: u16, family: Family) -> Vec<IpAddr> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let found = known.get(&(host.to_owned(), port, family));
        found.cloned().unwrap_or_default()
    }

    async fn look_up_proxy(&self, host: &str) -> Result<Vec<SocketAddr>, Failure> {
        match self.lookup {
            // A closed world has a proxy too: it stands on this machine.
            Lookup::Nothing => Self::machine(host).await,
            Lookup::Machine | Lookup::Server(_) => self.look_up(host, 0, Family::Any).await,
        }
    }

    async fn machine(host: &str) -> Result<Vec<SocketAddr>, Failure> {
        match tokio::net::lookup_host((host, 0)).await {
            Ok(found) => Ok(found.collect()),
            Err(error) => Err(failed(
                FailureKind::Dns,
                format!("looking up proxy `{host}`: {error}"),
            )),
        }
    }
}

/// Says whether an address can be that of a service in the Internet.
///
/// Loopback, private, link-local, shared, documentation, benchmarking, multicast and
/// reserved addresses cannot; of addresses that carry an IPv4 address, that one decides.
///
/// Source: IANA IPv4 and IPv6 Special-Purpose Address Registries.
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, d] = address.octets();
    match (a, b, c) {
        (0 | 10 | 127 | 224..=255, ..)
        | (100, 64..=127, _)
        | (169, 254, _)
        | (172, 16..=31, _)
        | (192, 168, _)
        | (192, 0, 2)
        | (198, 18 | 19, _)
        | (198, 51, 100)
        | (203, 0, 113) => false,
        // Of the protocol assignments two anycast addresses are global (RFC 7723, RFC 8155).
        (192, 0, 0) => d == 9 || d == 10,
        _ => true,
    }
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let segments = address.segments();
    let [a, b, c, d, e, f, g, h] = segments;
    let inner = |high: u16, low: u16| {
        is_public_v4(Ipv4Addr::from((u32::from(high) << 16) | u32::from(low)))
    };
    match (a, b) {
        // IPv4-mapped, and translated by NAT64 (RFC 6052).
        (0, 0) if (c, d, e, f) == (0, 0, 0, 0xffff) => inner(g, h),
        (0x64, 0xff9b) if (c, d, e, f) == (0, 0, 0, 0) => inner(g, h),
        // 6to4 (RFC 3056).
        (0x2002, high) => inner(high, c),
        // Of the protocol assignments 2001::/23 only anycast and AMT are global.
        (0x2001, 0..=0x1ff) => {
            (b == 3) || (b == 4 && c == 0x112) || (b == 1 && segments.get(2..7) == Some(&[0; 5]))
        }
        (0x2001, 0xdb8) | (0x3fff, 0..=0xfff) => false,
        _ => (0x2000..=0x3fff).contains(&a),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(address: &str, public: bool) {
        assert_eq!(is_public(address.parse().unwrap()), public, "{address}");
    }

    #[test]
    fn special_addresses_are_not_public() {
        for address in [
            "0.0.0.0",
            "10.1.2.3",
            "100.64.0.1",
            "127.0.0.1",
            "169.254.169.254",
            "172.31.255.255",
            "192.0.0.8",
            "192.0.2.1",
            "192.168.0.1",
            "198.19.1.1",
            "198.51.100.7",
            "203.0.113.9",
            "224.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "64:ff9b::10.0.0.1",
            "fe80::1",
            "fc00::1",
            "fd12::1",
            "ff02::1",
            "2001:db8::1",
            "2001:2::1",
            "2001:10::1",
            "2001:0:1::1",
            "2002:7f00:1::",
            "2002:a00:1::1",
            "3fff::1",
            "100::1",
            "64:ff9b:1::1",
            "::127.0.0.1",
        ] {
            check(address, false);
        }
        for address in [
            "1.1.1.1",
            "100.63.0.1",
            "100.128.0.1",
            "172.32.0.1",
            "192.0.0.9",
            "193.0.6.1",
            "198.20.0.1",
            "2001:67c:2e8::1",
            "2001:dc0::1",
            "2a00::1",
            "2620::1",
            "::ffff:193.0.6.1",
            "64:ff9b::193.0.6.1",
            "2001:1::1",
            "2c0f::1",
        ] {
            check(address, true);
        }
    }
}
