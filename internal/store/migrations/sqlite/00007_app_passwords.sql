-- +goose Up
-- Where people make app passwords of the gateway before the company's own servers, as an administrator has stated; empty: nobody has
-- stated that the gateway issues any.
ALTER TABLE company ADD COLUMN app_passwords TEXT NOT NULL DEFAULT '';
