//! True, false, or not known: Kleene's strong logic of three values.

/// A truth value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Truth {
    False,
    Unknown,
    True,
}

impl Truth {
    /// The lesser of the two.
    pub(crate) fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::False, _) | (_, Self::False) => Self::False,
            (Self::True, Self::True) => Self::True,
            _ => Self::Unknown,
        }
    }

    /// The greater of the two.
    pub(crate) fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::True, _) | (_, Self::True) => Self::True,
            (Self::False, Self::False) => Self::False,
            _ => Self::Unknown,
        }
    }

    pub(crate) fn is_true(self) -> bool {
        self == Self::True
    }

    pub(crate) fn is_false(self) -> bool {
        self == Self::False
    }

    pub(crate) fn is_unknown(self) -> bool {
        self == Self::Unknown
    }
}

impl From<bool> for Truth {
    fn from(value: bool) -> Self {
        if value { Self::True } else { Self::False }
    }
}

impl std::ops::Not for Truth {
    type Output = Self;

    fn not(self) -> Self {
        match self {
            Self::False => Self::True,
            Self::Unknown => Self::Unknown,
            Self::True => Self::False,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Truth::{self, False, True, Unknown};

    #[test]
    fn what_is_not_known_stays_so_unless_it_does_not_matter() {
        let check = |a: Truth, b: Truth, and: Truth, or: Truth| {
            assert_eq!((a.and(b), b.and(a), a.or(b), b.or(a)), (and, and, or, or), "{a:?} {b:?}");
        };
        check(True, True, True, True);
        check(True, False, False, True);
        check(False, False, False, False);
        check(True, Unknown, Unknown, True);
        check(False, Unknown, False, Unknown);
        check(Unknown, Unknown, Unknown, Unknown);
        assert_eq!([!True, !Unknown, !False], [False, Unknown, True]);
    }
}
