//! Integration tests, one binary.
#![expect(clippy::unwrap_used, reason = "a test may die of surprise")]

mod asking;
mod calendar;
mod catalogue;
mod cells;
mod commands;
mod consensus;
mod corpus;
mod executor;
mod fault_walk;
mod folder;
mod generated;
mod golden;
mod guides;
mod hostile;
mod icann_server;
mod journal;
mod judging;
mod krill;
mod language;
mod layers;
mod mock_faults;
mod mock_serve;
mod mock_world;
#[cfg(feature = "s3")]
mod objects;
mod oracles;
mod planning;
mod rdap_rules;
mod readme_steps;
mod real_rdap;
mod real_rpki;
mod real_stats;
mod relying_party;
mod replay;
mod reports;
mod resume;
mod reverse_dns;
mod rpki_faults;
mod rpki_mock;
mod rpki_probe;
mod rpki_series;
mod rpki_tree;
mod rsync_daemon;
mod site;
mod trace;
mod transfer_cases;
mod transfer_policy;
mod whole_suite;

/// What the program is built with: most of a test's time is small allocations.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;
