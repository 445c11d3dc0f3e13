-- +goose Up
-- Until when a provider wants to be left alone by more than one account: by all of an organisation, or by all that came through
-- our registration there, whatever company they are of.
CREATE TABLE rest (
    circle  text NOT NULL PRIMARY KEY,
    until   bigint NOT NULL
);
