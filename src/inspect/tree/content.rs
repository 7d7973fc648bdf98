//! Readers of the contents of signed objects: manifest, ROA, ASPA.
//!
//! The library has such readers, but they judge at the machine's time (ROA, ASPA) or read
//! a list twice (manifest). These read once and keep what the walk needs.

use std::collections::HashSet;

use bcder::decode::{Constructed, DecodeError, IntoSource, Source};
use bcder::{BitString, Ia5String, Mode, OctetString, Tag};
use bytes::Bytes;
use rpki::crypto::DigestAlgorithm;
use rpki::repository::resources::{AddressFamily, Prefix};
use rpki::repository::x509::{Serial, Time};

/// Most providers of an ASPA; relying parties refuse more (rpki-client and the `rpki` crate).
const MAX_PROVIDERS: usize = 10_000;

/// A file that a manifest lists.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    /// The name, made of letters, digits, `-`, `_` and one dot.
    pub(super) name: Bytes,
    /// SHA-256 of its octets.
    pub(super) hash: [u8; 32],
}

impl Entry {
    /// Returns the name as text.
    pub(super) fn name(&self) -> &str {
        // The reader lets nothing but ASCII pass.
        std::str::from_utf8(&self.name).unwrap_or_default()
    }
}

/// The content of a manifest (RFC 9286 section 4.2).
#[derive(Debug)]
pub(super) struct ManifestContent {
    pub(super) number: Serial,
    pub(super) this_update: Time,
    pub(super) next_update: Time,
    /// The listed files in their order, as many as were asked for.
    pub(super) entries: Vec<Entry>,
    /// How many files are listed.
    pub(super) count: usize,
}

/// The content of a ROA (RFC 9582 section 4).
#[derive(Debug)]
pub(super) struct RoaContent {
    pub(super) asn: u32,
    pub(super) ipv4: Vec<RoaPrefix>,
    pub(super) ipv6: Vec<RoaPrefix>,
}

/// A prefix of a ROA.
#[derive(Clone, Copy, Debug)]
pub(super) struct RoaPrefix {
    pub(super) prefix: Prefix,
    pub(super) max_length: u8,
}

/// The content of an ASPA (draft-ietf-sidrops-aspa-profile-30 section 3).
#[derive(Debug)]
pub(super) struct AspaContent {
    pub(super) customer: u32,
    /// In strictly ascending order.
    pub(super) providers: Vec<u32>,
}

/// Reads a whole content with one of the readers below.
fn read<T>(
    content: &OctetString,
    take: impl FnOnce(
        &mut Constructed<'_, <OctetString as IntoSource>::Source>,
    )
        -> Result<T, DecodeError<<<OctetString as IntoSource>::Source as Source>::Error>>,
) -> Result<T, String> {
    Mode::Der
        .decode(content.clone(), take)
        .map_err(|error| error.to_string())
}

/// Reads a manifest; keeps at most `limit` entries but counts all.
pub(super) fn manifest(content: &OctetString, limit: usize) -> Result<ManifestContent, String> {
    let manifest = read(content, |cons| take_manifest(cons, limit))?;
    let mut names = HashSet::with_capacity(manifest.entries.len());
    for entry in &manifest.entries {
        if !names.insert(&entry.name) {
            return Err(format!("`{}` is listed twice", entry.name()));
        }
    }
    Ok(manifest)
}

fn take_manifest<S: Source>(
    cons: &mut Constructed<'_, S>,
    limit: usize,
) -> Result<ManifestContent, DecodeError<S::Error>> {
    cons.take_sequence(|cons| {
        cons.take_opt_constructed_if(Tag::CTX_0, |cons| cons.skip_u8_if(0))?;
        let number = Serial::take_from(cons)?;
        let this_update = Time::take_from(cons)?;
        let next_update = Time::take_from(cons)?;
        DigestAlgorithm::take_oid_from(cons)?;
        if this_update > next_update {
            return Err(cons.content_err("thisUpdate after nextUpdate"));
        }
        let mut entries = Vec::new();
        let mut count = 0_usize;
        cons.take_sequence(|cons| {
            while let Some(entry) = cons.take_opt_sequence(take_entry)? {
                count = count.saturating_add(1);
                if entries.len() < limit {
                    entries.push(entry);
                }
            }
            Ok(())
        })?;
        Ok(ManifestContent {
            number,
            this_update,
            next_update,
            entries,
            count,
        })
    })
}

