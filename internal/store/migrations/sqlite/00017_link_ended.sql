-- +goose Up
-- What a list that lags still shows of items that were let go of lately.
CREATE INDEX link_ended ON link (company, connection, changed) WHERE state = 'gone' AND remote <> '';
