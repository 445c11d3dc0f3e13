-- +goose Up
-- Items of a calendar and activities that seem to be one and the same, made by another sync before the connection was: open until a person
-- has said so, or apart, once one has said that they are not.
CREATE TABLE twin (
    company    bigint NOT NULL,
    connection bigint NOT NULL,
    remote     text COLLATE "C" NOT NULL,
    activity   bigint NOT NULL,
    state      text NOT NULL,
    PRIMARY KEY (company, connection, remote, activity),
    FOREIGN KEY (company, connection) REFERENCES connection (company, id)
);
CREATE INDEX twin_activity ON twin (company, connection, activity);
