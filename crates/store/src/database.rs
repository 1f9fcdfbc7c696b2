//! One way to two databases: where they are, how they are opened, how a write begins.
//!
//! Statements are written once, in the SQL both understand (`$1` parameters, `ON CONFLICT`, `RETURNING`); what they do
//! not share is asked of [`Dialect`].

use crate::error::{Error, Result};
use sqlx::any::{AnyPoolOptions, AnyRow};
use sqlx::{Any, AnyPool, Executor, Row, Transaction};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Name of the file beside the data when no address is given.
const FILE_NAME: &str = "butfor.db";

/// Connections that read from a SQLite file. In WAL mode readers do not wait for the writer ("Write-Ahead Logging").
const SQLITE_READERS: u32 = 4;

/// Connections to Postgres; its default limit is 100 for all replicas together ("Connections and Authentication").
const POSTGRES_CONNECTIONS: u32 = 12;

/// How long to wait for a free connection. Longer means that the database hangs.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(15);

/// What every SQLite connection is told ("PRAGMA Statements"):
/// - `auto_vacuum`: pages of what was pruned can be given back; it counts only before the first table is made;
/// - `synchronous = FULL`: in WAL mode a commit is on disk before it is answered, NORMAL could lose the last ones;
/// - `busy_timeout`: another process (`butfor snapshot` beside `butfor serve`) may hold the write lock for a moment;
/// - `journal_size_limit`: a long read must not leave a huge WAL behind.
const SQLITE_PRAGMAS: &str = "PRAGMA busy_timeout = 10000; PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = WAL; \
     PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA journal_size_limit = 67108864;";

/// Which SQL is spoken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dialect {
    Sqlite,
    Postgres,
}

impl Dialect {
    /// What a subselect of rows to be claimed ends with: other claimers pass over rows that are being claimed.
    /// SQLite has one writer at a time and needs nothing.
    pub(crate) fn skip_locked(self) -> &'static str {
        match self {
            Self::Sqlite => "",
            Self::Postgres => " FOR UPDATE SKIP LOCKED",
        }
    }
}

/// What only one transaction at a time may do, beyond what rows forbid.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Turn {
    Migrations,
    History,
    Audit,
}

impl Turn {
    /// The number of the lock: "butfor" in ASCII and one of ours, so that other programs in the database are not met.
    fn number(self) -> i64 {
        let own = match self {
            Self::Migrations => 1,
            Self::History => 2,
            Self::Audit => 3,
        };
        (0x6275_7466_6f72 << 8) | own
    }
}

/// A write transaction.
pub(crate) type Write = Transaction<'static, Any>;

/// An open database.
#[derive(Debug, Clone)]
pub(crate) struct Database {
    writers: AnyPool,
    readers: AnyPool,
    pub(crate) dialect: Dialect,
}

impl Database {
    /// Opens what `uri` names: a Postgres address, a SQLite file, or the file beside the data.
    pub(crate) async fn open(uri: Option<&str>, data_folder: &Path) -> Result<Self> {
        sqlx::any::install_default_drivers();
        match place(uri, data_folder)? {
            Place::Postgres(uri) => {
                let pool = AnyPoolOptions::new()
                    .max_connections(POSTGRES_CONNECTIONS)
                    .acquire_timeout(ACQUIRE_TIMEOUT)
                    .connect(&uri)
                    .await?;
                Ok(Self { writers: pool.clone(), readers: pool, dialect: Dialect::Postgres })
            }
            Place::File(file) => {
                if let Some(folder) = file.parent().filter(|folder| !folder.as_os_str().is_empty()) {
                    std::fs::create_dir_all(folder)
                        .map_err(|source| Error::Folder { folder: folder.display().to_string(), source })?;
                }
                let address = format!("sqlite://{}?mode=rwc", escaped(&file));
                Ok(Self {
                    writers: sqlite_pool(&address, 1).await?,
                    readers: sqlite_pool(&address, SQLITE_READERS).await?,
                    dialect: Dialect::Sqlite,
                })
            }
        }
    }

    /// Begins a transaction that writes. In SQLite it takes the write lock at once: a transaction that begins as a
    /// reader and wants to write later can be refused without waiting ("BEGIN TRANSACTION", section 2.2).
    pub(crate) async fn write(&self) -> Result<Write> {
        let begin = match self.dialect {
            Dialect::Sqlite => "BEGIN IMMEDIATE",
            Dialect::Postgres => "BEGIN",
        };
        Ok(self.writers.begin_with(begin).await?)
    }

