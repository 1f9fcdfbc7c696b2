//! Deliveries of every format, from signature to message.

mod formats;
mod properties;
mod signatures;
mod vendors;
