//! `butfor serve`: the service, put together from its parts.

mod bundles;
mod demo;
mod fetch;
mod found;
mod investigator;
mod live;
mod notifiers;
mod settings;
mod snapshots;

pub(crate) use settings::secret;

use crate::cli::Serve;
use crate::output::{self, Outcome};
use anyhow::Context;
use butfor_config::Config;
use butfor_server::{Desk, Fetch, Service};
use butfor_store::Store;
use std::path::PathBuf;
use std::sync::Arc;
use tokio::net::TcpListener;

/// Serves until it is told to stop.
pub(crate) fn run(asked: &Serve) -> anyhow::Result<Outcome> {
    log(asked);
    crate::live::runtime()?.block_on(serve(asked))?;
    Ok(Outcome::Done)
}

/// Structured logs for machines, lines for people at a terminal; both on standard error.
fn log(asked: &Serve) {
    let builder = tracing_subscriber::fmt().with_writer(std::io::stderr).with_max_level(tracing::Level::INFO);
    let is_json = asked.log_format.is_json();
    // A second logger in one process is a mistake of tests only.
    let _ = if is_json {
        builder.json().try_init()
    } else {
        builder.with_ansi(false).with_target(false).try_init()
    };
}

async fn serve(asked: &Serve) -> anyhow::Result<()> {
    // A demonstration is the same wherever it is started, whatever configuration lies there.
    let config = if asked.demo { Config::default() } else { crate::settings::load(asked.config.as_deref())? };
    // Kept until the end: the data of a demonstration goes with it.
    let demo = asked.demo.then(demo::Demo::new).transpose()?;
    let folder = match &demo {
        Some(demo) => demo.folder().to_owned(),
        None => data_folder(asked, &config)?,
    };
    let database = match &demo {
        Some(_) => None,
        None => settings::database(asked, &config)?,
    };
    std::fs::create_dir_all(&folder).with_context(|| format!("making the folder `{}`", folder.display()))?;
    let store = Store::open(database.as_deref(), &folder).await.context("opening the database")?;
    let settings = settings::settings(asked, &config, database.as_deref(), demo.as_ref())?;
    let investigator = investigator::of(&config, demo.as_ref(), &store)?;
    let notifiers = if demo.is_some() { Vec::new() } else { notifiers::of(&config).await? };
    let fetch: Arc<dyn Fetch> = Arc::new(fetch::Outside::new(config.server.allow_private_urls)?);
    // Only accounts somebody named are looked at without being asked.
    if let Some(every) = config.history.every.filter(|_| demo.is_none() && !config.accounts.is_empty()) {
        tokio::spawn(snapshots::run(config.clone(), store.clone(), every));
    }
    let desk = Desk::open(store, settings, investigator, notifiers).await?;
    let service = Service::new(Arc::clone(&desk), fetch)?;
    let address = asked.listen.as_ref().unwrap_or(&config.server.listen);
    let listener =
        TcpListener::bind(address.as_str()).await.with_context(|| format!("listening on `{address}`"))?;
    let address = listener.local_addr()?;
    greet(&desk, &config, &address.to_string(), demo.is_some()).await?;
    if let Some(demo) = &demo {
        demo.begin(address);
    }
    service.run(listener, stopped()).await.context("serving")?;
    output::note("stopped");
    Ok(())
}

/// The folder of the command line, else of the configuration.
fn data_folder(asked: &Serve, config: &Config) -> anyhow::Result<PathBuf> {
    if asked.data.data.is_some() || std::env::var_os("BUTFOR_DATA").is_some() {
        return crate::live::folder(&asked.data);
    }
    let home = std::env::home_dir().unwrap_or_default();
    Ok(config.data_dir.resolve(&home, &std::env::current_dir()?))
}

/// Prints for whoever started the service; nobody listening is no reason to stop.
fn say(text: &str) {
    let _ = output::print(text);
}

/// Says where the page is, and once how to get in.
async fn greet(desk: &Desk, config: &Config, address: &str, is_demo: bool) -> anyhow::Result<()> {
    let url = config.server.public_url.clone().unwrap_or_else(|| format!("http://{address}"));
    if is_demo {
        say(&format!("demo: open {url}  (an alarm goes off in a moment; nothing is kept; Ctrl-C ends it)\n"));
        return Ok(());
    }
    say(&format!("listening on http://{address}\n"));
    if let Some(token) = desk.first_token().await? {
        say(&format!("administrator's token, shown this once: {token}\nsign in with it at {url}/sign-in\n"));
    }
    for sender in &desk.settings().senders {
        say(&format!("alerts of `{0}` go to {url}/hooks/{0}\n", sender.integration.name));
    }
    if desk.settings().senders.is_empty() {
        output::note("no [[webhooks]] are configured: alerts are refused until there are some");
    }
    Ok(())
}

/// Done when the process is told to stop.
async fn stopped() {
    let interrupt = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = interrupt => {}
                _ = terminate.recv() => {}
            }
            return;
        }
    }
    let _ = interrupt.await;
}

/// The store of a service that ran before; none is made.
pub(crate) async fn open_store(asked: &crate::cli::Database) -> anyhow::Result<Store> {
    let config = crate::settings::load(asked.config.as_deref())?;
    let serve = Serve {
        demo: false,
        listen: None,
        database: asked.database.clone(),
        workers: None,
        log_format: crate::cli::LogFormat::Text,
        config: asked.config.clone(),
        data: crate::cli::Data { data: asked.data.data.clone() },
    };
    let database = settings::database(&serve, &config)?;
    let folder = data_folder(&serve, &config)?;
    let file = folder.join("butfor.db");
    if database.is_none() && !file.exists() {
        anyhow::bail!(output::BadInput(format!(
            "there is no database `{}`: give --data or --database",
            file.display()
        )));
    }
    Store::open(database.as_deref(), &folder).await.context("opening the database")
}
