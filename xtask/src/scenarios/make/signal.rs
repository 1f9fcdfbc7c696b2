//! What monitoring saw: the alarm and its message, the metric, application logs, flow logs.

use super::cloud::Place;
use super::host::{Host, Peer};
use super::story::Story;
use butfor_incident::Timestamp;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The alarm of a scenario and everything recorded beside it.
#[derive(Debug, Clone, Default)]
pub(super) struct Signals {
    pub alert: Option<Value>,
    /// Flow log lines with their end time, by place.
    pub flow_lines: BTreeMap<Place, Vec<(i64, String)>>,
    /// By place and log group.
    lines: BTreeMap<(Place, String), Vec<LogLine>>,
    alarm: Option<Fired>,
}

/// Time, stream, message.
type LogLine = (Timestamp, String, String);

/// An alarm.
#[derive(Debug, Clone)]
pub(super) struct Alarm {
    pub name: &'static str,
    pub description: &'static str,
    pub namespace: &'static str,
    pub metric: &'static str,
    pub statistic: &'static str,
    pub dimensions: Vec<(&'static str, String)>,
    pub threshold: f64,
    /// The metric's value while it is bad.
    pub level: f64,
}

#[derive(Debug, Clone)]
struct Fired {
    place: Place,
    alarm: Alarm,
    at: Timestamp,
    broken: Timestamp,
    recovered: Option<Timestamp>,
}

/// Form of the message that starts the investigation (webhook-formats).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    EventBridge,
    Sns,
    Records,
    Webhook,
}

/// What a flow log says of a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Seen {
    /// Both ends accept both directions.
    Accepted,
    /// The caller's interface rejects its own packets.
    RejectedAtSource,
    /// The other side's interface rejects.
    RejectedAtTarget,
    /// The caller's interface accepts the outgoing packets and nothing comes back.
    Unanswered,
    /// The request is accepted at both ends and the reply rejected where it leaves the other side.
    ReplyRejectedAtTarget,
}

impl Alarm {
    /// A count of an application's errors.
    pub(super) fn errors(name: &'static str, description: &'static str, app: &str) -> Self {
        Self {
            name,
            description,
            namespace: "App/Errors",
            metric: "ConnectionErrors",
            statistic: "Sum",
            dimensions: vec![("Service", app.to_owned())],
            threshold: 3.0,
            level: 9.0,
        }
    }
}

impl Story {
    /// The metric is bad from `broken` on and the alarm fires now.
    pub(super) fn fire(&mut self, place: &Place, alarm: Alarm, broken: &str, format: Format) {
        self.fire_until(place, alarm, broken, None, format);
    }

    /// As [`Story::fire`]; the metric is good again from `recovered` on.
    pub(super) fn fire_until(
        &mut self,
        place: &Place,
        alarm: Alarm,
        broken: &str,
        recovered: Option<&str>,
        format: Format,
    ) {
        let broken = self.moment(broken);
        let recovered = recovered.map(|time| self.moment(time));
        let fired = Fired { place: place.clone(), alarm, at: self.now, broken, recovered };
        self.signals.alert = Some(self.message(&fired, format));
        self.signals.alarm = Some(fired);
    }

