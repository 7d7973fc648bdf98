//! A repository as large as one likes, for benchmarks: one trust anchor, five registries, members.
//!
//! It is made by the same builders as the repositories of the world, and written as it is
//! made: of a repository of half a million objects only a few thousand are in memory.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write as _};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use rayon::iter::{IntoParallelRefIterator as _, ParallelIterator as _};

use super::issue::{self, Published, Spot};
use super::keys::{KeyError, MIXED};
use super::plan::{Authority, Plan, Prefix, Product, Repository, What, path};
use super::resources::Resources;
use super::rrdp::Stream;
use super::{tal, tree};
use crate::mock::number::{Block, Space};

/// Registries below the trust anchor.
const REGISTRIES: usize = 5;

/// ROAs of a member; every fourth has an IPv6 prefix too.
const ROAS: usize = 100;

/// Objects of a member: its ROAs, an ASPA, a certificate, a revocation list, a manifest.
const OF_MEMBER: usize = ROAS + 4;

/// Objects of registries and trust anchor: five certificates, six revocation lists and manifests.
const ABOVE: usize = REGISTRIES + 2 * (REGISTRIES + 1);

/// Most members: every authority has a key of its own, and there are some 60,000.
const MOST_MEMBERS: usize = 60_000;

/// Hours after which certificates are issued anew.
const YEAR: i64 = 365 * 24;

/// Hours for which they are valid: what is issued anew next hour holds as long as a new manifest.
const VALID: i64 = YEAR + WINDOW;

/// Hours for which manifests and revocation lists hold.
const WINDOW: i64 = 72;

/// Hours between them.
const EVERY: i64 = 24;

/// AS numbers of a member.
const ASNS: u128 = 10;

/// Authorities whose objects are in memory together.
const TOGETHER: usize = 64;

/// Name of the trust anchor, and of its locator's file.
const NAME: &str = "bench";

/// How large a generated repository is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scale {
    members: usize,
}

impl Scale {
    /// Returns the scale with about so many objects: at least 121, and at most some six million.
    ///
    /// 20,817 objects are 200 members with 20,000 ROAs and 200 ASPAs.
    pub fn of_objects(objects: usize) -> Self {
        let members = objects.saturating_sub(ABOVE).saturating_add(OF_MEMBER / 2) / OF_MEMBER;
        Self {
            members: members.clamp(1, MOST_MEMBERS),
        }
    }

    /// Returns how many objects there are, the trust anchor's certificate not counted.
    pub const fn objects(self) -> usize {
        ABOVE + OF_MEMBER * self.members
    }

    /// Returns how many members there are, each an authority with one ASPA.
    pub const fn members(self) -> usize {
        self.members
    }

    /// Returns how many validated ROA payloads there are.
    pub const fn vrps(self) -> usize {
        self.members * (ROAS + ROAS / 4)
    }

    /// Returns how many signatures a relying party verifies: of a signed object two, of everything else one.
    pub const fn signatures(self) -> usize {
        let authorities = 1 + REGISTRIES + self.members;
        let signed = self.members * (ROAS + 1) + authorities;
        2 * signed + 2 * authorities
    }
}

/// Where the parts of a generated repository are.
#[derive(Clone, Debug)]
pub struct Generated {
    /// The trust anchor locator.
    pub tal: PathBuf,
    /// The trust anchor's certificate.
    pub certificate: PathBuf,
    /// All objects by host, module and path of their rsync URIs, and the trust anchor's certificate
    /// again as rpki-client wants it.
    pub cache: PathBuf,
    /// What the host serves by HTTPS, by path.
    pub served: PathBuf,
    /// The notification file, below `served`.
    pub notification: PathBuf,
}

impl Generated {
    /// Returns where the parts are of a repository that was generated into a folder.
    pub fn within(folder: &Path) -> Self {
        let served = folder.join("served");
        Self {
            tal: folder.join("tals").join(format!("{NAME}.tal")),
            certificate: served.join("ta/ta.cer"),
            cache: folder.join("cache"),
            notification: served.join("rrdp/notification.xml"),
            served,
        }
    }
}

