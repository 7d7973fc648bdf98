//! The mock world: five registries that answer like real ones, on loopback.
//!
//! [`answer`] is a pure function of a [`World`], a [`Request`] and a time; sockets
//! ([`serve`]) are one front of it, a direct transport another. The room sees the
//! ground only: it shares no parser with what judges it, so that two wrongs cannot
//! cancel.

mod answer;
mod bootstrap;
mod decode;
mod dns;
mod document;
mod ecdsa;
pub mod fault;
pub mod files;
pub mod irr;
mod kept;
mod number;
mod rdap;
mod request;
pub mod rpki;
pub mod serve;
mod whois;
pub mod world;

pub use answer::{Sound, answer};
pub use decode::Word;
pub use number::{Block, NotABlock, ReverseName, Space};
pub use request::{Answer, BadCertificate, Body, IpFamily, Request, Scheme, Wire};
pub use world::World;
