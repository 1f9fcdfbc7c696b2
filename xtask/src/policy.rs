//! The policy library against others: `cargo xtask policy-oracle` asks another evaluator the same, `cargo xtask policy-speed`
//! measures both over the same JSON lines.
//!
//! The other is the npm package `@cloud-copilot/iam-simulate` (AGPL-3.0-or-later), unmodified, in a temporary folder and as a
//! process of its own; nothing of it is linked, copied or shipped. It needs `npm` and `node`, so neither command is part of `./check`.

use anyhow::{Context as _, Result, bail};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// The version whose differences `docs/policy-oracle.md` explains.
const PACKAGE: &str = "@cloud-copilot/iam-simulate@0.1.173";

const DRIVER: &str = include_str!("policy/oracle.mjs");

/// Each program is run so often; the fastest run counts.
const RUNS: usize = 3;

/// Sets of policies that come again and again, as the policies of some hundred roles do.
const SETS: u64 = 200;

const USAGE: &str = "usage: cargo xtask policy-oracle | policy-speed [--count REQUESTS] [--seed FIRST_SEED]";

/// Asks both the same requests; differences that no row explains are a failure.
pub fn oracle(root: &Path, arguments: &[&str]) -> Result<()> {
    let asked = Asked::parse(arguments, 100_000)?;
    let folder = Folder::with_package()?;
    let requests = folder.requests(root, &asked, asked.count)?;
    let answers = folder.path.join("answers.jsonl");
    run(folder.node(&["answer"]).stdin(File::open(&requests)?).stdout(File::create(&answers)?))?;
    run(example(root, &["judge"]).stdin(File::open(&answers)?))
}

/// Measures both over the same requests.
pub fn speed(root: &Path, arguments: &[&str]) -> Result<()> {
    let asked = Asked::parse(arguments, 20_000)?;
    let folder = Folder::with_package()?;
    run(Command::new("cargo").current_dir(root).args([
        "build",
        "--quiet",
        "--release",
        "--package",
        "butfor",
    ]))?;
    let ours = target(root)?.join("release").join("butfor");
    println!("JSON lines in and out, whole processes, fastest of {RUNS} runs");
    for (sets, what) in
        [(asked.count, "every request with policies of its own"), (SETS, "policies that come again")]
    {
        let requests = folder.requests(root, &asked, sets)?;
        let count = fs::read_to_string(&requests)?.lines().count();
        let theirs = fastest(|| folder.node(&["--time"]), &requests)?;
        let butfor = || {
            let mut command = Command::new(&ours);
            command.args(["authorize", "--jsonl"]);
            command
        };
        let ours = fastest(butfor, &requests)?;
        println!("{count} requests, {sets} sets of policies: {what}");
        let show = |name: &str, cost: &Cost| {
            let (wall, processor) = (cost.wall.as_secs_f64(), cost.processor.as_secs_f64());
            println!(
                "  {name}: {wall:.2} s, {:.0} a second; {processor:.2} s of processors",
                count as f64 / wall
            );
        };
        show(PACKAGE, &theirs);
        show("butfor authorize --jsonl", &ours);
        let ratio = |one: Duration, other: Duration| one.as_secs_f64() / other.as_secs_f64();
        let (wall, processor) = (ratio(theirs.wall, ours.wall), ratio(theirs.processor, ours.processor));
        println!("  ratio: {wall:.1} by the clock, {processor:.1} by time of processors");
    }
    Ok(())
}

struct Asked {
    count: u64,
    seed: u64,
}

impl Asked {
    fn parse(arguments: &[&str], count: u64) -> Result<Self> {
        let mut asked = Self { count, seed: 0 };
        for pair in arguments.chunks(2) {
            match pair {
                ["--count", number] => asked.count = number.parse().context(USAGE)?,
                ["--seed", number] => asked.seed = number.parse().context(USAGE)?,
                _ => bail!(USAGE),
            }
        }
        Ok(asked)
    }
}

/// A temporary folder with the package in it, gone when dropped.
struct Folder {
    path: PathBuf,
}

impl Folder {
    fn with_package() -> Result<Self> {
        let folder =
            Self { path: std::env::temp_dir().join(format!("butfor-policy-{}", std::process::id())) };
        fs::create_dir_all(&folder.path)?;
        fs::write(folder.path.join("oracle.mjs"), DRIVER)?;
        let arguments =
            ["install", "--silent", "--no-audit", "--no-fund", "--ignore-scripts", PACKAGE, "--prefix"];
        run(Command::new("npm").args(arguments).arg(&folder.path).stdout(Stdio::null()))?;
        Ok(folder)
    }

    fn node(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new("node");
        command.arg(self.path.join("oracle.mjs")).args(arguments);
        command
    }

    fn requests(&self, root: &Path, asked: &Asked, sets: u64) -> Result<PathBuf> {
        let path = self.path.join("requests.jsonl");
        let [count, seed, sets] = [asked.count, asked.seed, sets].map(|number| number.to_string());
        run(example(root, &["emit", &count, &seed, &sets]).stdout(File::create(&path)?))?;
        Ok(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What cannot be removed stays in the temporary folder, where the system removes it.
        let _ = fs::remove_dir_all(&self.path);
    }
}

fn example(root: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new("cargo");
    command.current_dir(root);
    command.args(["run", "--quiet", "--release", "--package", "butfor-policy", "--example", "oracle", "--"]);
    command.args(arguments);
    command
}

/// Where cargo builds to.
fn target(root: &Path) -> Result<PathBuf> {
    let mut command = cargo_metadata::MetadataCommand::new();
    let metadata = command.current_dir(root).no_deps().exec()?;
    Ok(metadata.target_directory.into_std_path_buf())
}

/// What a process took.
struct Cost {
    wall: Duration,
    /// Of all its threads, user and system; does not depend on what else the machine does as the clock does.
    processor: Duration,
}

fn fastest(command: impl Fn() -> Command, requests: &Path) -> Result<Cost> {
    let mut best = Cost { wall: Duration::MAX, processor: Duration::MAX };
    for _ in 0..RUNS {
        let mut command = command();
        command.stdin(File::open(requests)?).stdout(Stdio::null()).stderr(Stdio::null());
        let (start, before) = (Instant::now(), processor_of_children()?);
        run(&mut command)?;
        best.wall = best.wall.min(start.elapsed());
        best.processor = best.processor.min(processor_of_children()?.saturating_sub(before));
    }
    Ok(best)
}

/// Processor time of the children that ended: `cutime` and `cstime`, in hundredths of a second (Linux, proc(5)).
fn processor_of_children() -> Result<Duration> {
    let stat = fs::read_to_string("/proc/self/stat").context("processor time is measured on Linux only")?;
    let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
    let ticks = fields.skip(13).take(2).map(str::parse::<u64>).sum::<Result<u64, _>>()?;
    Ok(Duration::from_millis(ticks.saturating_mul(10)))
}

fn run(command: &mut Command) -> Result<()> {
    let name = command.get_program().to_string_lossy().into_owned();
    let status = command.status().with_context(|| format!("cannot run `{name}`; install it"))?;
    if !status.success() {
        bail!("`{name}` failed: {status}");
    }
    Ok(())
}
