-- +goose Up
-- A creation that settings let go of while it was under way is found out like any other, or it would come in as somebody's.
DROP INDEX link_pending;
CREATE INDEX link_pending ON link (company, connection, id)
    WHERE (state IN ('creating', 'writing') OR state = 'dormant' AND remote = '' AND pending <> '');
