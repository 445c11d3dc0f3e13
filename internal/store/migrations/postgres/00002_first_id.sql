-- +goose Up
-- Where the ids of a company that is founded begin: behind all that were given out before the rows were restored or copied.
ALTER TABLE instance ADD COLUMN first_id bigint NOT NULL DEFAULT 1;
