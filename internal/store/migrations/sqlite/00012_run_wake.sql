-- +goose Up
-- Which wish for a run its claim took, with all before it: the instants of both may be one. 0 of runs before this was noted.
ALTER TABLE run ADD COLUMN wake INTEGER NOT NULL DEFAULT 0;
