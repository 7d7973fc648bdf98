//! What this machine has: address families, credentials, programs.

use super::shell::Shell;
use crate::bundle::Here;
use crate::mock::serve::Served;
use crate::scenario::local::PROGRAMS;
use crate::scenario::model::Target;
use crate::transport::{Family, machine};

/// Looks at this machine for a target; a served mock world says which families it has.
pub fn look(target: &Target, served: Option<&Served>, shell: &Shell) -> Here {
    let credentials = &target.access.credentials;
    Here {
        ipv4: served.is_some() || machine::family(Family::Ipv4).route,
        ipv6: served.map_or_else(|| machine::family(Family::Ipv6).route, Served::has_ipv6),
        credentials: credentials
            .iter()
            .all(|c| shell.variable(&c.variable).is_some()),
        programs: programs(shell),
    }
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