    /// Waits until no other transaction has this turn; it ends with the transaction. SQLite has one writer anyway.
    pub(crate) async fn take_turn(&self, write: &mut Write, turn: Turn) -> Result<()> {
        if self.dialect == Dialect::Postgres {
            sqlx::query("SELECT pg_advisory_xact_lock($1)").bind(turn.number()).execute(&mut **write).await?;
        }
        Ok(())
    }

    /// For single statements that write: each is a transaction of its own.
    pub(crate) fn writer(&self) -> &AnyPool {
        &self.writers
    }

    /// For single statements that read.
    pub(crate) fn read(&self) -> &AnyPool {
        &self.readers
    }

    /// Bytes of the database on disk, without the log of writes that are still to be moved into it.
    pub(crate) async fn size_bytes(&self) -> Result<u64> {
        let sql = match self.dialect {
            Dialect::Sqlite => {
                "SELECT page_count * page_size AS n FROM pragma_page_count(), pragma_page_size()"
            }
            Dialect::Postgres => "SELECT pg_database_size(current_database()) AS n",
        };
        let row = sqlx::query(sql).fetch_one(self.read()).await?;
        Ok(unsigned(row.try_get("n")?))
    }

    /// Moves what is in the write-ahead log into the file and gives free pages back. Postgres does both by itself.
    pub(crate) async fn tidy(&self) -> Result<()> {
        if self.dialect == Dialect::Sqlite {
            let mut connection = self.writers.acquire().await?;
            connection
                .execute(sqlx::raw_sql("PRAGMA incremental_vacuum; PRAGMA wal_checkpoint(TRUNCATE);"))
                .await?;
        }
        Ok(())
    }

    /// Ends all connections.
    pub(crate) async fn close(&self) {
        self.readers.close().await;
        self.writers.close().await;
    }
}

async fn sqlite_pool(address: &str, connections: u32) -> Result<AnyPool> {
    let options = AnyPoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        // The only process that opens the file keeps it open: the last close would move the whole log each time.
        .min_connections(1)
        .idle_timeout(None)
        .max_lifetime(None)
        .test_before_acquire(false)
        .after_connect(|connection, _| {
            Box::pin(async move {
                connection.execute(sqlx::raw_sql(SQLITE_PRAGMAS)).await?;
                Ok(())
            })
        });
    Ok(options.connect(address).await?)
}

enum Place {
    File(PathBuf),
    Postgres(String),
}

fn place(uri: Option<&str>, data_folder: &Path) -> Result<Place> {
    let Some(uri) = uri else { return Ok(Place::File(data_folder.join(FILE_NAME))) };
    if uri.starts_with("postgres://") || uri.starts_with("postgresql://") {
        return Ok(Place::Postgres(uri.to_owned()));
    }
    let file = uri.strip_prefix("sqlite://").or_else(|| uri.strip_prefix("sqlite:")).unwrap_or(uri);
    if file.is_empty() || file.contains("://") {
        return Err(Error::Address { uri: without_password(uri) });
    }
    Ok(Place::File(PathBuf::from(file)))
}

/// `scheme://user:password@host` without what is between scheme and host.
fn without_password(uri: &str) -> String {
    match (uri.split_once("://"), uri.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, host))) => format!("{scheme}://...@{host}"),
        _ => uri.to_owned(),
    }
}

/// A path as it may stand in an address.
fn escaped(path: &Path) -> String {
    path.display().to_string().replace('%', "%25").replace('?', "%3F").replace('#', "%23").replace(' ', "%20")
}

/// Sizes and counts are never negative; the database only has signed numbers.
pub(crate) fn unsigned(number: i64) -> u64 {
    u64::try_from(number).unwrap_or_default()
}

/// A member of a row.
pub(crate) fn get<'r, T>(row: &'r AnyRow, name: &str) -> Result<T>
where
    T: sqlx::Decode<'r, Any> + sqlx::Type<Any>,
{
    Ok(row.try_get(name)?)
}

#[cfg(test)]
mod tests {
    use super::{Place, place, without_password};
    use std::path::Path;

    #[test]
    fn an_address_names_a_file_or_postgres_or_is_refused_without_its_password() {
        let file = |uri| match place(uri, Path::new("data")) {
            Ok(Place::File(file)) => file.display().to_string(),
            Ok(Place::Postgres(uri)) => uri,
            Err(error) => error.to_string(),
        };
        assert_eq!(file(None), "data/butfor.db");
        assert_eq!(file(Some("x/y.db")), "x/y.db");
        assert_eq!(file(Some("sqlite://x/y.db")), "x/y.db");
        assert_eq!(file(Some("postgres://h/n")), "postgres://h/n");
        assert!(file(Some("mysql://u:geheim@h/n")).starts_with("`mysql://...@h/n` is not a database"));
        assert_eq!(without_password("mysql://h"), "mysql://h");
    }
}
