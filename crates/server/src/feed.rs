//! What happens to incidents, as it happens, for whoever watches.
//!
//! A feed forgets: who looks later reads the store. It only spares people the reload.

use butfor_store::IncidentId;
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::sync::{broadcast, watch};

/// News that wait for a slow watcher; who falls further behind is told to look again.
const BEHIND_MAX: usize = 256;

/// Lines of progress kept of a running investigation, for who opens the page while it runs.
const LINES_MAX: usize = 200;

/// News about one incident.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum News {
    /// An investigation has come further.
    Progress,
    /// There is a new assessment.
    Assessed,
    /// Something else changed: an alert, a decision, a question, the state.
    Changed,
}

/// How far a running investigation has come.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Progress {
    /// Questions answered.
    pub done: usize,
    /// Questions asked so far.
    pub asked: usize,
    /// What was done, in order.
    pub lines: Vec<String>,
}

/// News of all incidents of this process.
#[derive(Debug)]
pub(crate) struct Feed {
    sender: broadcast::Sender<(IncidentId, News)>,
    running: Mutex<BTreeMap<IncidentId, Progress>>,
    /// Whether the service ends: nobody is to watch any longer.
    stopped: watch::Sender<bool>,
}

impl Feed {
    pub(crate) fn new() -> Self {
        Self {
            sender: broadcast::Sender::new(BEHIND_MAX),
            running: Mutex::default(),
            stopped: watch::Sender::new(false),
        }
    }

    fn running(&self) -> MutexGuard<'_, BTreeMap<IncidentId, Progress>> {
        // What is in there is only shown: a panic elsewhere leaves nothing half done that matters.
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Watches from now on.
    pub(crate) fn watch(&self) -> broadcast::Receiver<(IncidentId, News)> {
        self.sender.subscribe()
    }

    pub(crate) fn tell(&self, incident: IncidentId, news: News) {
        // Nobody watching is no error.
        let _ = self.sender.send((incident, news));
    }

    /// Sends everybody home.
    pub(crate) fn stop(&self) {
        self.stopped.send_replace(true);
    }

    /// Done when the service ends.
    pub(crate) async fn stopped(&self) {
        // The sender lives as long as the feed.
        let _ = self.stopped.subscribe().wait_for(|is_stopped| *is_stopped).await;
    }

    /// An investigation begins.
    pub(crate) fn begin(&self, incident: IncidentId) {
        self.running().insert(incident, Progress::default());
        self.tell(incident, News::Progress);
    }

    /// It has come further.
    pub(crate) fn step(&self, incident: IncidentId, done: usize, asked: usize, line: &str) {
        if let Some(progress) = self.running().get_mut(&incident) {
            (progress.done, progress.asked) = (done, asked);
            if !line.is_empty() && progress.lines.len() < LINES_MAX {
                progress.lines.push(line.to_owned());
            }
        }
        self.tell(incident, News::Progress);
    }

    /// It has ended, one way or another.
    pub(crate) fn end(&self, incident: IncidentId, news: News) {
        self.running().remove(&incident);
        self.tell(incident, news);
    }

    /// How far the investigation of an incident has come, if one runs in this process.
    pub(crate) fn progress(&self, incident: IncidentId) -> Option<Progress> {
        self.running().get(&incident).cloned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_opens_the_page_late_sees_what_was_done() {
        let feed = Feed::new();
        let (one, other) = (IncidentId(1), IncidentId(2));
        feed.begin(one);
        feed.step(one, 1, 4, "ec2 DescribeRouteTables");
        feed.step(other, 1, 4, "of nobody");
        let progress = feed.progress(one).unwrap();
        assert_eq!((progress.done, progress.asked), (1, 4));
        assert_eq!(progress.lines, ["ec2 DescribeRouteTables"]);
        assert_eq!(feed.progress(other), None);
        feed.end(one, News::Assessed);
        assert_eq!(feed.progress(one), None);
    }
}
