-- +goose Up
-- Where one watch tells of a whole account, the account whose connections share it; 0: the watch is its connection's alone.
ALTER TABLE watch ADD COLUMN account bigint NOT NULL DEFAULT 0;
CREATE INDEX watch_account ON watch (company, account, id);
