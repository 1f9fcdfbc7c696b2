//! `butfor doctor`: what keeps an investigation from seeing, before one is needed.

use crate::cli::Doctor;
use crate::live;
use crate::output::{self, Outcome};
use crate::progress::Progress;

pub(super) fn run(asked: &Doctor) -> anyhow::Result<Outcome> {
    let mut progress = Progress::new();
    let findings = live::runtime()?.block_on(live::doctor(&asked.connect, &asked.data, &mut progress))?;
    drop(progress);
    let mut text = String::new();
    for finding in &findings {
        text.push_str(&format!("{:4}  {}\n", finding.word(), output::printable(&finding.text)));
        for line in &finding.more {
            text.push_str(&format!("      {}\n", output::printable(line)));
        }
    }
    output::print(&text)?;
    Ok(Outcome::of_input(findings.iter().all(|finding| !finding.is_bad)))
}
