-- +goose Up
-- Which of our deals, persons and organisations are which at another CRM: once for all connections to one place, which is what the
-- server of their accounts names.
CREATE TABLE external (
    company INTEGER NOT NULL REFERENCES company (id),
    server  TEXT    NOT NULL,
    kind    TEXT    NOT NULL,
    remote  TEXT    NOT NULL,
    ours    INTEGER NOT NULL,
    PRIMARY KEY (company, server, kind, remote)
) WITHOUT ROWID;
CREATE UNIQUE INDEX external_ours ON external (company, server, kind, ours);
-- They are found by their names when they are first seen.
CREATE INDEX person_name ON person (company, name);
CREATE INDEX organization_name ON organization (company, name);
CREATE INDEX deal_title ON deal (company, title);
