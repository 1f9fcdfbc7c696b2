//! The description of `/api/v1` as OpenAPI 3.1, from one table; a test asks the router for every row of it.

use serde_json::{Map, Value, json};

/// One operation.
struct Operation {
    method: &'static str,
    path: &'static str,
    summary: &'static str,
    /// Names of parameters of the query.
    query: &'static [(&'static str, &'static str)],
    /// Members of the JSON body; required ones begin with `!`.
    body: &'static [(&'static str, &'static str)],
    /// The answer when all goes well.
    status: u16,
    kind: &'static str,
    /// The least role.
    role: &'static str,
}

const CURSOR: (&str, &str) = ("cursor", "`next` of the part before");
const LIMIT: (&str, &str) = ("limit", "rows, 1 to 500; 50 where it is not given");
const PASS: (&str, &str) = ("pass", "which pass, from 1; the newest where it is not given");
const TITLE: (&str, &str) = ("title", "what people call it");
const PRESET: (&str, &str) = ("preset", "starting point: latest-alarm, error-rate, high-cpu");
const AT: (&str, &str) = ("at", "moment of the incident, ISO 8601");
const ACCOUNT: (&str, &str) = ("account", "12 digits");
const REGION: (&str, &str) = ("region", "region to begin in");
const LOG_GROUPS: (&str, &str) = ("log_groups", "the only log groups to read, a list");
const SERVICES: (&str, &str) = ("services", "the only services to ask, a list");
const SINCE: (&str, &str) = ("since", "since when changes are looked for, ISO 8601");
const DETAILS: (&str, &str) = ("details", "what is wrong, in words");

const fn look(
    path: &'static str,
    summary: &'static str,
    query: &'static [(&'static str, &'static str)],
) -> Operation {
    Operation {
        method: "get",
        path,
        summary,
        query,
        body: &[],
        status: 200,
        kind: "application/json",
        role: "viewer",
    }
}

const fn act(
    method: &'static str,
    path: &'static str,
    summary: &'static str,
    body: &'static [(&'static str, &'static str)],
    status: u16,
) -> Operation {
    Operation { method, path, summary, query: &[], body, status, kind: "application/json", role: "responder" }
}

const OPERATIONS: &[Operation] = &[
    look("/incidents", "Incidents, the newest first", &[("state", "open, closed or all"), CURSOR, LIMIT]),
    act(
        "post",
        "/incidents",
        "Start an investigation",
        &[TITLE, PRESET, AT, ACCOUNT, REGION, LOG_GROUPS, SERVICES, SINCE, DETAILS],
        201,
    ),
    look("/incidents/{id}", "An incident with the report of its newest pass", &[]),
    look("/incidents/{id}/report", "The report of a pass", &[PASS, ("format", "json or markdown")]),
    look("/incidents/{id}/picture", "Topology, paths, comparisons and charts of a pass", &[PASS]),
    look("/incidents/{id}/passes", "Every pass that was made", &[]),
    act(
        "post",
        "/incidents/{id}/passes",
        "Look once more, beside what was found before",
        &[PRESET, AT, ACCOUNT, REGION, LOG_GROUPS, SERVICES, SINCE, DETAILS],
        202,
    ),
    look("/incidents/{id}/alerts", "Alerts with the reason each belongs to the incident", &[CURSOR, LIMIT]),
    act(
        "delete",
        "/incidents/{id}/alerts/{alert}",
        "Take an alert out; it gets an incident of its own",
        &[],
        200,
    ),
    look("/incidents/{id}/evidence/{digest}", "A document as it was recorded", &[PASS]),
    look("/incidents/{id}/decisions", "What people decided", &[]),
    act(
        "post",
        "/incidents/{id}/decisions",
        "Accept or discard a hypothesis, or add a note",
        &[
            ("!decision", "accept, discard or note"),
            ("hypothesis", "which; the incident where it is not given"),
            ("note", "in words"),
        ],
        204,
    ),
    act(
        "post",
        "/incidents/{id}/questions",
        "Ask about what was found",
        &[("!question", "in words"), ("pass", "which pass")],
        200,
    ),
    act("post", "/incidents/{id}/close", "Close an incident", &[], 204),
    Operation {
        kind: "application/jsonl",
        role: "responder",
        ..look("/incidents/{id}/export", "Everything that is known of an incident", &[])
    },
    Operation {
        role: "admin",
        ..look(
            "/jobs",
            "Jobs; the dead letters where nothing is said",
            &[("state", "ready, leased, done or dead"), CURSOR, LIMIT],
        )
    },
    Operation {
        role: "admin",
        ..act("post", "/jobs/{id}/revive", "Give a dead letter another life", &[], 204)
    },
    Operation {
        role: "admin",
        ..look(
            "/audit",
            "The audit log, oldest first",
            &[("after", "number of the last row that is known"), LIMIT],
        )
    },
];

/// The document.
pub(super) fn document() -> Value {
    let mut paths = Map::new();
    for operation in OPERATIONS {
        let path = paths.entry(operation.path).or_insert_with(|| json!({}));
        if let Some(methods) = path.as_object_mut() {
            methods.insert(operation.method.to_owned(), describe(operation));
        }
    }
    json!({
        "openapi": "3.1.0",
        "info": {"title": "Butfor", "version": env!("CARGO_PKG_VERSION"), "license": {"name": "MIT OR Apache-2.0"}},
        "servers": [{"url": "/api/v1"}],
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer", "description": "a token made on the page /tokens"}},
            "schemas": {"Problem": {"type": "object", "description": "RFC 9457", "properties": {
                "type": {"type": "string"}, "title": {"type": "string"}, "status": {"type": "integer"}, "detail": {"type": "string"}}}},
            "responses": {"Problem": {"description": "what is wrong and what to do", "content": {
                "application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}}},
        },
    })
}

fn describe(operation: &Operation) -> Value {
    let in_path = operation.path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    let parameters = in_path
        .map(|name| json!({"name": name, "in": "path", "required": true, "schema": {"type": "string"}}))
        .chain(operation.query.iter().map(|(name, meaning)| {
            json!({"name": name, "in": "query", "description": meaning, "schema": {"type": "string"}})
        }));
    let answer = if operation.status == 204 {
        json!({"description": "done"})
    } else {
        json!({"description": operation.summary, "content": {operation.kind: {}}})
    };
    let mut described = json!({
        "summary": operation.summary,
        "description": format!("Takes the role `{}`.", operation.role),
        "parameters": parameters.collect::<Vec<Value>>(),
        "responses": {operation.status.to_string(): answer, "default": {"$ref": "#/components/responses/Problem"}},
    });
    if !operation.body.is_empty()
        && let Some(members) = described.as_object_mut()
    {
        members.insert("requestBody".to_owned(), body(operation.body));
    }
    described
}

fn body(members: &[(&str, &str)]) -> Value {
    let required: Vec<&str> = members.iter().filter_map(|(name, _)| name.strip_prefix('!')).collect();
    let properties: Map<String, Value> = members
        .iter()
        .map(|(name, meaning)| {
            let name = name.trim_start_matches('!');
            let schema = match name {
                "log_groups" | "services" => {
                    json!({"type": "array", "items": {"type": "string"}, "description": meaning})
                }
                "pass" => json!({"type": "integer", "description": meaning}),
                _ => json!({"type": "string", "description": meaning}),
            };
            (name.to_owned(), schema)
        })
        .collect();
    let schema = json!({"type": "object", "properties": properties, "required": required});
    json!({"required": !required.is_empty(), "content": {"application/json": {"schema": schema}}})
}