    fn message(&self, fired: &Fired, format: Format) -> Value {
        let Fired { place, alarm, .. } = fired;
        let (at, reason) = (stamp(fired.at), fired.reason());
        let topic = place.arn("sns", "on-call");
        let sns = || {
            json!({
                "Type": "Notification", "MessageId": self.ids.uuid("sns message"), "TopicArn": topic,
                "Subject": format!("ALARM: \"{}\" in {}", alarm.name, place.region),
                "Message": fired.cloudwatch_message(&topic).to_string(),
                "Timestamp": fired.at.plus_seconds(1).to_string(), "SignatureVersion": "1",
                "Signature": "RVhBTVBMRQ==", "UnsubscribeURL": "https://sns.example.com/?Action=Unsubscribe",
                "SigningCertURL": format!("https://sns.{}.amazonaws.com/SimpleNotificationService-0.pem", place.region)
            })
        };
        match format {
            Format::Sns => sns(),
            Format::Records => json!({ "Records": [{
                "EventSource": "aws:sns", "EventVersion": "1.0", "EventSubscriptionArn": format!("{topic}:0"),
                "Sns": sns()
            }] }),
            Format::EventBridge => json!({
                "version": "0", "id": self.ids.uuid("eventbridge"), "detail-type": "CloudWatch Alarm State Change",
                "source": "aws.cloudwatch", "account": place.account, "time": fired.at.to_string(),
                "region": place.region, "resources": [fired.arn()],
                "detail": {
                    "alarmName": alarm.name,
                    "state": { "value": "ALARM", "reason": reason, "reasonData": "{}", "timestamp": at },
                    "previousState": { "value": "OK", "reason": "", "timestamp": stamp(fired.at.plus_seconds(-86_400)) },
                    "configuration": { "description": alarm.description, "metrics": fired.metrics() }
                }
            }),
            Format::Webhook => json!({
                "eventType": "incident", "incidentId": format!("{}-{at}", alarm.name), "action": "created",
                "priority": "HIGH", "title": format!("CloudWatch Alarm: {}", alarm.name),
                "description": alarm.description, "timestamp": at, "service": alarm.name,
                "data": { "metadata": {
                    "alarmName": alarm.name, "alarmArn": fired.arn(), "region": place.region,
                    "accountId": place.account, "newState": "ALARM", "reason": reason, "metrics": fired.metrics()
                } }
            }),
        }
    }

    /// A line an application logs now.
    pub(super) fn log(&mut self, place: &Place, group: &str, stream: &str, message: &str) {
        let key = (place.clone(), group.to_owned());
        let line = (self.now, stream.to_owned(), message.to_owned());
        self.signals.lines.entry(key).or_default().push(line);
    }

    /// Ordinary lines every two minutes of the quarter of an hour before `until`, then `error` every 20 seconds: `{at}`
    /// in it stands for the time of day.
    pub(super) fn log_errors(&mut self, host: &Host, group: &str, from: &str, count: i64, error: &str) {
        let (now, from) = (self.now, self.moment(from));
        for minutes in [14, 11, 8, 5, 2] {
            self.now = from.plus_seconds(-60 * minutes + 4);
            let line = format!("{} INFO app.web GET /items 200 18ms", local(self.now));
            self.log(&host.place, group, &host.id, &line);
        }
        for number in 0..count {
            self.now = from.plus_seconds(4 + 23 * number);
            let line = error.replace("{at}", &local(self.now));
            self.log(&host.place, group, &host.id, &line);
        }
        self.now = now;
    }

    /// A conversation in the flow logs, every two minutes from `from` to `to`.
    pub(super) fn traffic(
        &mut self,
        from: &Peer,
        to: &Peer,
        port: u16,
        (since, until): (&str, &str),
        seen: Seen,
    ) {
        let (mut at, until) = (self.moment(since), self.moment(until));
        while at <= until {
            let number =
                self.ids.number(&format!("{} {} {port} {}", from.address, to.address, at.as_millis()));
            let source_port = 32_768 + number % 28_000;
            let request = (&from.address, &to.address, source_port, u64::from(port));
            let reply = (&to.address, &from.address, u64::from(port), source_port);
            match seen {
                Seen::Accepted => {
                    for peer in [from, to] {
                        self.flow_line(peer, request, at, "ACCEPT");
                        self.flow_line(peer, reply, at, "ACCEPT");
                    }
                }
                Seen::RejectedAtSource => self.flow_line(from, request, at, "REJECT"),
                Seen::Unanswered => self.flow_line(from, request, at, "ACCEPT"),
                Seen::RejectedAtTarget => {
                    self.flow_line(from, request, at, "ACCEPT");
                    self.flow_line(to, request, at, "REJECT");
                }
                Seen::ReplyRejectedAtTarget => {
                    self.flow_line(from, request, at, "ACCEPT");
                    self.flow_line(to, request, at, "ACCEPT");
                    self.flow_line(to, reply, at, "REJECT");
                }
            }
            at = at.plus_seconds(120);
        }
    }

