//! The service on the command line: running it, and looking at what it keeps.

use super::Data;
use clap::{Args, Subcommand, ValueEnum, ValueHint};
use std::path::PathBuf;

pub(super) const SERVE_HELP: &str = "\
Examples:
  butfor serve --demo                    an alarm becomes a proven cause; no set-up, no cloud, nothing kept
  butfor serve --config butfor.toml
  BUTFOR_DATABASE=postgres://... butfor serve --database \"$BUTFOR_DATABASE\" --listen 0.0.0.0:8080

What it listens to, who may send, who may look and who is told stands in butfor.toml: `butfor config --example`.";

#[derive(Debug, Args)]
pub(crate) struct Serve {
    /// Show everything with a recorded incident; whoever opens the page is signed in
    #[arg(long)]
    pub(crate) demo: bool,
    /// Address and port [default: `listen` of the configuration, else 127.0.0.1:8080]
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) listen: Option<String>,
    /// File of SQLite, or postgres://... [default: `database` of the configuration, else butfor.db in the data folder]
    #[arg(long, value_name = "URI")]
    pub(crate) database: Option<String>,
    /// Investigations at the same time [default: `workers` of the configuration]
    #[arg(long, value_name = "N")]
    pub(crate) workers: Option<usize>,
    /// How logs are written
    #[arg(long, value_enum, default_value_t)]
    pub(crate) log_format: LogFormat,
    /// Configuration file [default: see `butfor config --help`]
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) config: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) data: Data,
}

/// How the service writes its logs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum LogFormat {
    /// Lines for people
    #[default]
    Text,
    /// One JSON object a line
    Json,
}

impl LogFormat {
    pub(crate) fn is_json(self) -> bool {
        self == Self::Json
    }
}

/// Where the service's database is.
#[derive(Debug, Args)]
pub(crate) struct Database {
    /// File of SQLite, or postgres://... [default: `database` of the configuration, else butfor.db in the data folder]
    #[arg(long, value_name = "URI")]
    pub(crate) database: Option<String>,
    /// Configuration file [default: see `butfor config --help`]
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) config: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) data: Data,
}

#[derive(Debug, Args)]
pub(crate) struct Audit {
    #[command(subcommand)]
    pub(crate) action: AuditAction,
}

/// What to do with the audit log.
#[derive(Debug, Subcommand)]
pub(crate) enum AuditAction {
    /// Read the whole log and say whether it is as it was written; exit code 2 where it is not
    Verify(Database),
}

#[derive(Debug, Args)]
pub(crate) struct Export {
    /// The incident's number
    #[arg(value_name = "INCIDENT")]
    pub(crate) incident: i64,
    #[command(flatten)]
    pub(crate) database: Database,
}
