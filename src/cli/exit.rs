//! Exit codes, each with the sentence that documents it.

/// How the program ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// The gate is met, or the verb did its work.
    Met,
    /// An unexpected failure at or above the gate's level, an expired waiver, or findings of the verb.
    Failed,
    /// Usage, lint or configuration error; nothing was asked.
    Usage,
    /// No unexpected failure, but a gated check could not be judged.
    Unjudged,
    /// Nothing was selected.
    Nothing,
    /// Internal error.
    Internal,
    /// Interrupted; the bundle can be resumed.
    Interrupted,
}

impl Exit {
    /// All of them, in the order of their codes.
    pub const ALL: &'static [Self] = &[
        Self::Met,
        Self::Failed,
        Self::Usage,
        Self::Unjudged,
        Self::Nothing,
        Self::Internal,
        Self::Interrupted,
    ];

    /// Returns the process exit code.
    pub const fn code(self) -> u8 {
        match self {
            Self::Met => 0,
            Self::Failed => 1,
            Self::Usage => 2,
            Self::Unjudged => 3,
            Self::Nothing => 4,
            Self::Internal => 70,
            Self::Interrupted => 130,
        }
    }

    /// Returns the sentence of the exit-code table.
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::Met => "gate met",
            Self::Failed => "unexpected failure at or above the gate's level, or an expired waiver",
            Self::Usage => "usage, lint or configuration error; nothing was asked",
            Self::Unjudged => "no unexpected failure, but a gated check could not be judged",
            Self::Nothing => "nothing selected",
            Self::Internal => "internal error",
            Self::Interrupted => "interrupted; the bundle can be resumed",
        }
    }

    /// Returns the one that holds if several apply: 70, 2, 130, 1, 3, 4, 0.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        if self.rank() <= other.rank() {
            self
        } else {
            other
        }
    }

    const fn rank(self) -> u8 {
        match self {
            Self::Internal => 0,
            Self::Usage => 1,
            Self::Interrupted => 2,
            Self::Failed => 3,
            Self::Unjudged => 4,
            Self::Nothing => 5,
            Self::Met => 6,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_weightiest_exit_holds() {
        let order = [70, 2, 130, 1, 3, 4, 0];
        for a in Exit::ALL {
            for b in Exit::ALL {
                let rank = |e: &Exit| order.iter().position(|c| *c == e.code()).unwrap();
                let expected = if rank(a) <= rank(b) { a } else { b };
                assert_eq!(a.or(*b), *expected);
            }
        }
    }
}
