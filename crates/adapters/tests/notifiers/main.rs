//! One contract for all channels, against servers of the test's own: sent once, tried again or given up, bounded, and nothing
//! secret told.

#[cfg(test)]
mod channels;
#[cfg(test)]
mod contract;
#[cfg(test)]
mod guard;
#[cfg(test)]
mod mail;
#[cfg(test)]
mod particular;
#[cfg(test)]
mod server;
