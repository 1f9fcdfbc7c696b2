//! The schema grows by numbered files, forward only; see `migrations/`.

use crate::database::{Database, Dialect, Turn, get};
use crate::error::{Error, Result};

/// A step of the schema, in both dialects.
pub(crate) struct Migration {
    pub(crate) version: i64,
    sqlite: &'static str,
    postgres: &'static str,
}

macro_rules! migration {
    ($version:literal, $file:literal) => {
        Migration {
            version: $version,
            sqlite: include_str!(concat!("../migrations/sqlite/", $file)),
            postgres: include_str!(concat!("../migrations/postgres/", $file)),
        }
    };
}

/// All steps in order. A released file is never edited: a change of the schema is a new file.
pub(crate) const MIGRATIONS: &[Migration] = &[
    migration!(1, "0001_history.sql"),
    migration!(2, "0002_incidents.sql"),
    migration!(3, "0003_service.sql"),
];

/// Brings the schema up to date, in one transaction; replicas that start together wait for each other.
pub(crate) async fn migrate(database: &Database) -> Result<()> {
    let mut write = database.write().await?;
    database.take_turn(&mut write, Turn::Migrations).await?;
    sqlx::query("CREATE TABLE IF NOT EXISTS butfor_schema (version BIGINT PRIMARY KEY)")
        .execute(&mut *write)
        .await?;
    let row = sqlx::query("SELECT COALESCE(MAX(version), 0) AS version FROM butfor_schema")
        .fetch_one(&mut *write)
        .await?;
    let found: i64 = get(&row, "version")?;
    let known = MIGRATIONS.last().map_or(0, |migration| migration.version);
    if found > known {
        return Err(Error::Newer { found, known });
    }
    for migration in MIGRATIONS.iter().filter(|migration| migration.version > found) {
        let sql = match database.dialect {
            Dialect::Sqlite => migration.sqlite,
            Dialect::Postgres => migration.postgres,
        };
        sqlx::raw_sql(sql).execute(&mut *write).await?;
        sqlx::query("INSERT INTO butfor_schema (version) VALUES ($1)")
            .bind(migration.version)
            .execute(&mut *write)
            .await?;
    }
    write.commit().await?;
    Ok(())
}
