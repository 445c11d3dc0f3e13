-- +goose Up
-- What providers were asked to tell of, each with an address of its own. Kept of what makes a notification good are hashes:
-- nobody can forge one who reads the table. told and urged are written by whoever is told, all else by the connection's runs.
CREATE TABLE watch (
    company    bigint  NOT NULL,
    id         bigint  NOT NULL,
    connection bigint  NOT NULL,
    provider   text    NOT NULL,
    address    bytea   NOT NULL,
    secret     bytea   NOT NULL,
    base       text    NOT NULL,
    channel    text    NOT NULL,
    resource   text    NOT NULL,
    state      text    NOT NULL,
    due        bigint  NOT NULL,
    expires    bigint  NOT NULL,
    tended     bigint  NOT NULL,
    failures   bigint  NOT NULL,
    reason     text    NOT NULL,
    told       bigint  NOT NULL DEFAULT 0,
    urged      bigint  NOT NULL DEFAULT 0,
    PRIMARY KEY (company, id),
    FOREIGN KEY (company, connection) REFERENCES connection (company, id)
);
CREATE UNIQUE INDEX watch_address ON watch (address);
CREATE INDEX watch_connection ON watch (company, connection, id);