    fn flow_line(&mut self, seen_by: &Peer, flow: (&String, &String, u64, u64), at: Timestamp, action: &str) {
        let Some((place, interface)) = &seen_by.interface else { return };
        let (source, target, source_port, target_port) = flow;
        let start = at.as_millis() / 1000;
        let end = start + 55;
        let line = format!(
            "2 {} {interface} {source} {target} {source_port} {target_port} 6 8 1840 {start} {end} {action} OK",
            place.account
        );
        self.signals.flow_lines.entry(place.clone()).or_default().push((end, line));
    }

    /// Alarm, history, metric and logs as they are now.
    pub(super) fn observe_signals(&mut self) {
        if let Some(fired) = self.signals.alarm.clone() {
            let Fired { place, alarm, .. } = &fired;
            self.call(
                place,
                "cloudwatch",
                "DescribeAlarms",
                json!({}),
                json!({ "MetricAlarms": [fired.described()] }),
            );
            let parameters = json!({ "AlarmName": alarm.name });
            self.call(place, "cloudwatch", "DescribeAlarmHistory", parameters, fired.history());
            let (parameters, output) = fired.series(self.now);
            self.call(place, "cloudwatch", "GetMetricData", parameters, output);
        }
        for ((place, group), lines) in std::mem::take(&mut self.signals.lines) {
            let mut lines: Vec<_> = lines.into_iter().filter(|(at, ..)| *at <= self.now).collect();
            lines.sort();
            let (Some((first, ..)), Some((last, ..))) = (lines.first(), lines.last()) else { continue };
            let parameters =
                json!({ "logGroupName": group, "startTime": first.as_millis(), "endTime": last.as_millis() });
            let events: Vec<_> = lines
                .iter()
                .enumerate()
                .map(|(number, (at, stream, message))| {
                    json!({
                        "eventId": self.ids.number(&format!("{group} {number}")).to_string(),
                        "logStreamName": stream, "timestamp": at.as_millis(),
                        "ingestionTime": at.as_millis() + 1200, "message": message
                    })
                })
                .collect();
            let output = json!({ "events": events, "searchedLogStreams": [] });
            self.call(&place, "logs", "FilterLogEvents", parameters, output);
        }
    }
}

impl Fired {
    fn arn(&self) -> String {
        self.place.arn("cloudwatch", &format!("alarm:{}", self.alarm.name))
    }

    fn reason(&self) -> String {
        let Alarm { level, threshold, .. } = self.alarm;
        if level <= threshold {
            // Nothing crossed it: somebody set the state.
            return "testing the on-call rota".to_owned();
        }
        format!(
            "Threshold Crossed: 1 out of the last 1 datapoints [{level:.1}] was greater than the threshold \
             ({threshold:.1}) (minimum 1 datapoint for OK -> ALARM transition)."
        )
    }

    /// Dimensions as a list, with the member names one API uses.
    fn dimensions(&self, name: &str, value: &str) -> Vec<Value> {
        self.alarm.dimensions.iter().map(|(key, text)| json!({ name: key, value: text })).collect()
    }

    /// As in an EventBridge event: dimensions are a map there.
    fn metrics(&self) -> Value {
        let dimensions: BTreeMap<_, _> =
            self.alarm.dimensions.iter().map(|(key, text)| (*key, text)).collect();
        json!([{ "id": "m1", "returnData": true, "metricStat": {
            "metric": { "namespace": self.alarm.namespace, "name": self.alarm.metric, "dimensions": dimensions },
            "period": 60, "stat": self.alarm.statistic
        } }])
    }

