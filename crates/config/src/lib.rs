//! The configuration file `butfor.toml`: text in, a [`Config`] out, or everything that is wrong with it.
//!
//! There is one table of options ([`sections`]). Reading checks against it, [`reference`](reference()) and [`example`] are written from
//! it, so that what is documented is what is read. Without a file, [`Config::default`] holds.
//!
//! *Absent:* files, the environment, secrets themselves: a [`Secret`] says where one is kept, and whoever needs it looks there.

mod error;
mod guide;
mod read;
mod service;
mod settings;
mod suggest;
mod table;
mod value;

pub use error::ConfigError;
pub use guide::{example, reference};
pub use service::{Channel, Server, SignIn, Webhook};
pub use settings::{Account, Application, Budgets, Config, FlowLogPlace, FlowLogs, History, Trail};
pub use table::{Kind, Section, Setting, sections};
pub use value::{LogGroup, Place, Secret};
