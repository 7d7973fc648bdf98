//! Reads what a world file says of a registry's RPKI and makes a plan of it.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::consensus::{self, Agreement, Numbers};
use super::issue::hour;
use super::plan::{Authority, Plan, Product, Repository, Successor, What};
use super::read_products::{about, aspa, checklist, ghostbusters, prefix_list, roa, router};
use super::resources::Resources;
use crate::mock::decode::Decoder;
use crate::mock::number::Block;
use crate::mock::world::{Operator, Transfer};
use crate::yaml::Node;

/// Keys of authorities that each registry has for itself.
pub(in crate::mock) const KEYS: usize = 9;
/// Keys of each authority that sign manifests; a prime, so that no usual time between two
/// manifests is a multiple.
const MANIFEST_KEYS: usize = 11;
/// Keys of objects, which each registry may use once in a state.
const ONE_OFF_KEYS: usize = 40;

/// What is known of the world while a plan is read.
#[derive(Debug)]
pub(in crate::mock) struct Surroundings<'a> {
    /// Every operator, whose holders hold what is certified.
    pub(in crate::mock) operators: &'a BTreeMap<String, Operator>,
    /// What moved between them.
    pub(in crate::mock) transfers: &'a [Transfer],
    /// What is about to move.
    pub(in crate::mock) pending: &'a [Transfer],
    /// What nobody holds.
    pub(in crate::mock) special: &'a Resources,
    /// What trust anchors agree on; `None` where they agree on nothing.
    pub(in crate::mock) agreement: Option<&'a Agreement>,
    /// The registry.
    pub(in crate::mock) operator: &'a Operator,
    /// Its place among those that have an RPKI.
    pub(in crate::mock) number: usize,
}

/// How long things of a kind last, in hours.
#[derive(Clone, Copy, Debug)]
struct Habit {
    window: i64,
    every: i64,
    valid: i64,
    renewed: i64,
}

/// Reads a plan; mistakes are complained of.
pub(in crate::mock) fn plan(d: &Decoder, node: &Node, world: &Surroundings<'_>) -> Option<Plan> {
    d.known(
        node,
        &[
            "tal",
            "comment",
            "certificate",
            "constraints",
            "statement",
            "self_named",
            "repositories",
            "members",
            "objects",
            "anchor",
            "successor",
            "consensus",
        ],
    );
    let names: Vec<(String, Repository)> = d
        .entries(d.member(node, "repositories")?)
        .iter()
        .filter_map(|e| Some((e.key.clone(), repository(d, &e.key, &e.value)?)))
        .collect();
    let general = Habit {
        window: 24,
        every: 8,
        valid: 24 * 400,
        renewed: 24 * 180,
    };
    let members = node
        .get("members")
        .map_or(general, |n| habit(d, n, general, &[]));
    let objects = node
        .get("objects")
        .map_or(general, |n| habit(d, n, general, &[]));
    let mut reader = Reader {
        d,
        world,
        repositories: names.iter().map(|(_, r)| r.clone()).collect(),
        members,
        objects,
        names: Vec::new(),
        staged: 0,
        products: 0,
    };
    let everything = Resources::of(
        ["0.0.0.0/0", "::/0", "AS0-AS4294967295"]
            .iter()
            .filter_map(|t| Block::parse(t).ok()),
    );
    let anchor = d.member(node, "anchor")?;
    let mut authority = reader.authority("anchor", anchor, &everything, 0)?;
    let consensus = reader.consensus(node);
    for copy in 0..consensus.as_ref().map_or(0, |consensus| consensus.copies) {
        authority.products.push(Product {
            label: format!("rdc-{}", copy + 1),
            key: reader.products,
            valid: reader.objects.valid,
            renewed: reader.objects.renewed,
            what: What::Consensus,
        });
        reader.products += 1;
    }
    check_steps(d, anchor, &reader.repositories, &authority);
    let names = reader.names.len() + reader.staged;
    let names = names + usize::from(node.get("successor").is_some());
    if names > KEYS {
        d.complain(
            anchor.span,
            format!(
                "there are {} authorities; at most {KEYS} have keys of their own",
                names
            ),
        );
    }
    if reader.products + 2 * names > ONE_OFF_KEYS {
        d.complain(
            anchor.span,
            format!("there are too many objects for {ONE_OFF_KEYS} keys that are each used once"),
        );
    }
    let successor = node.get("successor");
    let successor = successor.and_then(|node| successor_of(d, node, &authority, reader.products));
    Some(Plan {
        operator: world.operator.id.clone(),
        tal: d.text(node, "tal")?,
        comment: d.texts(node, "comment"),
        certificate: d.texts(node, "certificate"),
        constraints: d.optional_text(node, "constraints"),
        statement: d.optional_text(node, "statement"),
        self_named: d.flag(node, "self_named"),
        repositories: reader.repositories,
        anchor: authority,
        successor,
        consensus,
        signers: reader.products,
        spoils: Vec::new(),
        sudden: Vec::new(),
        feeds: Vec::new(),
        modules: Vec::new(),
    })
}