    fn cloudwatch_message(&self, topic: &str) -> Value {
        json!({
            "AlarmName": self.alarm.name, "AlarmDescription": self.alarm.description,
            "AWSAccountId": self.place.account, "NewStateValue": "ALARM", "NewStateReason": self.reason(),
            "StateChangeTime": stamp(self.at), "Region": self.place.region, "AlarmArn": self.arn(),
            "OldStateValue": "OK", "OKActions": [], "AlarmActions": [topic], "InsufficientDataActions": [],
            "Trigger": {
                "MetricName": self.alarm.metric, "Namespace": self.alarm.namespace, "StatisticType": "Statistic",
                "Statistic": self.alarm.statistic.to_ascii_uppercase(), "Unit": null,
                "Dimensions": self.dimensions("name", "value"), "Period": 60, "EvaluationPeriods": 1,
                "DatapointsToAlarm": 1, "ComparisonOperator": "GreaterThanThreshold",
                "Threshold": self.alarm.threshold, "TreatMissingData": "notBreaching"
            }
        })
    }

    fn described(&self) -> Value {
        let state = if self.recovered.is_some() { "OK" } else { "ALARM" };
        let since = self.recovered.map_or(self.at, |recovered| recovered.plus_seconds(60));
        json!({
            "AlarmName": self.alarm.name, "AlarmArn": self.arn(), "AlarmDescription": self.alarm.description,
            "ActionsEnabled": true, "StateValue": state, "StateReason": self.reason(),
            "StateUpdatedTimestamp": since.to_string(), "MetricName": self.alarm.metric,
            "Namespace": self.alarm.namespace, "Statistic": self.alarm.statistic,
            "Dimensions": self.dimensions("Name", "Value"), "Period": 60, "EvaluationPeriods": 1,
            "DatapointsToAlarm": 1, "Threshold": self.alarm.threshold,
            "ComparisonOperator": "GreaterThanThreshold", "TreatMissingData": "notBreaching"
        })
    }

    fn history(&self) -> Value {
        let item = |at: Timestamp, from: &str, to: &str| {
            let data = json!({ "version": "1.0", "oldState": { "stateValue": from },
                "newState": { "stateValue": to, "stateReason": self.reason() } });
            json!({
                "AlarmName": self.alarm.name, "AlarmType": "MetricAlarm", "Timestamp": at.to_string(),
                "HistoryItemType": "StateUpdate", "HistorySummary": format!("Alarm updated from {from} to {to}"),
                "HistoryData": data.to_string()
            })
        };
        let mut items = Vec::new();
        if let Some(recovered) = self.recovered {
            items.push(item(recovered.plus_seconds(60), "ALARM", "OK"));
        }
        items.push(item(self.at, "OK", "ALARM"));
        json!({ "AlarmHistoryItems": items })
    }

    /// One point a minute, from twenty minutes before the fault to now.
    fn series(&self, now: Timestamp) -> (Value, Value) {
        let start = Timestamp::from_millis(self.broken.as_millis() / 60_000 * 60_000).plus_seconds(-20 * 60);
        let (mut times, mut values, mut at) = (Vec::new(), Vec::new(), start);
        while at < now {
            let is_bad =
                at.plus_seconds(60) > self.broken && self.recovered.is_none_or(|recovered| at < recovered);
            times.push(at.to_string());
            values.push(if is_bad { self.alarm.level } else { 0.0 });
            at = at.plus_seconds(60);
        }
        let metric = json!({ "Namespace": self.alarm.namespace, "MetricName": self.alarm.metric,
            "Dimensions": self.dimensions("Name", "Value") });
        let parameters = json!({
            "StartTime": start.to_string(), "EndTime": now.to_string(),
            "MetricDataQueries": [{ "Id": "m1", "ReturnData": true,
                "MetricStat": { "Metric": metric, "Period": 60, "Stat": self.alarm.statistic } }]
        });
        let output = json!({ "Messages": [], "MetricDataResults": [{ "Id": "m1", "Label": self.alarm.metric,
            "Timestamps": times, "Values": values, "StatusCode": "Complete" }] });
        (parameters, output)
    }
}

/// An alarm state's own notation: `2026-06-03T13:24:04.000+0000`.
fn stamp(at: Timestamp) -> String {
    at.to_string().replace('Z', ".000+0000")
}

/// As application logs write time: `2026-06-03 13:24:04,120`.
fn local(at: Timestamp) -> String {
    format!("{} {},120", at.date(), at.clock())
}