fn take_entry<S: Source>(cons: &mut Constructed<'_, S>) -> Result<Entry, DecodeError<S::Error>> {
    let name = Ia5String::take_from(cons)?.into_bytes();
    if !is_file_name(&name) {
        return Err(cons.content_err("a file name that RFC 9286 section 4.2.2 does not allow"));
    }
    let hash = BitString::take_from(cons)?;
    let octets = hash.octet_slice().filter(|_| hash.unused() == 0);
    let Some(hash) = octets.and_then(|octets| <[u8; 32]>::try_from(octets).ok()) else {
        return Err(cons.content_err("a hash that is not one of SHA-256"));
    };
    Ok(Entry { name, hash })
}

/// Says whether a file name is one that a manifest may list (RFC 9286 section 4.2.2).
fn is_file_name(name: &[u8]) -> bool {
    let mut parts = name.split(|octet| *octet == b'.');
    let (Some(stem), Some(ending), None) = (parts.next(), parts.next(), parts.next()) else {
        return false;
    };
    let in_stem = |octet: &u8| octet.is_ascii_alphanumeric() || matches!(octet, b'-' | b'_');
    !stem.is_empty()
        && stem.iter().all(in_stem)
        && ending.len() == 3
        && ending.iter().all(u8::is_ascii_alphabetic)
}

/// Reads a ROA.
pub(super) fn roa(content: &OctetString) -> Result<RoaContent, String> {
    read(content, take_roa)
}

fn take_roa<S: Source>(cons: &mut Constructed<'_, S>) -> Result<RoaContent, DecodeError<S::Error>> {
    cons.take_sequence(|cons| {
        cons.take_opt_constructed_if(Tag::CTX_0, |cons| cons.skip_u8_if(0))?;
        let asn = cons.take_u32()?;
        let (mut ipv4, mut ipv6) = (None, None);
        cons.take_sequence(|cons| {
            while let Some(()) = cons.take_opt_sequence(|cons| {
                let family = AddressFamily::take_from(cons)?;
                let slot = match family {
                    AddressFamily::Ipv4 => &mut ipv4,
                    AddressFamily::Ipv6 => &mut ipv6,
                };
                if slot.is_some() {
                    return Err(cons.content_err("an address family twice"));
                }
                *slot = Some(take_prefixes(cons, family.max_addr_len())?);
                Ok(())
            })? {}
            Ok(())
        })?;
        if ipv4.is_none() && ipv6.is_none() {
            return Err(cons.content_err("no address family"));
        }
        Ok(RoaContent {
            asn,
            ipv4: ipv4.unwrap_or_default(),
            ipv6: ipv6.unwrap_or_default(),
        })
    })
}

/// Takes the prefixes of one family, whose addresses have `longest` bits.
fn take_prefixes<S: Source>(
    cons: &mut Constructed<'_, S>,
    longest: u8,
) -> Result<Vec<RoaPrefix>, DecodeError<S::Error>> {
    let mut prefixes = Vec::new();
    cons.take_sequence(|cons| {
        while let Some(prefix) = cons.take_opt_sequence(|cons| {
            let prefix = Prefix::take_from(cons)?;
            let max_length = cons.take_opt_u8()?.unwrap_or(prefix.addr_len());
            if prefix.addr_len() > longest {
                return Err(cons.content_err("a prefix longer than an address"));
            }
            if max_length < prefix.addr_len() || max_length > longest {
                return Err(cons.content_err("a maxLength that does not fit its prefix"));
            }
            Ok(RoaPrefix { prefix, max_length })
        })? {
            prefixes.push(prefix);
        }
        Ok(())
    })?;
    if prefixes.is_empty() {
        return Err(cons.content_err("an address family without prefixes"));
    }
    Ok(prefixes)
}

