//! A deploy, a failing function, and what makes the one the cause of the other, or not.

use butfor_incident::{Assessment, Body, CaseFile, Evidence, Grade, Outcome, Query, Timestamp};
use serde_json::{Value, json};

const ERROR: &str = "[ERROR] KeyError: 'total'\nTraceback (most recent call last):\n  File \"/var/task/app.py\", line 9, in handler\n    return order[\"total\"]\nKeyError: 'total'";
const DENIED: &str = "[ERROR] ClientError: An error occurred (AccessDeniedException) when calling the GetItem operation: User is not authorized to perform: dynamodb:GetItem";

fn at(clock: &str) -> Timestamp {
    Timestamp::parse(&format!("2026-06-03T{clock}Z")).unwrap()
}

/// A case: the function `cart` is deployed at 08:30 and fails from 08:31 on.
struct Told {
    case: CaseFile,
    events: Vec<Value>,
}

impl Told {
    fn new() -> Self {
        let mut told = Self {
            case: CaseFile { as_of: at("08:45:00"), evidence: Vec::new(), gaps: Vec::new(), rounds: 1 },
            events: Vec::new(),
        };
        told.functions("08:00:00", "one=");
        told.functions("08:44:00", "two=");
        told.lines("08:10:00", 31, "INFO served 200");
        told
    }

    fn add(&mut self, operation: &str, parameters: Value, clock: &str, body: Body) {
        let service = match operation {
            "ListFunctions" => "lambda",
            "FilterLogEvents" => "logs",
            _ => "",
        };
        let query = Query {
            account: "111122223333".to_owned(),
            region: "eu-west-1".to_owned(),
            service: service.to_owned(),
            operation: operation.to_owned(),
            parameters: parameters.to_string().into(),
        };
        self.case.evidence.push(Evidence::new(query, Some(at(clock)), body));
    }

    fn functions(&mut self, clock: &str, sum: &str) {
        let function = |name: &str, sum: &str| {
            json!({ "FunctionName": name, "FunctionArn": format!("arn:aws:lambda:eu-west-1:111122223333:function:{name}"),
                "CodeSha256": sum, "Role": "arn:aws:iam::111122223333:role/r", "Timeout": 3,
                "Environment": { "Variables": { "FLAG": "/cart/flags/new-total" } } })
        };
        let output = json!({ "Functions": [function("cart", sum), function("other", "same=")] });
        self.add("ListFunctions", json!({}), clock, Body::Call(output.to_string().into()));
    }

    fn alarm(&mut self, clock: &str) {
        let alert = json!({ "detail-type": "CloudWatch Alarm State Change", "source": "aws.cloudwatch",
            "account": "111122223333", "region": "eu-west-1", "time": format!("2026-06-03T{clock}Z"), "detail": {
                "alarmName": "cart-errors", "state": { "value": "ALARM", "timestamp": format!("2026-06-03T{clock}Z") },
                "configuration": { "metrics": [{ "id": "m", "returnData": true, "metricStat": { "period": 60,
                    "stat": "Sum", "metric": { "namespace": "AWS/Lambda", "name": "Errors",
                        "dimensions": { "FunctionName": "cart" } } } }] } } });
        self.add("", json!({}), clock, Body::Alert(alert.to_string().into()));
    }

    /// A line every half minute, without end.
    fn lines(&mut self, from: &str, count: i64, message: &str) {
        for number in 0..count {
            let moment = at(from).plus_seconds(30 * number);
            self.events
                .push(json!({ "logStreamName": "s", "timestamp": moment.as_millis(), "message": message }));
        }
    }

    fn call(&mut self, clock: &str, service: &str, name: &str, request: &Value, response: &Value) {
        let record = json!({ "eventVersion": "1.11", "eventTime": format!("2026-06-03T{clock}Z"),
            "eventSource": format!("{service}.amazonaws.com"), "eventName": name, "awsRegion": "eu-west-1",
            "eventID": format!("{name} {clock}"), "readOnly": false, "recipientAccountId": "111122223333",
            "userIdentity": { "type": "AssumedRole", "arn": "arn:aws:sts::111122223333:assumed-role/deployer/run-7" },
            "requestParameters": request, "responseElements": response });
        self.add(name, json!({}), clock, Body::CloudTrailRecord(record.to_string().into()));
    }

    fn code(&mut self, clock: &str, function: &str, sum: &str) {
        let request = json!({ "functionName": function, "s3Bucket": "b", "s3Key": "k.zip" });
        let arn = format!("arn:aws:lambda:eu-west-1:111122223333:function:{function}");
        let response = json!({ "functionName": function, "functionArn": arn, "codeSha256": sum });
        self.call(clock, "lambda", "UpdateFunctionCode20150331v2", &request, &response);
    }

    fn assess(mut self, fired: &str) -> Assessment {
        self.alarm(fired);
        let output = json!({ "events": self.events });
        let parameters = json!({ "logGroupName": "/aws/lambda/cart" });
        self.add("FilterLogEvents", parameters, "08:44:30", Body::Call(output.to_string().into()));
        crate::assess(&self.case)
    }
}

