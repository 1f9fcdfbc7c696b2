//! The arrows between crates (ARCHITECTURE.md), over `cargo metadata`.

use super::Report;
use anyhow::Result;
use cargo_metadata::{DependencyKind, MetadataCommand, Package};
use std::path::Path;

/// What a crate may depend on: rooms of ours, then crates of others.
struct Rule {
    name: &'static str,
    rooms: &'static [&'static str],
    outside: &'static [&'static str],
    /// Whether it belongs to the pure ring: no clock, file, network, environment, thread, randomness.
    pure: bool,
}

/// The whole picture. A crate that is not here has no place in the house yet: write down its arrows first.
const RULES: &[Rule] = &[
    Rule {
        name: "butfor-incident",
        rooms: &[],
        outside: &["jiff", "serde", "sha2", "thiserror"],
        pure: true,
    },
    Rule {
        name: "butfor-network",
        rooms: &[],
        outside: &["ipnet", "rustc-hash", "serde", "serde_json", "thiserror"],
        pure: true,
    },
    Rule {
        name: "butfor-policy",
        rooms: &[],
        outside: &["ipnet", "jiff", "rustc-hash", "serde", "serde_json", "thiserror"],
        pure: true,
    },
    Rule {
        name: "butfor-signals",
        rooms: &[],
        outside: &["jiff", "memchr", "rustc-hash", "serde", "serde_json", "thiserror", "wide"],
        pure: true,
    },
    Rule {
        name: "butfor-intake",
        rooms: &["butfor-incident"],
        outside: &[
            "base64",
            "form_urlencoded",
            "hmac",
            "ring",
            "rustls-pki-types",
            "rustls-webpki",
            "serde_json",
            "sha2",
            "thiserror",
        ],
        pure: true,
    },
    Rule { name: "butfor-config", rooms: &[], outside: &["toml"], pure: true },
    Rule { name: "butfor-redact", rooms: &[], outside: &["ipnet", "serde_json", "sha2"], pure: true },
    Rule { name: "butfor-reads", rooms: &[], outside: &[], pure: true },
    Rule {
        name: "butfor-world",
        rooms: &["butfor-incident", "butfor-network"],
        outside: &["rustc-hash", "serde", "serde_json", "thiserror"],
        pure: true,
    },
    Rule {
        name: "butfor-engine",
        rooms: &["butfor-incident", "butfor-network", "butfor-policy", "butfor-signals", "butfor-world"],
        outside: &["ipnet", "rustc-hash", "serde", "serde_json", "thiserror"],
        pure: true,
    },
    Rule {
        name: "butfor-report",
        rooms: &["butfor-incident"],
        outside: &["anstyle", "serde", "serde_json", "sha2", "textwrap"],
        pure: true,
    },
    Rule {
        name: "butfor-adapters",
        rooms: &["butfor-aws-api", "butfor-incident", "butfor-ports"],
        outside: &[
            "aws-credential-types",
            "aws-sigv4",
            "base64",
            "flate2",
            "hmac",
            "jiff",
            "lettre",
            "percent-encoding",
            "reqwest",
            "rustls",
            "rustls-native-certs",
            "serde",
            "serde_json",
            "sha2",
            "thiserror",
            "tokio",
            "tokio-rustls",
        ],
        pure: false,
    },
    Rule {
        name: "butfor-page",
        rooms: &["butfor-incident"],
        outside: &["maud", "serde", "serde_json"],
        pure: true,
    },
    Rule { name: "butfor-ports", rooms: &["butfor-incident"], outside: &[], pure: true },
    Rule {
        name: "butfor-investigator",
        rooms: &["butfor-engine", "butfor-incident", "butfor-ports"],
        outside: &["tokio"],
        pure: false,
    },
    Rule {
        name: "butfor-aws-api",
        rooms: &[],
        outside: &[
            "aws-config",
            "aws-credential-types",
            "aws-sigv4",
            "aws-smithy-runtime-api",
            "aws-smithy-types",
            "base64",
            "fastrand",
            "flate2",
            "jiff",
            "percent-encoding",
            "quick-xml",
            "reqwest",
            "rustls",
            "rustls-native-certs",
            "serde",
            "serde_json",
            "thiserror",
            "tokio",
        ],
        pure: false,
    },
    Rule {
        name: "butfor-store",
        rooms: &["butfor-incident"],
        outside: &[
            "flate2",
            "getrandom",
            "hmac",
            "regex-lite",
            "serde",
            "serde_json",
            "sha2",
            "sqlx",
            "thiserror",
            "tokio",
        ],
        pure: false,
    },
    Rule {
        name: "butfor-server",
        rooms: &[
            "butfor-engine",
            "butfor-incident",
            "butfor-intake",
            "butfor-page",
            "butfor-ports",
            "butfor-report",
            "butfor-store",
        ],
        outside: &[
            "axum",
            "base64",
            "getrandom",
            "hyper",
            "hyper-util",
            "jsonwebtoken",
            "percent-encoding",
            "serde",
            "serde_json",
            "sha2",
            "subtle",
            "thiserror",
            "tokio",
            "tokio-stream",
            "tracing",
        ],
        pure: false,
    },
    Rule {
        name: "butfor",
        rooms: &[
            "butfor-adapters",
            "butfor-aws-api",
            "butfor-config",
            "butfor-engine",
            "butfor-incident",
            "butfor-intake",
            "butfor-investigator",
            "butfor-network",
            "butfor-policy",
            "butfor-ports",
            "butfor-reads",
            "butfor-redact",
            "butfor-report",
            "butfor-server",
            "butfor-store",
            "butfor-world",
        ],
        outside: &[
            "anstream",
            "anstyle",
            "anyhow",
            "base64",
            "clap",
            "clap_complete",
            "getrandom",
            "hmac",
            "indicatif",
            "rustc-hash",
            "serde",
            "serde_json",
            "sha2",
            "terminal_size",
            "tokio",
            "tracing",
            "tracing-subscriber",
        ],
        pure: false,
    },
    // Not part of the product: it may drive every room, and nothing may depend on it.
    Rule {
        name: "xtask",
        rooms: &[
            "butfor-adapters",
            "butfor-config",
            "butfor-engine",
            "butfor-incident",
            "butfor-intake",
            "butfor-network",
            "butfor-policy",
            "butfor-report",
            "butfor-signals",
            "butfor-world",
        ],
        outside: &[
            "anyhow",
            "cargo_metadata",
            "flate2",
            "jiff",
            "regex-lite",
            "serde",
            "serde_json",
            "tempfile",
            "toml",
        ],
        pure: false,
    },
];