/// Why a repository was not generated.
#[derive(Debug, thiserror::Error)]
pub enum GenerateError {
    /// Nothing can be signed.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// Something cannot be written.
    #[error("writing the repository: {0}")]
    Write(#[from] io::Error),
}

/// Generates a repository into a folder, on all threads of the current rayon pool.
///
/// Everything follows from scale and hour. Manifests hold for two days at least, everything else
/// for longer. The locator is written last: where there is one, the repository is whole.
///
/// # Errors
///
/// [`GenerateError::Key`] if the committed test keys cannot be used, [`GenerateError::Write`]
/// with what the file system refuses.
pub fn generate(scale: Scale, now: Timestamp, folder: &Path) -> Result<Generated, GenerateError> {
    let plan = plan(scale);
    let hour = issue::hour(now);
    let spots = Spot::all(&plan)?;
    let (Some(anchor), Some(repository)) = (spots.first(), plan.repositories.first()) else {
        return Err(KeyError.into());
    };
    let parts = Generated::within(folder);
    let certificate = anchor.anchor(hour)?;
    let again = parts.cache.join("ta").join(NAME).join("ta.cer");
    let own = parts.cache.join(tree::place(&certificate.uri)?);
    for place in [&parts.certificate, &again, &own] {
        tree::write(place, &certificate.octets, Some(certificate.time))?;
    }
    let mut stream = Stream::begin(repository, NAME, hour);
    let snapshot = parts
        .served
        .join(path(&stream.url()).trim_start_matches('/'));
    if let Some(above) = snapshot.parent() {
        fs::create_dir_all(above)?;
    }
    let mut out = BufWriter::new(File::create(snapshot)?);
    for some in spots.chunks(TOGETHER) {
        let made: Result<Vec<Vec<Published>>, GenerateError> = some
            .par_iter()
            .map(|spot| {
                let files = spot.publish(hour)?;
                for file in &files {
                    let place = parts.cache.join(tree::place(&file.uri)?);
                    tree::write(&place, &file.octets, Some(file.time))?;
                }
                Ok(files)
            })
            .collect();
        for file in made?.iter().flatten() {
            stream.add(file);
        }
        stream.write(&mut out)?;
    }
    let notification = stream.finish(&mut out)?;
    out.flush()?;
    tree::write(&parts.notification, &notification, None)?;
    let text = tal(&plan, &anchor.key.info().encode());
    tree::write(&parts.tal, text.as_bytes(), None)?;
    Ok(parts)
}

fn plan(scale: Scale) -> Plan {
    let all = [Space::V4, Space::V6, Space::Asn].map(|space| Block {
        space,
        first: 0,
        last: space.max(),
    });
    let below = (0..REGISTRIES).map(|number| registry(number, scale));
    Plan {
        operator: NAME.to_owned(),
        tal: format!("https://rpki.bench.test/ta/{NAME}.tal"),
        comment: vec!["A repository for benchmarks, with public keys".to_owned()],
        certificate: vec![
            "https://rpki.bench.test/ta/ta.cer".to_owned(),
            "rsync://rpki.bench.test/ta/ta.cer".to_owned(),
        ],
        constraints: None,
        statement: None,
        self_named: false,
        repositories: vec![Repository {
            name: NAME.to_owned(),
            notify: "https://rpki.bench.test/rrdp/notification.xml".to_owned(),
            base: "rsync://rpki.bench.test/repo/".to_owned(),
            step: 1,
            deltas: 0,
            died: None,
        }],
        anchor: Authority {
            below: below.collect(),
            ..authority("anchor".to_owned(), 0, Resources::of(all))
        },
        successor: None,
        consensus: None,
        signers: 0,
        spoils: Vec::new(),
        sudden: Vec::new(),
        feeds: Vec::new(),
        modules: Vec::new(),
    }
}

/// Returns an authority that certifies nothing yet; its manifests have one key, as everything else has.
fn authority(name: String, number: usize, holds: Resources) -> Authority {
    Authority {
        folder: name.clone(),
        name,
        key: MIXED + number,
        repository: 0,
        holds,
        window: WINDOW,
        every: EVERY,
        valid: VALID,
        renewed: YEAR,
        products: Vec::new(),
        turns: 0,
        below: Vec::new(),
    }
}

/// The numbers of a registry: 2^29 IPv4 addresses, an IPv6 prefix of 12 bits, 1,000,000 AS numbers.
///
/// A member has of each the part with its number: a /17, a /32, ten AS numbers.
#[derive(Clone, Copy)]
struct Share {
    v4: u128,
    v6: u128,
    asn: u128,
}

impl Share {
    fn of(registry: usize) -> Self {
        let number = wide(registry);
        Self {
            v4: (number + 1) << 29,
            v6: (0x2400 + number * 0x10) << 112,
            asn: 1_000_000 * (number + 1),
        }
    }

