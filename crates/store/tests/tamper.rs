//! The file behind the store's back: tampering with the audit log, schemas of other versions, a second process.
#![expect(clippy::unwrap_used, clippy::panic, reason = "the helpers of a test may stop it")]

#[path = "exam/postgres.rs"]
mod postgres;

use butfor_incident::Timestamp;
use butfor_store::{AuditCheck, AuditEntry, Error, Filter, Store};
use sqlx::{Connection, Executor, PgConnection, Row, SqliteConnection};
use std::path::Path;

fn run<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap()
        .block_on(future)
}

async fn raw(file: &Path) -> SqliteConnection {
    SqliteConnection::connect(&format!("sqlite://{}", file.display())).await.unwrap()
}

async fn log_of_five(folder: &Path) -> Store {
    let store = Store::open(None, folder).await.unwrap();
    for number in 0..5 {
        let entry = AuditEntry {
            at: Timestamp::from_seconds(number),
            actor: "ada".to_owned(),
            action: "plan.approve".to_owned(),
            subject: format!("incident/{number}"),
            detail: String::new(),
        };
        store.audit(&entry).await.unwrap();
    }
    store
}

/// What somebody with a SQL prompt does, and the row where it must be found.
fn check(tampering: &str, row: i64) {
    run(async {
        let folder = tempfile::tempdir().unwrap();
        let store = log_of_five(folder.path()).await;
        assert!(matches!(store.verify_audit(None).await.unwrap(), AuditCheck::Sound(_)));
        let mut connection = raw(&folder.path().join("butfor.db")).await;
        // Without help the database refuses.
        if !tampering.contains("audit_head") {
            assert!(sqlx::raw_sql(sqlx::AssertSqlSafe(tampering)).execute(&mut connection).await.is_err());
            connection.execute("DROP TRIGGER audit_stays; DROP TRIGGER audit_grows;").await.unwrap();
        }
        sqlx::raw_sql(sqlx::AssertSqlSafe(tampering)).execute(&mut connection).await.unwrap();
        let found = store.verify_audit(None).await.unwrap();
        assert!(matches!(found, AuditCheck::Broken { seq, .. } if seq == row), "{tampering}: {found:?}");
    });
}

#[test]
fn a_changed_missing_or_moved_row_of_the_audit_log_is_found() {
    check("UPDATE audit SET actor = 'bob' WHERE seq = 3", 3);
    check("UPDATE audit SET at = at + 1 WHERE seq = 1", 1);
    check("DELETE FROM audit WHERE seq = 2", 2);
    check("DELETE FROM audit WHERE seq = 5", 5);
    check("DELETE FROM audit", 1);
    check(
        "UPDATE audit SET seq = 99 WHERE seq = 2; UPDATE audit SET seq = 2 WHERE seq = 3; UPDATE audit SET seq = 3 WHERE seq = 99",
        2,
    );
    check("UPDATE audit_head SET seq = 4, digest = (SELECT digest FROM audit WHERE seq = 4)", 4);
}

#[test]
fn an_assessment_cannot_be_changed() {
    run(async {
        let folder = tempfile::tempdir().unwrap();
        Store::open(None, folder.path()).await.unwrap().close().await;
        let mut connection = raw(&folder.path().join("butfor.db")).await;
        connection
            .execute(
                "INSERT INTO incident (id, title, state, is_test, account, region, application, alert_id, opened_at, updated_at) \
                 VALUES (1, 't', 'open', 0, '', '', '', 1, 0, 0); \
                 INSERT INTO case_file VALUES (1, 'c', 0, NULL, 'place', 0); \
                 INSERT INTO assessment VALUES (1, 1, 'c', 'e', 'o', x'00', 0);",
            )
            .await
            .unwrap();
        let error = connection.execute("UPDATE assessment SET outcome = 'x'").await.unwrap_err().to_string();
        assert!(error.contains("an assessment is never changed"), "{error}");
    });
}

#[test]
fn the_database_of_a_newer_program_is_refused() {
    run(async {
        let folder = tempfile::tempdir().unwrap();
        Store::open(None, folder.path()).await.unwrap().close().await;
        let mut connection = raw(&folder.path().join("butfor.db")).await;
        connection.execute("INSERT INTO butfor_schema (version) VALUES (9000)").await.unwrap();
        let error = Store::open(None, folder.path()).await.unwrap_err();
        assert!(matches!(error, Error::Newer { found: 9000, .. }) && !error.retryable());
        assert!(error.to_string().contains("run the newer butfor"), "{error}");
    });
}