/// Reads an ASPA.
pub(super) fn aspa(content: &OctetString) -> Result<AspaContent, String> {
    read(content, take_aspa)
}

fn take_aspa<S: Source>(
    cons: &mut Constructed<'_, S>,
) -> Result<AspaContent, DecodeError<S::Error>> {
    cons.take_sequence(|cons| {
        cons.take_constructed_if(Tag::CTX_0, |cons| cons.skip_u8_if(1))?;
        let customer = cons.take_u32()?;
        if customer == 0 {
            return Err(cons.content_err("AS0 as customer"));
        }
        let mut providers: Vec<u32> = Vec::new();
        cons.take_sequence(|cons| {
            while let Some(provider) = cons.take_opt_u32()? {
                if provider == customer {
                    return Err(cons.content_err("the customer as its own provider"));
                }
                if providers.last().is_some_and(|last| *last >= provider) {
                    return Err(cons.content_err("providers not in ascending order"));
                }
                if providers.len() >= MAX_PROVIDERS {
                    return Err(cons.content_err("more than 10,000 providers"));
                }
                providers.push(provider);
            }
            Ok(())
        })?;
        if providers.is_empty() {
            return Err(cons.content_err("no provider"));
        }
        if providers.len() > 1 && providers.first() == Some(&0) {
            return Err(cons.content_err("AS0 beside other providers"));
        }
        Ok(AspaContent {
            customer,
            providers,
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn name(name: &str, fits: bool) {
        assert_eq!(is_file_name(name.as_bytes()), fits, "{name}");
    }

    #[test]
    fn a_listed_name_has_one_dot_and_three_letters_behind_it() {
        name("a.roa", true);
        name("A-_9.cer", true);
        name(".roa", false);
        name("a.roas", false);
        name("a.b.roa", false);
        name("../a.roa", false);
        name("a/b.roa", false);
        name("a", false);
        name("a.r0a", false);
    }

    fn octets(hex: &str) -> OctetString {
        let octets = data_encoding::HEXLOWER_PERMISSIVE.decode(hex.as_bytes());
        OctetString::new(Bytes::from(octets.unwrap()))
    }

    #[test]
    fn a_roa_without_maxlength_has_the_prefix_length() {
        // AS 64496: 10.0.0.0/8, and 10.0.0.0/8 up to 24.
        let roa = roa(&octets(
            "301e020300fbf03017301504020001300f30040302000a30070302000a020118",
        ))
        .unwrap();
        assert_eq!(roa.asn, 64496);
        let lengths: Vec<_> = roa.ipv4.iter().map(|p| p.max_length).collect();
        assert_eq!(lengths, [8, 24]);
    }

    #[test]
    fn a_roa_with_a_family_twice_is_refused() {
        let family = "300b0402000130053003030100";
        let both = format!("3021020300fbf0301a{family}{family}");
        assert!(roa(&octets(&both)).unwrap_err().contains("twice"));
    }

    #[test]
    fn an_aspa_is_read_and_what_is_wrong_is_named() {
        let good = aspa(&octets("3011a003020101020200fb3006020101020102"));
        let good = good.unwrap();
        assert_eq!(
            (good.customer, good.providers.as_slice()),
            (251, [1, 2].as_slice())
        );
        #[track_caller]
        fn wrong(list: &str, words: &str) {
            let text = format!("3011a003020101020200fb3006{list}");
            let error = aspa(&octets(&text)).unwrap_err();
            assert!(error.contains(words), "{error}");
        }
        wrong("020102020101", "ascending");
        wrong("020101020101", "ascending");
        wrong("020100020101", "AS0 beside");
        wrong("020101020200", "");
    }
}
