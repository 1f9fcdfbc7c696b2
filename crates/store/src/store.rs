//! The store: one database, opened once.

use crate::database::Database;
use crate::error::Result;
use crate::history::History;
use crate::key::InstallationKey;
use crate::migrate::migrate;
use crate::redact::Redactor;
use std::path::Path;

/// An open store. Clones share its connections.
#[derive(Debug, Clone)]
pub struct Store {
    pub(crate) database: Database,
    pub(crate) key: InstallationKey,
}

impl Store {
    /// Opens the store and brings its schema up to date. `uri` is `postgres://...`, the path of a SQLite file, or
    /// nothing for the file `butfor.db` in `data_folder`.
    ///
    /// # Errors
    /// When the address is none, the database is not there, or a newer program has written to it.
    pub async fn open(uri: Option<&str>, data_folder: &Path) -> Result<Self> {
        let database = Database::open(uri, data_folder).await?;
        migrate(&database).await?;
        let key = InstallationKey::load(&database).await?;
        Ok(Self { database, key })
    }

    /// The configuration observed over time.
    #[must_use]
    pub fn history(&self) -> History {
        History::new(self.database.clone())
    }

    /// What takes secrets out, with the key of this installation.
    #[must_use]
    pub fn redactor(&self) -> Redactor {
        Redactor::new(self.key.clone())
    }

    /// Moves what SQLite has in its log into the file, and gives free pages back.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn tidy(&self) -> Result<()> {
        self.database.tidy().await
    }

    /// Ends all connections; what was answered is on disk.
    pub async fn close(&self) {
        self.database.close().await;
    }
}
