//! What a scenario may need of the machine that runs it.

/// Programs that probes run, alphabetically. One that is missing is our fault: `error`.
pub const PROGRAMS: &[&str] = &["fort", "routinator", "rpki-client", "rsync"];

/// What the machine or its settings have beside programs, alphabetically.
const CIRCUMSTANCES: &[&str] = &["credentials", "ipv4", "ipv6"];

/// Says whether a need is one of a program of this machine.
pub fn is_program(need: &str) -> bool {
    PROGRAMS.contains(&need)
}

/// Says whether a need is one of this machine, not of a registry.
pub fn is_local(need: &str) -> bool {
    is_program(need) || CIRCUMSTANCES.contains(&need)
}
