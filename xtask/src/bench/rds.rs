//! Databases and workloads (opensre's synthetic scenarios): evidence in the shapes of AWS, EKS and Datadog in, a cause and
//! its category out.
//!
//! A folder has the suites `rds_postgres` and `eks`, each with `000-healthy` and further scenarios. Of `scenario.yml` only `base`
//! is read before the answer; `answer.yml` and `failure_mode` are the scorer's. An alarm's label that names the fault
//! (`rds_failure_mode`, `k8s_failure_mode`) is a leak and is not read either.

mod evidence;
mod report;
mod yaml;

use anyhow::{Context as _, Result, bail};
use evidence::Evidence;
use report::Report;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;
use yaml::Keys;

pub(super) fn run(folder: &Path, options: &[&str]) -> Result<()> {
    let mut shows = false;
    for option in options {
        match *option {
            "--reports" => shows = true,
            other => bail!("unknown option `{other}`; there is --reports"),
        }
    }
    let mut total = Total::default();
    for suite in ["rds_postgres", "eks"] {
        let mut scenarios: Vec<PathBuf> = match fs::read_dir(folder.join(suite)) {
            Ok(entries) => entries.map(|entry| entry.map(|entry| entry.path())).collect::<Result<_, _>>()?,
            Err(_) => continue,
        };
        scenarios.retain(|path| path.join("scenario.yml").is_file());
        scenarios.sort();
        let mut of_suite = Total::default();
        for path in &scenarios {
            let start = Instant::now();
            let evidence = Evidence::read(path).with_context(|| format!("read `{}`", path.display()))?;
            let report =
                if suite == "eks" { report::workload(&evidence) } else { report::database(&evidence) };
            let seconds = start.elapsed().as_secs_f64();
            let score = Score::of(&report, path)?;
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            println!("{suite} {name}: {} ({}) {score}", report.category, report.cause);
            if shows {
                println!("{}", report.text());
            }
            of_suite.add(&score, seconds);
            total.add(&score, seconds);
        }
        of_suite.print(suite);
    }
    if total.count == 0 {
        bail!("`{}` has no scenario; give the folder with rds_postgres and eks", folder.display());
    }
    total.print("all");
    Ok(())
}

/// What is right in a report.
struct Score {
    category: bool,
    cause: bool,
    forbidden: bool,
    missing: Vec<String>,
    not_ruled_out: Vec<String>,
    sources: bool,
}

impl Score {
    fn of(report: &Report, path: &Path) -> Result<Self> {
        let answer = Keys::read(&fs::read_to_string(path.join("answer.yml"))?);
        let scenario = Keys::read(&fs::read_to_string(path.join("scenario.yml"))?);
        let text = report.text().to_lowercase();
        let absent = |key: &str| {
            let words = answer.list(key).iter().filter(|word| !text.contains(&word.to_lowercase()));
            words.cloned().collect::<Vec<_>>()
        };
        let forbidden =
            answer.list("forbidden_keywords").iter().any(|word| text.contains(&word.to_lowercase()))
                || answer.list("forbidden_categories").iter().any(|category| *category == report.category);
        let mode = scenario.text("failure_mode");
        // Where the label forbids the mode's own name, the mode names the symptom; then the keywords tell the cause.
        let cause = if answer.list("forbidden_categories").contains(&mode) {
            let words = answer.list("required_keywords");
            words.iter().all(|word| report.headline.to_lowercase().contains(&word.to_lowercase()))
        } else {
            report.causes.contains(&mode.as_str())
        };
        let sources =
            answer.list("required_evidence_sources").iter().all(|source| report.sources.contains(source));
        Ok(Self {
            category: answer.text("root_cause_category") == report.category,
            cause,
            forbidden,
            missing: absent("required_keywords"),
            not_ruled_out: absent("ruling_out_keywords"),
            sources,
        })
    }

    /// Upstream's rule for a pass.
    fn passes(&self) -> bool {
        self.category
            && !self.forbidden
            && self.missing.is_empty()
            && self.not_ruled_out.is_empty()
            && self.sources
    }
}

impl std::fmt::Display for Score {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let word = |right: bool| if right { "right" } else { "WRONG" };
        write!(out, "category {}, cause {}", word(self.category), word(self.cause))?;
        for (what, words) in [("keywords missing", &self.missing), ("not ruled out", &self.not_ruled_out)] {
            if !words.is_empty() {
                write!(out, ", {what}: {}", words.join(", "))?;
            }
        }
        if self.forbidden {
            write!(out, ", says something forbidden")?;
        }
        Ok(())
    }
}

#[derive(Default)]
struct Total {
    count: usize,
    categories: usize,
    causes: usize,
    keywords: usize,
    ruled_out: usize,
    passes: usize,
    seconds: f64,
    slowest: f64,
}

impl Total {
    fn add(&mut self, score: &Score, seconds: f64) {
        self.count += 1;
        self.categories += usize::from(score.category);
        self.causes += usize::from(score.cause);
        self.keywords += usize::from(score.missing.is_empty());
        self.ruled_out += usize::from(score.not_ruled_out.is_empty());
        self.passes += usize::from(score.passes());
        self.seconds += seconds;
        self.slowest = self.slowest.max(seconds);
    }

    fn print(&self, name: &str) {
        let count = self.count;
        println!(
            "{name}: category {} of {count}, named cause {} of {count}; all must-rule-outs named {} of {count}, all keywords {} of {count}, upstream's pass {} of {count}; {:.4} s a scenario, {:.4} s the slowest",
            self.categories,
            self.causes,
            self.ruled_out,
            self.keywords,
            self.passes,
            self.seconds / count.max(1) as f64,
            self.slowest
        );
    }
}

/// Values by file name.
type Files = BTreeMap<String, serde_json::Value>;