fn check(told: Told, fired: &str, outcome: Outcome, defects: &[(&str, Grade)]) -> Assessment {
    let found = told.assess(fired);
    let all = found.root_causes.iter().chain(&found.competing);
    let said: Vec<_> = all.map(|cause| (cause.defect.as_str(), cause.grade)).collect();
    assert_eq!((found.verdict.outcome, said.as_slice()), (outcome, defects), "{}", found.verdict.summary);
    found
}

#[test]
fn a_failure_of_its_own_code_that_was_never_there_before_is_the_deploys() {
    let mut told = Told::new();
    told.code("08:30:00", "cart", "two=");
    told.lines("08:31:00", 20, ERROR);
    check(told, "08:34:00", Outcome::RootCause, &[("deploy-brought-failure", Grade::Corroborated)]);
}

#[test]
fn time_and_place_alone_are_a_suspicion() {
    let suspected = [("deploy-before-failure", Grade::Suspected)];
    let mut without_baseline = Told::new();
    without_baseline.events.clear();
    without_baseline.code("08:30:00", "cart", "two=");
    without_baseline.lines("08:31:00", 20, ERROR);
    check(without_baseline, "08:34:00", Outcome::Competing, &suspected);

    let mut what_it_had_unknown = Told::new();
    what_it_had_unknown.case.evidence.clear();
    what_it_had_unknown.functions("08:44:00", "two=");
    what_it_had_unknown.code("08:30:00", "cart", "two=");
    what_it_had_unknown.lines("08:31:00", 20, ERROR);
    check(what_it_had_unknown, "08:34:00", Outcome::Competing, &suspected);

    let mut touched_otherwise = Told::new();
    touched_otherwise.code("08:30:00", "cart", "two=");
    let request = json!({ "functionName": "cart", "timeout": 3 });
    let arn = "arn:aws:lambda:eu-west-1:111122223333:function:cart";
    let response = json!({ "functionArn": arn });
    touched_otherwise.call(
        "08:29:00",
        "lambda",
        "UpdateFunctionConfiguration20150331v2",
        &request,
        &response,
    );
    touched_otherwise.lines("08:31:00", 20, ERROR);
    let found = touched_otherwise.assess("08:34:00");
    assert!(found.root_causes.iter().all(|cause| cause.grade != Grade::Proven), "{}", found.verdict.summary);

    let mut from_outside = Told::new();
    from_outside.code("08:30:00", "cart", "two=");
    from_outside.lines("08:31:00", 20, "[ERROR] ReadTimeoutError: Read timed out. (read timeout=3)");
    check(from_outside, "08:34:00", Outcome::Competing, &suspected);
}

#[test]
fn decoys_are_not_blamed() {
    let mut of_another = Told::new();
    of_another.code("08:30:00", "other", "new=");
    of_another.lines("08:31:00", 20, ERROR);
    check(of_another, "08:34:00", Outcome::Undetermined, &[]);

    let mut too_late = Told::new();
    too_late.lines("08:20:00", 40, ERROR);
    too_late.code("08:30:00", "cart", "two=");
    check(too_late, "08:34:00", Outcome::Undetermined, &[]);

    let mut same_code = Told::new();
    same_code.code("07:00:00", "cart", "two=");
    same_code.case.evidence.retain(|one| one.query.operation != "ListFunctions");
    same_code.functions("08:00:00", "two=");
    same_code.code("08:30:00", "cart", "two=");
    same_code.lines("08:31:00", 20, ERROR);
    check(same_code, "08:34:00", Outcome::Undetermined, &[]);

    let mut taken_back = Told::new();
    taken_back.code("08:30:00", "cart", "two=");
    taken_back.lines("08:31:00", 10, ERROR);
    taken_back.code("08:36:00", "cart", "one=");
    taken_back.case.evidence.retain(|one| one.at != Some(at("08:44:00")));
    let found = taken_back.assess("08:34:00");
    assert_ne!(found.verdict.outcome, Outcome::RootCause, "{}", found.verdict.summary);

    let mut denied = Told::new();
    denied.code("08:30:00", "cart", "two=");
    denied.lines("08:31:00", 20, DENIED);
    let found = denied.assess("08:34:00");
    assert!(
        found.root_causes.iter().all(|cause| !cause.defect.starts_with("deploy")),
        "{}",
        found.verdict.summary
    );
}

#[test]
fn a_parameter_that_the_configuration_names_is_a_switch_of_the_code() {
    let mut told = Told::new();
    told.case.evidence.clear();
    told.functions("08:00:00", "one=");
    let request = json!({ "name": "/cart/flags/new-total", "type": "String", "overwrite": true });
    told.call("08:30:00", "ssm", "PutParameter", &request, &json!({ "version": 4 }));
    let other = json!({ "name": "/search/flags/index", "type": "String", "overwrite": true });
    told.call("08:30:20", "ssm", "PutParameter", &other, &json!({ "version": 9 }));
    told.lines("08:31:00", 20, ERROR);
    // Records have no values: what was set may be what was there.
    let found =
        check(told, "08:34:00", Outcome::Competing, &[("switch-set-before-failure", Grade::Suspected)]);
    let event = found.competing.first().and_then(|cause| cause.change.as_ref());
    assert_eq!(event.map(|change| change.event_id.as_str()), Some("PutParameter 08:30:00"));
    assert!(found.plan.steps.is_empty(), "the value before is not in the record");
}
