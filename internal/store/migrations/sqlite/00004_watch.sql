-- +goose Up
-- What providers were asked to tell of, each with an address of its own. Kept of what makes a notification good are hashes:
-- nobody can forge one who reads the table. told and urged are written by whoever is told, all else by the connection's runs.
CREATE TABLE watch (
    company    INTEGER NOT NULL,
    id         INTEGER NOT NULL,
    connection INTEGER NOT NULL,
    provider   TEXT    NOT NULL,
    address    BLOB    NOT NULL,
    secret     BLOB    NOT NULL,
    base       TEXT    NOT NULL,
    channel    TEXT    NOT NULL,
    resource   TEXT    NOT NULL,
    state      TEXT    NOT NULL,
    due        INTEGER NOT NULL,
    expires    INTEGER NOT NULL,
    tended     INTEGER NOT NULL,
    failures   INTEGER NOT NULL,
    reason     TEXT    NOT NULL,
    told       INTEGER NOT NULL DEFAULT 0,
    urged      INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (company, id),
    FOREIGN KEY (company, connection) REFERENCES connection (company, id)
);
CREATE UNIQUE INDEX watch_address ON watch (address);
CREATE INDEX watch_connection ON watch (company, connection, id);
