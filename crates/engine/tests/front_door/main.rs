//! The front door: a case in, a verdict out.

mod flows;
mod picture;
mod requests;
mod support;
mod telemetry;
