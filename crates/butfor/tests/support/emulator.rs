//! An emulated AWS of a test's own (`emulator/`): moto with what it lacks, an environment, faults, the plan's commands.

use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

/// A running emulator with an environment in it; it ends with its standard input.
pub struct Emulator {
    pub process: Child,
    pub python: PathBuf,
    pub facts: Value,
    pub folder: tempfile::TempDir,
}

pub fn kit() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../emulator")
}

/// The kit's Python; `None` where there is none.
pub fn python() -> Option<PathBuf> {
    let found = Command::new("bash").arg(kit().join("venv.sh")).output().unwrap();
    if found.status.code() == Some(3) {
        eprintln!("SKIPPED: {}", String::from_utf8_lossy(&found.stderr).trim());
        return None;
    }
    assert!(found.status.success(), "{}", String::from_utf8_lossy(&found.stderr));
    Some(PathBuf::from(String::from_utf8(found.stdout).unwrap().trim()))
}

impl Emulator {
    pub fn up(environment: &str) -> Option<Self> {
        let python = python()?;
        let folder = tempfile::tempdir().unwrap();
        let mut process = Command::new(&python)
            .args(["-m", "butfor_emulator", "up", "--environment", environment, "--before"])
            .arg(folder.path().join("before.json"))
            .current_dir(kit())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let facts = serde_json::from_str(&line).unwrap();
        Some(Self { process, python, facts, folder })
    }

    pub fn kit(&self, arguments: &[&str]) -> Output {
        let endpoint = self.facts["endpoint"].as_str().unwrap();
        let mut command = Command::new(&self.python);
        command.args(["-m", "butfor_emulator"]).args(arguments).args(["--endpoint-url", endpoint]);
        command.current_dir(kit()).output().unwrap()
    }

    /// Makes a fault some minutes ago and tells of it.
    pub fn inject(&self, fault: &str) -> Value {
        let made = self.kit(&["inject", "--fault", fault, "--minutes", "4"]);
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        serde_json::from_slice(&made.stdout).unwrap()
    }

    /// A call of the kit's control API.
    pub fn control(&self, method: &str, name: &str, body: &Value) {
        let mut stream =
            TcpStream::connect(("127.0.0.1", self.facts["port"].as_u64().unwrap() as u16)).unwrap();
        let body = body.to_string();
        let head = format!(
            "{method} /butfor/{name} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
            body.len()
        );
        stream.write_all(head.as_bytes()).unwrap();
        stream.write_all(body.as_bytes()).unwrap();
        let mut status = String::new();
        BufReader::new(stream).read_line(&mut status).unwrap();
        assert!(status.contains(" 20"), "{method} {name}: {status}");
    }

    pub fn butfor(&self, arguments: &[&str]) -> Output {
        let keys = &self.facts["credentials"];
        let mut command = Command::new(env!("CARGO_BIN_EXE_butfor"));
        command
            .args(arguments)
            .args(["--endpoint-url", self.facts["endpoint"].as_str().unwrap(), "--data"])
            .arg(self.folder.path().join("data"))
            .env("AWS_ACCESS_KEY_ID", keys["access_key_id"].as_str().unwrap())
            .env("AWS_SECRET_ACCESS_KEY", keys["secret_access_key"].as_str().unwrap())
            .env("AWS_REGION", self.facts["region"].as_str().unwrap())
            .env("HOME", self.folder.path())
            .env_remove("BUTFOR_CONFIG");
        for (account, about) in self.facts["accounts"].as_object().unwrap() {
            command.arg("--account").arg(format!("{account}={}", about["read_role_arn"].as_str().unwrap()));
        }
        command.output().unwrap()
    }

    /// What a service that the emulator does not have answers from now on.
    pub fn answers(&self, service: &str, operation: &str, answer: Value) {
        let account = &self.facts["home_account"];
        let set = json!({"account": account, "service": service, "operation": operation, "answer": answer});
        self.control("PUT", "answers", &set);
    }

    /// The report of a live investigation, and the calls of its recording.
    pub fn record(&self, alarm: &str) -> (Value, Vec<Value>) {
        let out = self.folder.path().join("recorded");
        let folder = out.to_str().unwrap();
        let found = self.butfor(&["record", "--alarm", alarm, "--format", "json", "--out", folder]);
        assert!(found.status.success(), "{}", String::from_utf8_lossy(&found.stderr));
        (serde_json::from_slice(&found.stdout).unwrap(), calls(&out))
    }

    /// Keeps the configuration, as of a day ago.
    pub fn snapshot(&self) {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
        let at =
            butfor_incident::Timestamp::from_seconds(i64::try_from(now).unwrap() - 24 * 3600).to_string();
        let taken = self.butfor(&["snapshot", "--as-of", &at]);
        assert!(taken.status.success(), "{}", String::from_utf8_lossy(&taken.stderr));
    }

    /// The report of a live investigation, and what it took.
    pub fn investigate(&self, alarm: &str) -> (Value, String) {
        let found = self.butfor(&["investigate", "--alarm", alarm, "--format", "json"]);
        let stderr = String::from_utf8(found.stderr).unwrap();
        assert!(found.status.success(), "{stderr}");
        (serde_json::from_slice(&found.stdout).unwrap(), stderr)
    }

    /// Runs the plan's commands with the AWS CLI.
    pub fn apply(&self, report: &Value) {
        let path = self.folder.path().join("report.json");
        std::fs::write(&path, report.to_string()).unwrap();
        let applied = self.kit(&["apply-plan", "--report", path.to_str().unwrap()]);
        assert!(applied.status.success(), "{}", String::from_utf8_lossy(&applied.stderr));
    }

    /// Whether the environment is what it was before the fault.
    pub fn assert_restored(&self) {
        let path = self.folder.path().join("before.json");
        let compared = self.kit(&["compare", "--before", path.to_str().unwrap()]);
        assert!(compared.status.success(), "{}", String::from_utf8_lossy(&compared.stdout));
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        drop(self.process.stdin.take());
        let _ = self.process.wait();
    }
}

/// The lines of a recording's calls.
pub fn calls(bundle: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(bundle.join("calls.jsonl")).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}