pub(super) fn check(root: &Path, report: &mut Report) -> Result<()> {
    let metadata =
        MetadataCommand::new().current_dir(root).no_deps().other_options(["--offline".to_owned()]).exec()?;
    for package in metadata.workspace_packages() {
        let name = package.name.as_str();
        let Some(rule) = RULES.iter().find(|rule| rule.name == name) else {
            report.error(format!("{name}: not in the picture; add its arrows to xtask/src/tidy/dependencies.rs and ARCHITECTURE.md"));
            continue;
        };
        arrows(package, rule, report);
        if package.description.as_deref().unwrap_or_default().is_empty() {
            report.error(format!("{name}: Cargo.toml has no description"));
        }
        if rule.pure {
            purity(package, report);
        }
    }
    Ok(())
}

fn arrows(package: &Package, rule: &Rule, report: &mut Report) {
    // Tests may use more: they are outside the house.
    for dependency in
        package.dependencies.iter().filter(|dependency| dependency.kind != DependencyKind::Development)
    {
        let name = dependency.name.as_str();
        let is_ours = name.starts_with("butfor");
        let allowed = if is_ours { rule.rooms } else { rule.outside };
        if !allowed.contains(&name) {
            report.error(format!("{} -> {name}: this arrow is not in the picture", package.name));
        }
    }
}

/// A crate of the pure ring has its own clippy.toml, which replaces the workspace's.
fn purity(package: &Package, report: &mut Report) {
    let Some(folder) = package.manifest_path.parent() else { return };
    let rules = std::fs::read_to_string(folder.join("clippy.toml")).unwrap_or_default();
    for banned in ["std::time::SystemTime::now", "std::env::var", "std::fs::read", "std::thread::spawn"] {
        if !rules.contains(banned) {
            report.error(format!(
                "{}: clippy.toml must ban `{banned}` (copy it from crates/incident)",
                package.name
            ));
        }
    }
}
