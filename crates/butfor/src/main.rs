//! The `butfor` command.
fn main() {}
