//! The workload most scenarios play in: two zones, a NAT gateway, application instances, a database.

use super::build::{Nat, Subnet, Vpc};
use super::cloud::Place;
use super::host::{Database, Host, Peer};
use super::signal::Alarm;
use super::story::Story;
use super::truth::Cause;
use serde_json::{Value, json};

/// A workload in one VPC.
#[derive(Debug, Clone)]
pub(super) struct Stack {
    pub place: Place,
    pub vpc: Vpc,
    pub public: Subnet,
    pub app_a: Subnet,
    pub app_b: Subnet,
    pub data_a: Subnet,
    pub data_b: Subnet,
    pub igw: String,
    pub nat: Nat,
    pub public_table: String,
    pub app_table: String,
    pub data_table: String,
    pub app_group: String,
    pub db_group: String,
    pub host_a: Host,
    pub host_b: Host,
    pub db: Database,
}

/// An address on the internet that applications call.
pub(super) const OUTSIDE: &str = "203.0.113.180";

impl Stack {
    /// `name` in 10.`net`.0.0/16 with a database on `port`.
    pub(super) fn new(story: &mut Story, place: &Place, name: &str, net: u8, port: u16) -> Self {
        story.at("06:00:00");
        let vpc = story.vpc(place, name, net);
        let public = story.subnet(&vpc, "public-a", "a", 0);
        let app_a = story.subnet(&vpc, "app-a", "a", 10);
        let app_b = story.subnet(&vpc, "app-b", "b", 11);
        let data_a = story.subnet(&vpc, "data-a", "a", 20);
        let data_b = story.subnet(&vpc, "data-b", "b", 21);
        let igw = story.internet_gateway(&vpc);
        let nat = story.nat_gateway(&public, &format!("198.51.100.{net}"));
        let public_table = story.route_table(&vpc, "public", &[&public]);
        story.route(&public_table, "0.0.0.0/0", &igw);
        let app_table = story.route_table(&vpc, "app", &[&app_a, &app_b]);
        story.route(&app_table, "0.0.0.0/0", &nat.id);
        let data_table = story.route_table(&vpc, "data", &[&data_a, &data_b]);
        let app_group = story.group(&vpc, "app");
        let db_group = story.group(&vpc, "db");
        story.allow(&db_group, port, &app_group);
        let host_a = story.instance(&app_a, "app-1", 17, &[&app_group]);
        let host_b = story.instance(&app_b, "app-2", 23, &[&app_group]);
        let db = story.database(&[&data_a, &data_b], port, &[&db_group]);
        Self {
            place: place.clone(),
            vpc,
            public,
            app_a,
            app_b,
            data_a,
            data_b,
            igw,
            nat,
            public_table,
            app_table,
            data_table,
            app_group,
            db_group,
            host_a,
            host_b,
            db,
        }
    }

    /// The log group of its application.
    pub(super) fn log_group(&self) -> String {
        format!("/app/{}", self.vpc.name)
    }

    /// The alarm on its database errors.
    pub(super) fn db_alarm(&self) -> Alarm {
        Alarm::errors(
            "db-connection-errors",
            "the application cannot open database connections",
            &self.vpc.name,
        )
    }

    /// The alarm on its calls to the outside.
    pub(super) fn call_alarm(&self) -> Alarm {
        Alarm::errors("outbound-call-errors", "the application cannot call an external API", &self.vpc.name)
    }

    /// What the application logs when the database does not answer.
    pub(super) fn db_timeout(&self) -> String {
        let Database { endpoint, address, port, .. } = &self.db;
        format!(
            "{{at}} ERROR app.db could not open a connection\nOperationalError: connection to server at \"{endpoint}\" \
             ({address}), port {port} failed: Connection timed out"
        )
    }

    /// What the application logs when an external call does not get through.
    pub(super) fn call_timeout() -> String {
        "{at} ERROR app.outbound call failed: ConnectTimeout: HTTPSConnectionPool(host='api.partner.example.com', \
         port=443): Max retries exceeded (Caused by ConnectTimeoutError('Connection to api.partner.example.com timed \
         out. (connect timeout=10)'))"
            .to_owned()
    }

    /// Errors of both instances in the log, from `from` on.
    pub(super) fn log_errors(&self, story: &mut Story, from: &str, error: &str) {
        for host in [&self.host_a, &self.host_b] {
            story.log_errors(host, &self.log_group(), from, 5, error);
        }
    }

    /// The peer on the internet.
    pub(super) fn outside() -> Peer {
        Peer::outside(OUTSIDE)
    }

    /// A root cause in this stack's account.
    pub(super) fn cause(
        &self,
        resource: &str,
        words: &[&'static str],
        component: &str,
        events: &[&String],
    ) -> Cause {
        Cause {
            resource: resource.to_owned(),
            account: self.place.account.clone(),
            region: self.place.region.clone(),
            words: words.to_vec(),
            component: component.to_owned(),
            events: events.iter().map(|event| (*event).clone()).collect(),
            ..Cause::default()
        }
    }

    /// AuthorizeSecurityGroupIngress with one TCP port from one group.
    pub(super) fn authorize(group: &str, port: u16, from: &str) -> (&'static str, &'static str, Value) {
        let permission = json!({ "IpProtocol": "tcp", "FromPort": port, "ToPort": port,
            "UserIdGroupPairs": [{ "GroupId": from }] });
        ("ec2", "AuthorizeSecurityGroupIngress", json!({ "GroupId": group, "IpPermissions": [permission] }))
    }
}
