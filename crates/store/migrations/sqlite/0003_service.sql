-- What the service shows and asks: the verdict in a sentence, how urgent, what correlation was told, questions of people.

ALTER TABLE incident ADD COLUMN summary TEXT NOT NULL DEFAULT '';
ALTER TABLE incident ADD COLUMN priority TEXT NOT NULL DEFAULT '';

-- JSON, as correlation reads it: an incident can be put together again from its alerts.
ALTER TABLE alert ADD COLUMN facts TEXT NOT NULL DEFAULT '';

CREATE TABLE question (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    incident_id INTEGER NOT NULL REFERENCES incident (id),
    who TEXT NOT NULL,
    question TEXT NOT NULL,
    answer TEXT NOT NULL,
    asked_at INTEGER NOT NULL
);
CREATE INDEX question_incident ON question (incident_id, id);
