//! Flows as a program asks for them and as results are written.

pub(crate) mod request;
pub(crate) mod result;
pub(crate) mod text;