/// Reads what follows a trust anchor: it does everything as the trust anchor does, with another
/// key, the first after those of the plan's authorities.
fn successor_of(
    d: &Decoder,
    node: &Node,
    anchor: &Authority,
    products: usize,
) -> Option<Successor> {
    d.known(node, &["certificate"]);
    d.member(node, "certificate")?;
    let all = anchor.all();
    let key = all.iter().map(|a| a.key).max().unwrap_or(anchor.key) + 1;
    // Its manifests have the keys after those of all others, and its key object the one after them.
    let manifests: usize = all.iter().map(|a| a.turns).sum();
    let mut taks = anchor.products.clone();
    taks.retain(|product| product.what == What::Tak);
    for tak in &mut taks {
        tak.key = products + manifests + anchor.turns;
    }
    if taks.is_empty() {
        d.complain(
            node.span,
            "a trust anchor names its successor with `tak: true`",
        );
    }
    Some(Successor {
        certificate: d.texts(node, "certificate"),
        authority: Authority {
            name: "successor".to_owned(),
            folder: "successor".to_owned(),
            key,
            products: taks,
            ..anchor.clone()
        },
    })
}

/// Checks that every repository has an authority that publishes at every step: no delta is empty.
fn check_steps(d: &Decoder, node: &Node, repositories: &[Repository], anchor: &Authority) {
    for (index, repository) in repositories.iter().enumerate() {
        let steady = |a: &&Authority| a.repository == index && a.every == repository.step;
        if !anchor.all().iter().any(steady) {
            d.complain(
                node.span,
                format!(
                    "nobody publishes in `{}` at every step of {} hours",
                    repository.name, repository.step
                ),
            );
        }
    }
}

fn repository(d: &Decoder, name: &str, node: &Node) -> Option<Repository> {
    d.known(node, &["notify", "base", "step_hours", "deltas", "died"]);
    let died: Option<Timestamp> = d.optional(node, "died", "a time such as `2026-11-21T10:00:00Z`");
    Some(Repository {
        name: name.to_owned(),
        notify: d.text(node, "notify")?,
        base: d.text(node, "base")?,
        step: d
            .optional(node, "step_hours", "a number of hours")
            .filter(|h| *h > 0)
            .unwrap_or(1),
        deltas: d
            .optional(node, "deltas", "a number of deltas")
            .unwrap_or(6),
        died: died.map(hour),
    })
}

fn habit(d: &Decoder, node: &Node, general: Habit, more: &[&'static str]) -> Habit {
    d.known(
        node,
        &[
            &["window_hours", "every_hours", "valid_days", "renewed_days"],
            more,
        ]
        .concat(),
    );
    let hours = |key: &str, unit: i64, default: i64| {
        let found: Option<i64> = d.optional(node, key, "a whole number above 0");
        found
            .filter(|n| *n > 0)
            .map_or(default, |n| n.saturating_mul(unit))
    };
    Habit {
        window: hours("window_hours", 1, general.window),
        every: hours("every_hours", 1, general.every),
        valid: hours("valid_days", 24, general.valid),
        renewed: hours("renewed_days", 24, general.renewed),
    }
}

struct Reader<'a> {
    d: &'a Decoder,
    world: &'a Surroundings<'a>,
    repositories: Vec<Repository>,
    members: Habit,
    objects: Habit,
    /// Names of authorities so far.
    names: Vec<String>,
    /// Authorities so far whose next key is certified too.
    staged: usize,
    /// Products so far.
    products: usize,
}

