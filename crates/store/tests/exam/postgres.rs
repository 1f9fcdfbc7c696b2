//! A Postgres server of the test's own: Debian's, in a temporary folder, reached by a Unix socket.

use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use tempfile::TempDir;

/// `nobody`: Postgres refuses to run as root, which is what tests in a container run as.
const NOBODY: u32 = 65534;

/// Runs the server until standard input ends: it stops with the test, also when the test is killed.
const RUN: &str = r#""$0" "$@" >server.log 2>&1 & pid=$!; cat >/dev/null; kill -INT $pid; wait $pid"#;

/// A running server.
pub struct Server {
    // Dropped first: its standard input ends, and with it the server.
    shell: Child,
    folder: TempDir,
    user: String,
    binaries: PathBuf,
    databases: usize,
}

impl Server {
    /// Starts a server; `None` when there are no binaries of Postgres.
    pub fn start() -> Option<Self> {
        let binaries = binaries()?;
        let folder = tempfile::Builder::new().prefix("butfor-postgres").tempdir().unwrap();
        let is_root =
            std::fs::metadata("/proc/self").is_ok_and(|me| std::os::unix::fs::MetadataExt::uid(&me) == 0);
        if is_root {
            chown(folder.path(), Some(NOBODY), Some(NOBODY)).unwrap();
        }
        let command = |program: &Path| {
            let mut command = Command::new(program);
            command.current_dir(folder.path()).env("LC_ALL", "C");
            if is_root {
                command.uid(NOBODY).gid(NOBODY);
            }
            command
        };
        let user = "exam".to_owned();
        let made = command(&binaries.join("initdb"))
            .args(["-D", "data", "-U", &user, "-A", "trust", "-E", "UTF8", "--no-sync"])
            .output()
            .unwrap();
        assert!(made.status.success(), "initdb: {}", String::from_utf8_lossy(&made.stderr));
        let shell = command(Path::new("/bin/sh"))
            .args(["-c", RUN])
            .arg(binaries.join("postgres"))
            .args(["-D", "data", "-k"])
            .arg(folder.path())
            // No TCP: nothing to collide with, nothing to be found. No fsync: what is tested is not the disk.
            .args(["-c", "listen_addresses=", "-c", "fsync=off", "-c", "max_connections=80"])
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        let server = Self { shell, folder, user, binaries, databases: 0 };
        server.wait();
        Some(server)
    }

    fn wait(&self) {
        for _ in 0..300 {
            let ready = Command::new(self.binaries.join("pg_isready"))
                .args(["-q", "-h"])
                .arg(self.folder.path())
                .status()
                .unwrap();
            if ready.success() {
                return;
            }
            std::thread::sleep(std::time::Duration::from_millis(100));
        }
        let log = std::fs::read_to_string(self.folder.path().join("server.log")).unwrap_or_default();
        panic!("Postgres does not start: {log}");
    }

    /// Address of a new, empty database.
    pub fn database(&mut self) -> String {
        self.databases += 1;
        let name = format!("exam{}", self.databases);
        let made = Command::new(self.binaries.join("createdb"))
            .arg("-h")
            .arg(self.folder.path())
            .args(["-U", &self.user, &name])
            .output()
            .unwrap();
        assert!(made.status.success(), "createdb: {}", String::from_utf8_lossy(&made.stderr));
        format!("postgres://{}@localhost/{name}?host={}", self.user, self.folder.path().display())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.shell.stdin.take());
        let _ = self.shell.wait();
    }
}

/// Debian has the newest last; elsewhere the search path may lead there.
fn binaries() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut folders: Vec<PathBuf> = versions.map(|version| version.path().join("bin")).collect();
    folders.sort();
    folders.reverse();
    folders.extend(std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()));
    folders.into_iter().find(|folder| folder.join("initdb").is_file() && folder.join("postgres").is_file())
}
