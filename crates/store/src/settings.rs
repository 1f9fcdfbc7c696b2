//! Settings people change while the service runs; the configuration file is not here.

use crate::database::get;
use crate::error::Result;
use crate::sql::sql;
use crate::store::Store;
use butfor_incident::Timestamp;

impl Store {
    /// A setting, if it was made.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn setting(&self, name: &str) -> Result<Option<String>> {
        let row = sql!("SELECT value FROM setting WHERE name = $1", name.to_owned())
            .fetch_optional(self.database.read())
            .await?;
        row.map(|row| get(&row, "value")).transpose()
    }

    /// Makes a setting unless it was made before; says whether it did. Of replicas that ask at the same time one hears yes.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn set_once(&self, name: &str, value: &str, who: &str, at: Timestamp) -> Result<bool> {
        let made = sql!(
            "INSERT INTO setting (name, value, updated_at, updated_by) VALUES ($1, $2, $3, $4) ON CONFLICT (name) DO NOTHING",
            name.to_owned(),
            value.to_owned(),
            at.as_millis(),
            who.to_owned(),
        )
        .execute(self.database.writer())
        .await?;
        Ok(made.rows_affected() > 0)
    }

    /// Makes or changes a setting.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn set(&self, name: &str, value: &str, who: &str, at: Timestamp) -> Result<()> {
        sql!(
            "INSERT INTO setting (name, value, updated_at, updated_by) VALUES ($1, $2, $3, $4) ON CONFLICT (name) \
             DO UPDATE SET value = excluded.value, updated_at = excluded.updated_at, updated_by = excluded.updated_by",
            name.to_owned(),
            value.to_owned(),
            at.as_millis(),
            who.to_owned(),
        )
        .execute(self.database.writer())
        .await?;
        Ok(())
    }
}
