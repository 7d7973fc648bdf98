//! The number world: who holds what, and how each registry speaks about it.
//!
//! The world is data (`scenarios/worlds/five.yaml`). It is kept as its node tree
//! too, so that a fault can edit the tree and have the world read again.

mod care;
mod dialect;
mod edit;
mod identity;
mod model;
mod read;
mod read_dialect;
mod read_transfers;
mod references;
mod rehearsal;
mod rpki;

pub use dialect::{
    Adr, AutnumModel, Contacts, Dialect, Foreign, HandleForm, HostBits, LinkValue, NameForm,
    Notice, NoticeLink, Search, SelfForm, Shown, Special, Tel, Truncation,
};
pub use edit::NodeEdit;
pub(super) use identity::Identity;
pub use model::{
    Autnum, Contact, Dates, Delegation, Dns, Ds, Holder, HttpService, NameServer, Network,
    Operator, Party, Ports, SpecialBlock, Transfer, TransferKind, WhoisService, WhoisStyle, World,
    WorldError, Zone,
};
