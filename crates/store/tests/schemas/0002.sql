-- Schema 2 of SQLite.
PRAGMA foreign_keys = OFF;
BEGIN TRANSACTION;
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
CREATE TABLE alert_link (
    incident_id INTEGER NOT NULL REFERENCES incident (id),
    alert_id INTEGER NOT NULL REFERENCES alert (id),
    reason TEXT NOT NULL,
    linked_at INTEGER NOT NULL,
    unlinked_at INTEGER,
    unlinked_by TEXT,
    PRIMARY KEY (incident_id, alert_id)
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
CREATE TABLE audit_head (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    seq INTEGER NOT NULL,
    digest BLOB NOT NULL,
    mac BLOB NOT NULL
);
CREATE TABLE butfor_schema (version BIGINT PRIMARY KEY);
INSERT INTO "butfor_schema" VALUES(1);
INSERT INTO "butfor_schema" VALUES(2);
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
CREATE TABLE decision (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    incident_id INTEGER NOT NULL REFERENCES incident (id),
    hypothesis TEXT,
    kind TEXT NOT NULL CHECK (kind IN ('accept', 'discard', 'note')),
    note TEXT NOT NULL,
    who TEXT NOT NULL,
    decided_at INTEGER NOT NULL
);
CREATE TABLE history_answer (
    id INTEGER PRIMARY KEY,
    digest BLOB NOT NULL UNIQUE,
    size_bytes INTEGER NOT NULL,
    body BLOB NOT NULL
);
INSERT INTO "history_answer" VALUES(1,X'E43A9B40AC8AE0C833194ABE58D987BA3470E3EDF351E15743A603995C71688A',28,X'AB562A56B232D251CA51B2AA560A2B4806F2A20D636B6B01');
CREATE TABLE history_base (
    family TEXT PRIMARY KEY,
    item_id INTEGER NOT NULL REFERENCES history_item (id)
);
INSERT INTO "history_base" VALUES('ec2/DescribeVpcs/Vpcs',1);
INSERT INTO "history_base" VALUES('ec2/DescribeVpcs',2);
CREATE TABLE history_item (
    id INTEGER PRIMARY KEY,
    digest BLOB NOT NULL UNIQUE,
    base INTEGER REFERENCES history_item (id),
    size_bytes INTEGER NOT NULL,
    body BLOB NOT NULL
);
INSERT INTO "history_item" VALUES(1,X'12F2F92383D29023523BCF60774DA7ACBE341C4BE0CAD28B7627170FC2A3AC6C',NULL,17,X'AB560A2B48F64C51B2522A2B48D63554AA0500');
INSERT INTO "history_item" VALUES(2,X'90A9AA8E7F5FEA6692A751FA8F2192AAE0A1C10280EA5C1C97DF925A98ADFBF0',NULL,11,X'AB560A2B482E56B28A8EAD0500');
CREATE TABLE history_query (
    id INTEGER PRIMARY KEY,
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    service TEXT NOT NULL,
    operation TEXT NOT NULL,
    parameters TEXT NOT NULL,
    digest BLOB NOT NULL UNIQUE
);
INSERT INTO "history_query" VALUES(1,'111111111111','eu-west-1','ec2','DescribeVpcs','{}',X'0820F02A71A90F28126AEDFB7DC4D88CC4FEE6D7110D831474C0EDCD4CDB1AFF');
CREATE TABLE history_span (
    query_id INTEGER NOT NULL REFERENCES history_query (id),
    first_at INTEGER NOT NULL,
    last_at INTEGER NOT NULL,
    answer_id INTEGER NOT NULL REFERENCES history_answer (id),
    PRIMARY KEY (query_id, first_at)
) WITHOUT ROWID;
INSERT INTO "history_span" VALUES(1,1760000000000,1760000000000,1);
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
CREATE TABLE installation (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    key BLOB NOT NULL
);
INSERT INTO "installation" VALUES(1,X'85ECABC3262CB7BBA08DFC09C586653014B517C76E5CB5E572C6C741F997C55F');
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
CREATE TABLE notice (
    key TEXT PRIMARY KEY,
    incident_id INTEGER NOT NULL REFERENCES incident (id),
    channel TEXT NOT NULL,
    body TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    sent_at INTEGER,
    receipt TEXT
);
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
CREATE TABLE report (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    assessment_id INTEGER NOT NULL REFERENCES assessment (id),
    format TEXT NOT NULL,
    body BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    UNIQUE (assessment_id, format)
);
CREATE TABLE seen (
    source TEXT NOT NULL,
    nonce TEXT NOT NULL,
    until_at INTEGER NOT NULL,
    PRIMARY KEY (source, nonce)
);
CREATE TABLE session (
    digest BLOB PRIMARY KEY,
    person_id INTEGER NOT NULL REFERENCES person (id),
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
);
CREATE TABLE setting (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL,
    updated_at INTEGER NOT NULL,
    updated_by TEXT NOT NULL
);
CREATE INDEX history_item_base ON history_item (base);
CREATE INDEX history_span_answer ON history_span (answer_id);
CREATE INDEX history_span_first ON history_span (first_at, query_id);
CREATE INDEX incident_opened ON incident (opened_at, id);
CREATE INDEX incident_state ON incident (state, opened_at, id);
CREATE INDEX alert_received ON alert (received_at, id);
CREATE INDEX alert_link_alert ON alert_link (alert_id);
CREATE INDEX seen_until ON seen (until_at);
CREATE INDEX job_due ON job (kind, due_at, id) WHERE state IN ('ready', 'leased');
CREATE INDEX job_incident ON job (incident_id);
CREATE INDEX assessment_incident ON assessment (incident_id, id);
CREATE INDEX decision_incident ON decision (incident_id, id);
CREATE INDEX notice_incident ON notice (incident_id);
CREATE TRIGGER assessment_stays BEFORE UPDATE ON assessment
BEGIN SELECT RAISE(ABORT, 'an assessment is never changed'); END;
CREATE TRIGGER audit_stays BEFORE UPDATE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit log is never changed'); END;
CREATE TRIGGER audit_grows BEFORE DELETE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit log is never changed'); END;
DELETE FROM "sqlite_sequence";
COMMIT;
