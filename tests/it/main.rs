//! Integration tests, one binary.
#![expect(clippy::unwrap_used, reason = "a test may die of surprise")]

mod asking;
mod calendar;
mod catalogue;
mod cells;
mod commands;
mod corpus;
mod executor;
mod fault_walk;
mod folder;
mod golden;
mod hostile;
mod icann_server;
mod journal;
mod judging;
mod language;
mod layers;
mod mock_faults;
mod mock_serve;
mod mock_world;
mod oracles;
mod planning;
mod rdap_rules;
mod readme_steps;
mod real_rdap;
mod real_rpki;
mod relying_party;
mod replay;
mod reports;
mod resume;
mod rpki_faults;
mod rpki_mock;
mod rpki_probe;
mod rpki_tree;
mod rsync_daemon;
mod whole_suite;
