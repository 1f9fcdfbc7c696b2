//! AWS semantics, one small change to a small network at a time.
#![cfg(test)]

mod balancers;
mod endpoints;
mod filters;
mod firewalls;
mod internet;
mod routes;
mod transit;
mod unknown;
mod world;
