-- +goose Up
-- What an activity was born as, beyond its id: what comes in anew behind a restore is known by it.
ALTER TABLE activity ADD COLUMN born text NOT NULL DEFAULT '';
CREATE INDEX activity_born ON activity (company, born) WHERE born <> '' AND born <> 'here';
