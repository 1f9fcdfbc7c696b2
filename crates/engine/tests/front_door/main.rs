//! The front door: a case in, a verdict out.

mod flows;
mod requests;
mod support;
mod telemetry;
