-- +goose Up
-- Items of a calendar and activities that seem to be one and the same, made by another sync before the connection was: open until a person
-- has said so, or apart, once one has said that they are not.
CREATE TABLE twin (
    company    INTEGER NOT NULL,
    connection INTEGER NOT NULL,
    remote     TEXT NOT NULL,
    activity   INTEGER NOT NULL,
    state      TEXT NOT NULL,
    PRIMARY KEY (company, connection, remote, activity),
    FOREIGN KEY (company, connection) REFERENCES connection (company, id)
) WITHOUT ROWID;
CREATE INDEX twin_activity ON twin (company, connection, activity);