/// Replicas that start together make the schema once and share one installation key.
#[test]
fn replicas_start_together() {
    let mut server = postgres::Server::start();
    let folder = tempfile::tempdir().unwrap();
    let mut addresses = vec![folder.path().join("x.db").display().to_string()];
    addresses.extend(server.as_mut().map(postgres::Server::database));
    for address in addresses {
        run(async {
            let starts: Vec<_> = (0..6)
                .map(|_| {
                    let address = address.clone();
                    tokio::spawn(async move { Store::open(Some(&address), Path::new(".")).await.unwrap() })
                })
                .collect();
            let mut marks = std::collections::BTreeSet::new();
            for start in starts {
                let store = start.await.unwrap();
                marks.insert(store.redactor().text("password=hunter2").into_inner());
                store.close().await;
            }
            assert_eq!(marks.len(), 1, "{marks:?}");
        });
    }
}

/// The dumps of released schemas whose names end so, by name.
fn dumps(end: &str) -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/schemas");
    let files = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
    let mut dumps: Vec<_> = files
        .map(|file| (file.file_name().unwrap().to_string_lossy().into_owned(), file))
        .filter(|(name, _)| name.len() == "0000".len() + end.len() && name.ends_with(end))
        .map(|(name, file)| (name, std::fs::read_to_string(file).unwrap()))
        .collect();
    dumps.sort();
    assert!(!dumps.is_empty());
    dumps
}

/// The row every dump has is still there when today's program has opened it.
async fn keeps_its_row(store: &Store, dump: &str) {
    let found = store.history().at(Timestamp::from_seconds(2_000_000_000), &Filter::default()).await.unwrap();
    let outputs: Vec<_> = found.iter().map(|observed| observed.observation.output.as_str()).collect();
    assert_eq!(outputs, [r#"{"Vpcs":[{"VpcId":"vpc-1"}]}"#], "{dump}");
}

/// Every schema that was released, with rows in it, becomes today's and keeps its rows. See `tests/schemas/README.md`.
#[test]
fn every_released_schema_becomes_the_one_of_today() {
    for (name, script) in dumps(".sql") {
        run(async {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("butfor.db");
            std::fs::write(&path, b"").unwrap();
            let mut connection = raw(&path).await;
            sqlx::raw_sql(sqlx::AssertSqlSafe(script)).execute(&mut connection).await.unwrap();
            connection.close().await.unwrap();
            let store = Store::open(None, folder.path()).await.unwrap();
            keeps_its_row(&store, &name).await;
            store.close().await;
            assert_eq!(schema(&path).await, today().await, "{name}");
        });
    }
}

#[test]
fn every_released_schema_of_postgres_does_too() {
    let Some(mut server) = postgres::Server::start() else {
        println!("SKIPPED: Postgres is not installed (apt-get install postgresql)");
        return;
    };
    let new = server.database();
    let today = run(async {
        Store::open(Some(&new), Path::new(".")).await.unwrap().close().await;
        columns(&new).await
    });
    for (name, script) in dumps(".postgres.sql") {
        let address = server.database();
        run(async {
            let mut connection = PgConnection::connect(&address).await.unwrap();
            sqlx::raw_sql(sqlx::AssertSqlSafe(script)).execute(&mut connection).await.unwrap();
            let store = Store::open(Some(&address), Path::new(".")).await.unwrap();
            keeps_its_row(&store, &name).await;
            store.close().await;
            assert_eq!(columns(&address).await, today, "{name}");
        });
    }
}

async fn columns(address: &str) -> Vec<String> {
    let rows = PgConnection::connect(address)
        .await
        .unwrap()
        .fetch_all(
            "SELECT table_name || ' ' || column_name || ' ' || data_type || ' ' || is_nullable AS line \
             FROM information_schema.columns WHERE table_schema = 'public' ORDER BY line",
        )
        .await
        .unwrap();
    rows.iter().map(|row| row.get("line")).collect()
}

async fn today() -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    Store::open(None, folder.path()).await.unwrap().close().await;
    schema(&folder.path().join("butfor.db")).await
}

async fn schema(file: &Path) -> Vec<String> {
    let rows = raw(file)
        .await
        .fetch_all("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY name")
        .await
        .unwrap();
    rows.iter().map(|row| row.get::<String, _>(0)).collect()
}
