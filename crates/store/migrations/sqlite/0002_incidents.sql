-- Incidents and what belongs to them, jobs, people, the audit log.

CREATE TABLE incident (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    title TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('open', 'closed')),
    is_test INTEGER NOT NULL,
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    application TEXT NOT NULL,
    -- The alert that opened it.
    alert_id INTEGER NOT NULL,
    -- While it is open no other incident has this key: two replicas cannot open the same incident.
    open_key TEXT UNIQUE,
    outcome TEXT,
    opened_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    closed_at INTEGER
);
CREATE INDEX incident_opened ON incident (opened_at, id);
CREATE INDEX incident_state ON incident (state, opened_at, id);

CREATE TABLE alert (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    source TEXT NOT NULL,
    dedup_key TEXT NOT NULL,
    sender_id TEXT,
    is_test INTEGER NOT NULL,
    title TEXT NOT NULL,
    body BLOB NOT NULL,
    decision TEXT NOT NULL CHECK (decision IN ('open', 'link', 'skip')),
    reason TEXT NOT NULL,
    received_at INTEGER NOT NULL,
    UNIQUE (source, dedup_key)
);
CREATE INDEX alert_received ON alert (received_at, id);

CREATE TABLE alert_link (
    incident_id INTEGER NOT NULL REFERENCES incident (id),
    alert_id INTEGER NOT NULL REFERENCES alert (id),
    reason TEXT NOT NULL,
    linked_at INTEGER NOT NULL,
    unlinked_at INTEGER,
    unlinked_by TEXT,
    PRIMARY KEY (incident_id, alert_id)
);
CREATE INDEX alert_link_alert ON alert_link (alert_id);

-- Signed messages already seen, until their signature is too old to be accepted anyway.
CREATE TABLE seen (
    source TEXT NOT NULL,
    nonce TEXT NOT NULL,
    until_at INTEGER NOT NULL,
    PRIMARY KEY (source, nonce)
);
CREATE INDEX seen_until ON seen (until_at);

-- `due_at` is when somebody may take it: the time to run, or the end of the lease of who has it.
CREATE TABLE job (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    key TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    incident_id INTEGER REFERENCES incident (id),
    payload TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('ready', 'leased', 'done', 'dead')),
    due_at INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    attempts_max INTEGER NOT NULL,
    owner TEXT,
    error TEXT,
    created_at INTEGER NOT NULL,
    finished_at INTEGER
);
CREATE INDEX job_due ON job (kind, due_at, id) WHERE state IN ('ready', 'leased');
CREATE INDEX job_incident ON job (incident_id);

CREATE TABLE case_file (
    incident_id INTEGER NOT NULL REFERENCES incident (id),
    digest TEXT NOT NULL,
    as_of INTEGER NOT NULL,
    -- The bundle itself, or where it lies.
    body BLOB,
    reference TEXT,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (incident_id, digest),
    CHECK ((body IS NULL) <> (reference IS NULL))
);

CREATE TABLE assessment (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    incident_id INTEGER NOT NULL,
    case_digest TEXT NOT NULL,
    engine TEXT NOT NULL,
    outcome TEXT NOT NULL,
    body BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    FOREIGN KEY (incident_id, case_digest) REFERENCES case_file (incident_id, digest)
);
CREATE INDEX assessment_incident ON assessment (incident_id, id);

CREATE TABLE report (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    assessment_id INTEGER NOT NULL REFERENCES assessment (id),
    format TEXT NOT NULL,
    body BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    UNIQUE (assessment_id, format)
);

CREATE TABLE decision (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    incident_id INTEGER NOT NULL REFERENCES incident (id),
    hypothesis TEXT,
    kind TEXT NOT NULL CHECK (kind IN ('accept', 'discard', 'note')),
    note TEXT NOT NULL,
    who TEXT NOT NULL,
    decided_at INTEGER NOT NULL
);
CREATE INDEX decision_incident ON decision (incident_id, id);

CREATE TABLE notice (
    key TEXT PRIMARY KEY,
    incident_id INTEGER NOT NULL REFERENCES incident (id),
    channel TEXT NOT NULL,
    body TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    sent_at INTEGER,
    receipt TEXT
);
CREATE INDEX notice_incident ON notice (incident_id);

CREATE TABLE person (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    issuer TEXT NOT NULL,
    subject TEXT NOT NULL,
    name TEXT NOT NULL,
    email TEXT NOT NULL,
    role TEXT NOT NULL CHECK (role IN ('viewer', 'responder', 'approver', 'admin')),
    created_at INTEGER NOT NULL,
    disabled_at INTEGER,
    UNIQUE (issuer, subject)
);

-- Of what a browser or a program shows only the digest is kept.
CREATE TABLE session (
    digest BLOB PRIMARY KEY,
    person_id INTEGER NOT NULL REFERENCES person (id),
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
);

CREATE TABLE api_token (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    digest BLOB NOT NULL UNIQUE,
    person_id INTEGER NOT NULL REFERENCES person (id),
    name TEXT NOT NULL,
    scopes TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER,
    revoked_at INTEGER
);

CREATE TABLE audit (
    seq INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    subject TEXT NOT NULL,
    detail TEXT NOT NULL,
    previous BLOB NOT NULL,
    digest BLOB NOT NULL
);

-- The last row of the audit log, signed: rows cut off at the end are missed as well.
CREATE TABLE audit_head (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    seq INTEGER NOT NULL,
    digest BLOB NOT NULL,
    mac BLOB NOT NULL
);

CREATE TABLE setting (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL,
    updated_at INTEGER NOT NULL,
    updated_by TEXT NOT NULL
);

CREATE TRIGGER assessment_stays BEFORE UPDATE ON assessment
BEGIN SELECT RAISE(ABORT, 'an assessment is never changed'); END;
CREATE TRIGGER audit_stays BEFORE UPDATE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit log is never changed'); END;
CREATE TRIGGER audit_grows BEFORE DELETE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit log is never changed'); END;
