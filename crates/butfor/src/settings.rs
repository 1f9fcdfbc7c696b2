//! The configuration file: where it is looked for, and its errors told.

use crate::output::BadInput;
use butfor_config::{Config, ConfigError};
use std::path::{Path, PathBuf};

/// The file named, else the first of the usual ones that is there; `None` where there is none.
///
/// Whether a file that was named is there is not asked here: reading it must fail, or settings somebody counts on would be left
/// out in silence.
pub(crate) fn find(named: Option<&Path>) -> Option<PathBuf> {
    if let Some(path) = named {
        return Some(path.to_owned());
    }
    if let Some(path) = std::env::var_os("BUTFOR_CONFIG").filter(|path| !path.is_empty()) {
        return Some(PathBuf::from(path));
    }
    let own = std::env::home_dir().map(|home| home.join(".config/butfor/butfor.toml"));
    let usual = [Some(PathBuf::from("butfor.toml")), own];
    // A file that is there and cannot be read is not passed over.
    usual.into_iter().flatten().find(|path| path.symlink_metadata().is_ok())
}

/// The configuration of a file.
pub(crate) fn read(path: &Path) -> Result<Config, BadInput> {
    let shown = path.display().to_string();
    let text = std::fs::read_to_string(path)
        .map_err(|error| BadInput(format!("`{shown}` cannot be read as a configuration file: {error}")))?;
    Config::parse(&shown, &text).map_err(|errors| BadInput(list(&errors)))
}

/// The configuration that holds: of the file named, of a usual one, or the defaults.
pub(crate) fn load(named: Option<&Path>) -> Result<Config, BadInput> {
    find(named).map_or_else(|| Ok(Config::default()), |path| read(&path))
}

/// One error a line.
fn list(errors: &[ConfigError]) -> String {
    errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n       ")
}
