//! What the house needs from outside, as traits: nothing in here knows a vendor, a runtime or a file.

mod notifier;
mod recorder;
mod source;

pub use notifier::{Notifier, NotifyError, Sending, Telling};
pub use recorder::Recorder;
pub use source::{Answered, Failure, Fetching, File, Source};
