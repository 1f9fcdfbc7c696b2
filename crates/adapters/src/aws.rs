//! Live AWS: sources that answer queries with `butfor-aws-api`, one outside thing a file. All of them only read.

mod failure;
mod flow_logs;
mod log_query;
mod objects;
mod read;
mod trail_files;

use butfor_aws_api::Client;
use butfor_ports::Source;
use std::sync::Arc;

/// Every source of live AWS, the particular ones first: the first that serves a query answers it.
#[must_use]
pub fn sources(client: &Client) -> Vec<Arc<dyn Source>> {
    vec![
        Arc::new(trail_files::TrailFiles::new(client.clone())),
        Arc::new(flow_logs::FlowLogs::new(client.clone())),
        Arc::new(log_query::LogQuery::new(client.clone())),
        Arc::new(read::Read::new(client.clone())),
    ]
}
