-- Incidents and what belongs to them, jobs, people, the audit log.

CREATE TABLE incident (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    title TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('open', 'closed')),
    is_test BIGINT NOT NULL,
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    application TEXT NOT NULL,
    -- The alert that opened it.
    alert_id BIGINT NOT NULL,
    -- While it is open no other incident has this key: two replicas cannot open the same incident.
    open_key TEXT UNIQUE,
    outcome TEXT,
    opened_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    closed_at BIGINT
);
CREATE INDEX incident_opened ON incident (opened_at, id);
CREATE INDEX incident_state ON incident (state, opened_at, id);

CREATE TABLE alert (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    source TEXT NOT NULL,
    dedup_key TEXT NOT NULL,
    sender_id TEXT,
    is_test BIGINT NOT NULL,
    title TEXT NOT NULL,
    body BYTEA NOT NULL,
    decision TEXT NOT NULL CHECK (decision IN ('open', 'link', 'skip')),
    reason TEXT NOT NULL,
    received_at BIGINT NOT NULL,
    UNIQUE (source, dedup_key)
);
CREATE INDEX alert_received ON alert (received_at, id);

CREATE TABLE alert_link (
    incident_id BIGINT NOT NULL REFERENCES incident (id),
    alert_id BIGINT NOT NULL REFERENCES alert (id),
    reason TEXT NOT NULL,
    linked_at BIGINT NOT NULL,
    unlinked_at BIGINT,
    unlinked_by TEXT,
    PRIMARY KEY (incident_id, alert_id)
);
CREATE INDEX alert_link_alert ON alert_link (alert_id);

-- Signed messages already seen, until their signature is too old to be accepted anyway.
CREATE TABLE seen (
    source TEXT NOT NULL,
    nonce TEXT NOT NULL,
    until_at BIGINT NOT NULL,
    PRIMARY KEY (source, nonce)
);
CREATE INDEX seen_until ON seen (until_at);

-- `due_at` is when somebody may take it: the time to run, or the end of the lease of who has it.
CREATE TABLE job (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    incident_id BIGINT REFERENCES incident (id),
    payload TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('ready', 'leased', 'done', 'dead')),
    due_at BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    attempts_max BIGINT NOT NULL,
    owner TEXT,
    error TEXT,
    created_at BIGINT NOT NULL,
    finished_at BIGINT
);
CREATE INDEX job_due ON job (kind, due_at, id) WHERE state IN ('ready', 'leased');
CREATE INDEX job_incident ON job (incident_id);

CREATE TABLE case_file (
    incident_id BIGINT NOT NULL REFERENCES incident (id),
    digest TEXT NOT NULL,
    as_of BIGINT NOT NULL,
    -- The bundle itself, or where it lies.
    body BYTEA,
    reference TEXT,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (incident_id, digest),
    CHECK ((body IS NULL) <> (reference IS NULL))
);

CREATE TABLE assessment (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    incident_id BIGINT NOT NULL,
    case_digest TEXT NOT NULL,
    engine TEXT NOT NULL,
    outcome TEXT NOT NULL,
    body BYTEA NOT NULL,
    created_at BIGINT NOT NULL,
    FOREIGN KEY (incident_id, case_digest) REFERENCES case_file (incident_id, digest)
);
CREATE INDEX assessment_incident ON assessment (incident_id, id);

CREATE TABLE report (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    assessment_id BIGINT NOT NULL REFERENCES assessment (id),
    format TEXT NOT NULL,
    body BYTEA NOT NULL,
    created_at BIGINT NOT NULL,
    UNIQUE (assessment_id, format)
);

CREATE TABLE decision (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    incident_id BIGINT NOT NULL REFERENCES incident (id),
    hypothesis TEXT,
    kind TEXT NOT NULL CHECK (kind IN ('accept', 'discard', 'note')),
    note TEXT NOT NULL,
    who TEXT NOT NULL,
    decided_at BIGINT NOT NULL
);
CREATE INDEX decision_incident ON decision (incident_id, id);

CREATE TABLE notice (
    key TEXT PRIMARY KEY,
    incident_id BIGINT NOT NULL REFERENCES incident (id),
    channel TEXT NOT NULL,
    body TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    sent_at BIGINT,
    receipt TEXT
);
CREATE INDEX notice_incident ON notice (incident_id);

CREATE TABLE person (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    issuer TEXT NOT NULL,
    subject TEXT NOT NULL,
    name TEXT NOT NULL,
    email TEXT NOT NULL,
    role TEXT NOT NULL CHECK (role IN ('viewer', 'responder', 'approver', 'admin')),
    created_at BIGINT NOT NULL,
    disabled_at BIGINT,
    UNIQUE (issuer, subject)
);

-- Of what a browser or a program shows only the digest is kept.
CREATE TABLE session (
    digest BYTEA PRIMARY KEY,
    person_id BIGINT NOT NULL REFERENCES person (id),
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);

CREATE TABLE api_token (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    digest BYTEA NOT NULL UNIQUE,
    person_id BIGINT NOT NULL REFERENCES person (id),
    name TEXT NOT NULL,
    scopes TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT,
    revoked_at BIGINT
);

CREATE TABLE audit (
    seq BIGINT PRIMARY KEY,
    at BIGINT NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    subject TEXT NOT NULL,
    detail TEXT NOT NULL,
    previous BYTEA NOT NULL,
    digest BYTEA NOT NULL
);

-- The last row of the audit log, signed: rows cut off at the end are missed as well.
CREATE TABLE audit_head (
    one BIGINT PRIMARY KEY CHECK (one = 1),
    seq BIGINT NOT NULL,
    digest BYTEA NOT NULL,
    mac BYTEA NOT NULL
);

CREATE TABLE setting (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL,
    updated_at BIGINT NOT NULL,
    updated_by TEXT NOT NULL
);

CREATE FUNCTION butfor_refuse() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION '% is never changed', TG_TABLE_NAME; END $$;
CREATE TRIGGER assessment_stays BEFORE UPDATE ON assessment FOR EACH ROW EXECUTE FUNCTION butfor_refuse();
CREATE TRIGGER audit_stays BEFORE UPDATE OR DELETE ON audit FOR EACH ROW EXECUTE FUNCTION butfor_refuse();
