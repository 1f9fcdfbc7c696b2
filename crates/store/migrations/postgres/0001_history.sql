-- Configuration observed over time, cut into items that are stored once.

CREATE TABLE installation (
    one BIGINT PRIMARY KEY CHECK (one = 1),
    key BYTEA NOT NULL
);

-- `digest` is that of the other members: parameters may be longer than a key may be.
CREATE TABLE history_query (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    service TEXT NOT NULL,
    operation TEXT NOT NULL,
    parameters TEXT NOT NULL,
    digest BYTEA NOT NULL UNIQUE
);

-- `base` is the item whose text was the dictionary when this one was compressed.
CREATE TABLE history_item (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    digest BYTEA NOT NULL UNIQUE,
    base BIGINT REFERENCES history_item (id),
    size_bytes BIGINT NOT NULL,
    body BYTEA NOT NULL
);
CREATE INDEX history_item_base ON history_item (base);

-- The first item of each kind of list: the dictionary of the later ones.
CREATE TABLE history_base (
    family TEXT PRIMARY KEY,
    item_id BIGINT NOT NULL REFERENCES history_item (id)
);

CREATE TABLE history_answer (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    digest BYTEA NOT NULL UNIQUE,
    size_bytes BIGINT NOT NULL,
    body BYTEA NOT NULL
);

-- From the first to the last moment at which a query was seen to have one answer, without another one between.
CREATE TABLE history_span (
    query_id BIGINT NOT NULL REFERENCES history_query (id),
    first_at BIGINT NOT NULL,
    last_at BIGINT NOT NULL,
    answer_id BIGINT NOT NULL REFERENCES history_answer (id),
    PRIMARY KEY (query_id, first_at)
);
CREATE INDEX history_span_answer ON history_span (answer_id);
CREATE INDEX history_span_first ON history_span (first_at, query_id);
