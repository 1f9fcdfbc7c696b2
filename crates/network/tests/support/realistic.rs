//! placeholder

/// How many of what.
pub struct Size;

/// An account.
pub fn realistic(_: usize) -> super::Calls {
    super::Calls::default()
}
