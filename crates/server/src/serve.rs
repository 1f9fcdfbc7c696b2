//! Connections and workers, from start to a clean end.

use crate::desk::Desk;
use crate::fetch::Fetch;
use crate::http::{self, Shared};
use crate::oidc::Provider;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use std::future::Future;
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;

/// Connections at the same time: each costs some 20 KiB, and whoever holds them open for nothing must not take all memory.
const CONNECTIONS_MAX: usize = 2_048;

/// Who takes longer to send the head of a request has no honest reason (slow loris).
const HEAD_WAIT: Duration = Duration::from_secs(10);

/// How long requests and jobs at hand may take to end when the service is told to stop.
const END_WAIT: Duration = Duration::from_secs(20);

/// How often quiet incidents are closed and old ones forgotten.
const HOUSEKEEPING: Duration = Duration::from_secs(300);

/// The service, ready to be run.
pub struct Service {
    desk: Arc<Desk>,
    shared: Shared,
}

impl Service {
    /// A service over a desk.
    ///
    /// # Errors
    /// When there is no randomness.
    pub fn new(desk: Arc<Desk>, fetch: Arc<dyn Fetch>) -> butfor_store::Result<Self> {
        let settings = &desk.settings;
        let provider = settings.sign_in.clone().map(|sign_in| {
            let url = settings.public_url.clone().unwrap_or_default();
            Arc::new(Provider::new(sign_in, &url, Arc::clone(&fetch)))
        });
        let shared = Shared {
            hooks: Arc::new(http::Senders::new(&settings.senders, fetch)),
            provider,
            demo_csrf: crate::secret::token()?.into(),
            desk: Arc::clone(&desk),
        };
        Ok(Self { desk, shared })
    }

    /// Serves until `stop` is done; then takes no more, and ends what is at hand.
    ///
    /// # Errors
    /// When the listener breaks.
    pub async fn run(self, listener: TcpListener, stop: impl Future<Output = ()>) -> io::Result<()> {
        let (stopped, stopping) = watch::channel(false);
        let mut workers = JoinSet::new();
        for worker in 0..self.desk.settings.workers.max(1) {
            workers.spawn(Arc::clone(&self.desk).work(worker, stopping.clone()));
        }
        for channel in self.desk.channels() {
            workers.spawn(Arc::clone(&self.desk).tell(channel, stopping.clone()));
        }
        workers.spawn(keep_house(Arc::clone(&self.desk), stopping));
        let graceful = GracefulShutdown::new();
        let served = self.accept(&listener, &graceful, stop).await;
        drop(listener);
        let _ = stopped.send(true);
        self.desk.feed.stop();
        let end = async {
            graceful.shutdown().await;
            while workers.join_next().await.is_some() {}
        };
        if tokio::time::timeout(END_WAIT, end).await.is_err() {
            tracing::warn!("some work was not finished in time; its lease ends by itself");
        }
        served
    }

    async fn accept(
        &self,
        listener: &TcpListener,
        graceful: &GracefulShutdown,
        stop: impl Future<Output = ()>,
    ) -> io::Result<()> {
        let router = http::router(self.shared.clone());
        let places = Arc::new(Semaphore::new(CONNECTIONS_MAX));
        let mut stop = std::pin::pin!(stop);
        loop {
            let place = tokio::select! {
                () = &mut stop => return Ok(()),
                place = Arc::clone(&places).acquire_owned() => place,
            };
            let stream = tokio::select! {
                () = &mut stop => return Ok(()),
                accepted = listener.accept() => match accepted {
                    Ok((stream, _)) => stream,
                    Err(error) => {
                        // Too many open files, or a connection that was gone before it was taken: both pass.
                        tracing::warn!(%error, "a connection could not be accepted");
                        tokio::time::sleep(Duration::from_millis(50)).await;
                        continue;
                    }
                },
            };
            let _ = stream.set_nodelay(true);
            let mut builder = hyper::server::conn::http1::Builder::new();
            builder.timer(TokioTimer::new()).header_read_timeout(HEAD_WAIT).max_buf_size(64 << 10);
            let connection =
                builder.serve_connection(TokioIo::new(stream), TowerToHyperService::new(router.clone()));
            let connection = graceful.watch(connection);
            tokio::spawn(async move {
                // Whoever hung up does not want to know.
                let _ = connection.await;
                drop(place);
            });
        }
    }
}

async fn keep_house(desk: Arc<Desk>, mut stop: watch::Receiver<bool>) {
    while !*stop.borrow() {
        if let Err(error) = desk.keep_house().await {
            tracing::error!(%error, "housekeeping failed");
        }
        tokio::select! {
            () = tokio::time::sleep(HOUSEKEEPING) => {}
            _ = stop.changed() => {}
        }
    }
}
