//! What can go wrong with the store, and whether trying again may help.

/// An error of the store.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The database said no, or is not there.
    #[error("the database failed: {0}")]
    Database(#[from] sqlx::Error),
    /// The database address is none we know.
    #[error("`{uri}` is not a database: give a file name, or an address such as postgres://host/name")]
    Address {
        /// What was given, without a password.
        uri: String,
    },
    /// The folder of the database file cannot be made.
    #[error("the folder `{folder}` for the database cannot be made: {source}")]
    Folder {
        /// The folder.
        folder: String,
        /// Why not.
        source: std::io::Error,
    },
    /// A newer program has been here: going on would harm what it wrote.
    #[error(
        "the database has schema {found}, this program knows {known}: run the newer butfor, or restore the backup \
         made before the upgrade"
    )]
    Newer {
        /// Version in the database.
        found: i64,
        /// Newest version this program knows.
        known: i64,
    },
    /// What should be JSON is not.
    #[error("the {what} of {operation} is not JSON: {reason}")]
    NotJson {
        /// Which part.
        what: &'static str,
        /// The operation it belongs to.
        operation: String,
        /// What the parser said.
        reason: String,
    },
    /// A row contradicts another one, or cannot be unpacked.
    #[error("the database is damaged: {what}; restore a backup")]
    Damaged {
        /// What does not fit.
        what: String,
    },
    /// There is no such row.
    #[error("there is no {what} `{id}`")]
    NotFound {
        /// Kind of row.
        what: &'static str,
        /// What was looked for.
        id: String,
    },
    /// The lease ran out and another worker has the job: throw the work away.
    #[error("the lease of job {job} is lost: another worker has it, throw this result away")]
    LeaseLost {
        /// The job.
        job: i64,
    },
    /// The operating system gave no randomness.
    #[error("the operating system gives no random bytes: {0}")]
    Random(getrandom::Error),
    /// The store is being closed.
    #[error("the store is closed")]
    Closed,
}

/// Result of the store.
pub type Result<T> = std::result::Result<T, Error>;

/// Postgres: serialization failure, deadlock, too many connections, shutting down
/// (Postgres documentation, "PostgreSQL Error Codes").
const POSTGRES_RETRYABLE: [&str; 6] = ["40001", "40P01", "53300", "57P01", "57P02", "57P03"];

/// SQLite: SQLITE_BUSY and SQLITE_LOCKED, the low byte of the result code ("Result and Error Codes").
const SQLITE_RETRYABLE: [i64; 2] = [5, 6];

impl Error {
    /// Whether the same call may succeed later without anybody changing anything.
    #[must_use]
    pub fn retryable(&self) -> bool {
        let Self::Database(error) = self else { return matches!(self, Self::Random(_)) };
        match error {
            sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut | sqlx::Error::WorkerCrashed => true,
            sqlx::Error::Database(error) => error.code().is_some_and(|code| {
                // The codes of Postgres have five characters, those of SQLite are numbers of up to four digits.
                if code.len() == 5 {
                    POSTGRES_RETRYABLE.contains(&code.as_ref())
                } else {
                    code.parse::<i64>().is_ok_and(|code| SQLITE_RETRYABLE.contains(&(code & 0xff)))
                }
            }),
            _ => false,
        }
    }

    pub(crate) fn damaged(what: impl Into<String>) -> Self {
        Self::Damaged { what: what.into() }
    }
}
