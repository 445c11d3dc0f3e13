-- +goose Up
-- The UID of a meeting that was there when its calendar was connected: what another calendar brings in of it is made beside it nowhere.
ALTER TABLE baseline ADD COLUMN uid TEXT NOT NULL DEFAULT '';
CREATE INDEX baseline_uid ON baseline (company, uid) WHERE uid <> '';
