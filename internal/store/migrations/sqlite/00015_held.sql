-- +goose Up
-- The restore for which the connections were held: when the rows were taken from a backup stays known behind it.
ALTER TABLE instance ADD COLUMN held INTEGER NOT NULL DEFAULT 0;