    fn of_member(self, member: usize) -> Self {
        let number = wide(member);
        Self {
            v4: self.v4 + (number << 15),
            v6: self.v6 + (number << 96),
            asn: self.asn + number * ASNS,
        }
    }

    fn holds(self, v4_length: u32, v6_length: u32, asns: u128) -> Resources {
        let v4 = Block::prefix(Space::V4, self.v4, v4_length);
        let v6 = Block::prefix(Space::V6, self.v6, v6_length);
        let asns = Block {
            space: Space::Asn,
            first: self.asn,
            last: self.asn + asns - 1,
        };
        Resources::of([v4, v6, Some(asns)].into_iter().flatten())
    }

    fn asn(self, number: usize) -> u32 {
        u32::try_from(self.asn + wide(number) % ASNS).unwrap_or(u32::MAX)
    }
}

fn wide(number: usize) -> u128 {
    u128::try_from(number).unwrap_or(u128::MAX)
}

fn registry(number: usize, scale: Scale) -> Authority {
    let share = Share::of(number);
    let name = format!("registry-{}", number + 1);
    let own = (number..scale.members).step_by(REGISTRIES);
    let members = own.enumerate().map(|(place, member)| {
        let share = share.of_member(place);
        Authority {
            products: products(share),
            ..authority(
                format!("member-{}", member + 1),
                1 + REGISTRIES + member,
                share.holds(17, 32, ASNS),
            )
        }
    });
    Authority {
        below: members.collect(),
        ..authority(name, 1 + number, share.holds(3, 12, 1_000_000))
    }
}

/// Returns what a member signs.
fn products(share: Share) -> Vec<Product> {
    let product = |label, what| Product {
        label,
        key: 0,
        what,
        valid: VALID,
        renewed: YEAR,
    };
    let prefix = |space, address, length| Prefix {
        space,
        address,
        length,
        most: length,
    };
    let roas = (0..ROAS).map(|number| {
        let mut prefixes = vec![prefix(Space::V4, share.v4 + (wide(number) << 8), 24)];
        if number % 4 == 0 {
            prefixes.push(prefix(Space::V6, share.v6 + (wide(number) << 80), 48));
        }
        let what = What::Roa {
            origin: share.asn(number),
            prefixes,
        };
        product(format!("roa-{}", number + 1), what)
    });
    let aspa = What::Aspa {
        customer: share.asn(0),
        providers: vec![64_496, 64_500],
    };
    let aspa = product("aspa-1".to_owned(), aspa);
    roas.chain([aspa]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_repository_of_the_peers_figures_has_its_numbers() {
        let scale = Scale::of_objects(20_817);
        assert_eq!((scale.objects(), scale.members()), (20_817, 200));
        assert_eq!(scale.vrps(), 25_000);
        let payloads = plan(scale).payloads();
        assert_eq!((payloads.vrps.len(), payloads.aspas.len()), (25_000, 200));
        let large = Scale::of_objects(500_000).objects();
        assert!((499_900..500_100).contains(&large), "{large}");
    }

    #[test]
    fn nobody_holds_what_another_holds() {
        let plan = plan(Scale::of_objects(2_000));
        for registry in &plan.anchor.below {
            let outside = registry.holds.without(&plan.anchor.holds);
            assert!(outside.is_empty());
            for (number, member) in registry.below.iter().enumerate() {
                assert!(member.holds.without(&registry.holds).is_empty());
                let before = registry.below.iter().take(number);
                assert!(
                    before
                        .into_iter()
                        .all(|b| b.holds.and(&member.holds).is_empty())
                );
            }
        }
    }
}