impl Reader<'_> {
    /// Reads what the registry publishes of a consensus.
    fn consensus(&self, node: &Node) -> Option<consensus::Consensus> {
        let numbers = Numbers {
            agreement: self.world.agreement?,
            operators: self.world.operators,
            transfers: self.world.transfers,
            pending: self.world.pending,
            special: self.world.special,
            own: &self.world.operator.id,
        };
        consensus::read(self.d, node.get("consensus")?, &numbers)
    }

    fn authority(
        &mut self,
        name: &str,
        node: &Node,
        above: &Resources,
        repository: usize,
    ) -> Option<Authority> {
        let d = self.d;
        let habit = habit(
            d,
            node,
            self.members,
            &[
                "holds",
                "holder",
                "claims",
                "repository",
                "roas",
                "aspas",
                "routers",
                "ghostbusters",
                "prefix_lists",
                "checklists",
                "tak",
                "staged",
                "taks",
                "authorities",
            ],
        );
        let repository = match d.optional_text(node, "repository") {
            None => repository,
            Some(text) => {
                let found = self.repositories.iter().position(|r| r.name == text);
                if found.is_none() {
                    d.complain(node.span, format!("there is no repository `{text}`"));
                }
                found?
            }
        };
        if self.names.iter().any(|n| n == name) {
            d.complain(node.span, format!("there are two authorities `{name}`"));
        }
        self.names.push(name.to_owned());
        let key = self.world.number * KEYS + self.names.len() - 1;
        let holds = self.holds(node)?.and(above);
        if holds.is_empty() {
            d.complain(node.span, format!("`{name}` holds nothing"));
        }
        // Only under a fault: what its certificate claims and its issuer does not have.
        let claims = d.texts(node, "claims");
        let claims = claims.iter().filter_map(|text| Block::parse(text).ok());
        let holds = Resources::of(holds.blocks().copied().chain(claims));
        let step = self.repositories.get(repository).map_or(1, |r| r.step);
        for (what, hours) in [
            ("every_hours", habit.every),
            ("renewed_days", habit.renewed),
        ] {
            if hours % step != 0 {
                d.complain(
                    node.span,
                    format!("`{what}` is no multiple of the repository's {step} hours"),
                );
            }
        }
        let products = self.products(node, &holds, step);
        let mut below = Vec::new();
        for entry in node.get("authorities").map_or(&[][..], |n| d.entries(n)) {
            let child = self.authority(&entry.key, &entry.value, &holds, repository);
            let staged = child.as_ref().filter(|_| d.flag(&entry.value, "staged"));
            let staged = staged.map(|child| self.staged(child));
            below.extend(child);
            below.extend(staged);
        }
        Some(Authority {
            name: name.to_owned(),
            folder: name.to_owned(),
            key,
            repository,
            holds,
            window: habit.window,
            every: habit.every,
            valid: habit.valid,
            renewed: habit.renewed,
            products,
            turns: MANIFEST_KEYS,
            below,
        })
    }

    /// Returns what an authority becomes with its next key, which is certified and signs nothing yet
    /// (RFC 6489, section 2).
    fn staged(&mut self, current: &Authority) -> Authority {
        self.staged += 1;
        Authority {
            name: format!("{}-next", current.name),
            // From the end of the registry's keys, so that nobody else has another one for it.
            key: (self.world.number + 1) * KEYS - self.staged,
            products: Vec::new(),
            below: Vec::new(),
            ..current.clone()
        }
    }

    /// Reads what an authority holds: what the number world says of a holder, or blocks.
    fn holds(&self, node: &Node) -> Option<Resources> {
        let d = self.d;
        if let Some(handle) = d.optional_text(node, "holder") {
            let found = self
                .world
                .operators
                .values()
                .find(|o| o.holders.contains_key(&handle));
            if found.is_none() {
                d.complain(node.span, format!("there is no holder `{handle}`"));
            }
            return found.map(|operator| held(operator, &handle));
        }
        d.member(node, "holds")?;
        let mut blocks = Vec::new();
        for item in d.items(node, "holds") {
            let text = d.scalar(item)?;
            match text.as_str() {
                "all" => blocks.extend(["0.0.0.0/0", "::/0", "AS0-AS4294967295"].iter().filter_map(|t| Block::parse(t).ok())),
                "delegated" => blocks.extend(self.delegated().blocks()),
                "transferred" => blocks.extend(self.moved(|t| t.to == self.world.operator.id).blocks()),
                _ => match Block::parse(&text) {
                    Ok(block) => blocks.push(block),
                    Err(_) => d.complain(item.span, format!("`{text}` is neither `all`, `delegated`, `transferred`, a prefix, a range nor AS numbers")),
                },
            }
        }
        Some(Resources::of(blocks))
    }

    /// Returns what is in the registry's care: what was delegated to it, less what left it.
    fn delegated(&self) -> Resources {
        let its = self.world.operator.delegated.iter().map(|d| d.block);
        Resources::of(its).without(&self.moved(|t| t.from == self.world.operator.id))
    }

    /// Returns what some transfers moved.
    fn moved(&self, which: impl Fn(&Transfer) -> bool) -> Resources {
        let moved = self.world.transfers.iter().filter(|t| which(t));
        Resources::of(moved.map(|t| t.block))
    }

    fn products(&mut self, node: &Node, holds: &Resources, step: i64) -> Vec<Product> {
        let d = self.d;
        let mut all = Vec::new();
        let roas = d.items(node, "roas").iter();
        all.extend(
            roas.enumerate()
                .filter_map(|(i, n)| self.product("roa", i, n, &["origin", "prefixes"], roa)),
        );
        let aspas = d.items(node, "aspas").iter();
        all.extend(
            aspas
                .enumerate()
                .filter_map(|(i, n)| self.product("aspa", i, n, &["customer", "providers"], aspa)),
        );
        let routers = d.items(node, "routers").iter();
        all.extend(
            routers
                .enumerate()
                .filter_map(|(i, n)| self.product("router", i, n, &["asn"], router)),
        );
        let records = d.items(node, "ghostbusters").iter();
        all.extend(records.enumerate().filter_map(|(i, n)| {
            self.product("ghostbusters", i, n, &["name", "email"], ghostbusters)
        }));
        let checked = d.items(node, "checklists").iter();
        all.extend(
            checked
                .enumerate()
                .filter_map(|(i, n)| self.product("checklist", i, n, &["asn", "file"], checklist)),
        );
        let lists = d.items(node, "prefix_lists").iter();
        all.extend(lists.enumerate().filter_map(|(i, n)| {
            self.product("prefix-list", i, n, &["origin", "prefixes"], prefix_list)
        }));
        let taks: Option<usize> = d.optional(node, "taks", "a number of objects");
        for i in 0..taks
            .unwrap_or_else(|| usize::from(d.flag(node, "tak")))
            .min(8)
        {
            all.extend(self.product("tak", i, node, &[], |_, _| Some(What::Tak)));
        }
        for product in &mut all {
            product.key = self.products;
            self.products += 1;
            if product.renewed % step != 0 {
                d.complain(
                    node.span,
                    format!(
                        "`{}` is not renewed at a multiple of the repository's {step} hours",
                        product.label
                    ),
                );
            }
            for block in about(&product.what) {
                if !holds.covers(&block) {
                    d.complain(
                        node.span,
                        format!(
                            "`{}` is about `{block}`, which the authority does not hold",
                            product.label
                        ),
                    );
                }
            }
        }
        all
    }

    fn product(
        &self,
        kind: &str,
        index: usize,
        node: &Node,
        keys: &[&'static str],
        read: impl Fn(&Decoder, &Node) -> Option<What>,
    ) -> Option<Product> {
        let d = self.d;
        let what = read(d, node)?;
        if what != What::Tak {
            d.known(node, &[keys, &["valid_days", "renewed_hours"]].concat());
        }
        let own = |key: &str, unit: i64| -> Option<i64> {
            let number: Option<i64> = d
                .optional(node, key, "a whole number above 0")
                .filter(|_| what != What::Tak);
            number.filter(|n| *n > 0).map(|n| n.saturating_mul(unit))
        };
        Some(Product {
            label: format!("{kind}-{}", index + 1),
            key: 0,
            valid: own("valid_days", 24).unwrap_or(self.objects.valid),
            renewed: own("renewed_hours", 1).unwrap_or(self.objects.renewed),
            what,
        })
    }
}

/// Returns what a holder was given: its networks that lie in nobody else's, and its AS numbers.
fn held(operator: &Operator, handle: &str) -> Resources {
    let inside = |block: &Block| {
        operator
            .networks
            .iter()
            .any(|n| n.holder != handle && n.block.covers(block))
    };
    let networks = operator.networks.iter().filter(|n| n.holder == handle);
    let networks = networks.map(|n| n.block).filter(|block| !inside(block));
    let autnums = operator.autnums.iter().filter(|a| a.holder == handle);
    Resources::of(networks.chain(autnums.map(|a| a.block)))
}
