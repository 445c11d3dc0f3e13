-- +goose Up
-- What lost in the calendar of somebody who kept it to themselves there: whose connection it came through sees it, and nobody else.
ALTER TABLE conflict ADD COLUMN own bigint NOT NULL DEFAULT 0;
