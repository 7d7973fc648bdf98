//! What this machine has: address families, credentials, programs.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, UdpSocket};

use super::shell::Shell;
use crate::bundle::Here;
use crate::mock::serve::Served;
use crate::scenario::local::PROGRAMS;
use crate::scenario::model::Target;
use crate::transport::machine;

/// Looks at this machine for a target; a served mock world says which families it has.
pub fn look(target: &Target, served: Option<&Served>, shell: &Shell) -> Here {
    let credentials = &target.access.credentials;
    Here {
        ipv4: served.is_some() || has_route((Ipv4Addr::new(192, 0, 2, 1), 9).into()),
        ipv6: served.map_or_else(
            || has_route((Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1), 9).into()),
            Served::has_ipv6,
        ),
        credentials: credentials
            .iter()
            .all(|c| shell.variable(&c.variable).is_some()),
        programs: programs(shell),
    }
}

/// Says whether this machine would know where to send a packet to an address; none is sent.
pub fn has_route(to: SocketAddr) -> bool {
    let from: SocketAddr = match to {
        SocketAddr::V4(_) => (Ipv4Addr::UNSPECIFIED, 0).into(),
        SocketAddr::V6(_) => (Ipv6Addr::UNSPECIFIED, 0).into(),
    };
    // Connecting a UDP socket asks the routing table and sends nothing.
    UdpSocket::bind(from)
        .and_then(|socket| socket.connect(to))
        .is_ok()
}

/// Says whether something can listen on `::1`.
pub fn has_ipv6_loopback() -> bool {
    TcpListener::bind((Ipv6Addr::LOCALHOST, 0)).is_ok()
}

/// Returns those programs that are found on the path.
pub fn programs(shell: &Shell) -> Vec<String> {
    let path = shell.variable("PATH").unwrap_or_default();
    PROGRAMS
        .iter()
        .filter(|name| machine::program(path, name).is_some())
        .map(|name| (*name).to_owned())
        .collect()
}
