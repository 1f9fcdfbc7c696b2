//! The desk: everything the service can be asked or told, whoever asks. Handlers of HTTP only translate.

mod arrive;
mod board;
mod close;
mod decide;
mod facts;
mod investigate;
mod look;
mod people;

mod start;
mod tell;

pub(crate) use arrive::Receipt;
pub(crate) use look::{Answered, Look, Shown};
pub use people::admin_token;
pub(crate) use people::{SCOPES, allowed, called};

use crate::feed::Feed;
use crate::investigator::Investigator;
use crate::metrics::Metrics;
use crate::settings::Settings;
use board::Board;
use butfor_ports::Notifier;
use butfor_store::{AuditEntry, Intake, Store};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;

/// Kind of the jobs that investigate.
pub(crate) const INVESTIGATE: &str = "investigate";

/// Kind of the jobs that close incidents whose alarms are over.
pub(crate) const CLOSE: &str = "close";

/// Everything the service works with.
pub struct Desk {
    pub(crate) store: Store,
    pub(crate) settings: Settings,
    pub(crate) feed: Feed,
    pub(crate) metrics: Metrics,
    intake: Intake,
    board: Mutex<Board>,
    investigator: Arc<dyn Investigator>,
    notifiers: BTreeMap<String, Arc<dyn Notifier>>,
    /// Rung when there is work: nobody waits for the next look.
    wake: Notify,
}

impl Desk {
    /// A desk over an open store. Must be called within a runtime.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn open(
        store: Store,
        settings: Settings,
        investigator: Arc<dyn Investigator>,
        notifiers: Vec<Arc<dyn Notifier>>,
    ) -> butfor_store::Result<Arc<Self>> {
        let desk = Self {
            intake: store.intake(),
            store,
            settings,
            feed: Feed::new(),
            metrics: Metrics::default(),
            board: Mutex::default(),
            investigator,
            notifiers: notifiers.into_iter().map(|notifier| (notifier.name().to_owned(), notifier)).collect(),
            wake: Notify::new(),
        };
        desk.read_board().await?;
        Ok(Arc::new(desk))
    }

    fn board(&self) -> MutexGuard<'_, Board> {
        // Every change of the board is whole before anything that could panic.
        self.board.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What the service was told when it started.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Notes who did what.
    pub(crate) async fn note(
        &self,
        who: &str,
        action: &str,
        subject: &str,
        detail: &str,
    ) -> butfor_store::Result<()> {
        let entry = AuditEntry {
            at: crate::clock::now(),
            actor: who.to_owned(),
            action: action.to_owned(),
            subject: subject.to_owned(),
            detail: detail.to_owned(),
        };
        self.store.audit(&entry).await.map(|_| ())
    }

    /// A link to an incident's page, where people can reach one.
    pub(crate) fn link(&self, incident: butfor_store::IncidentId) -> Option<String> {
        self.settings.public_url.as_ref().map(|url| format!("{url}/incidents/{incident}"))
    }
}

impl Desk {
    /// Wakes the workers.
    fn ring(&self) {
        self.wake.notify_waiters();
    }
}
