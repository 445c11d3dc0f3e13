-- +goose Up
-- The schema of docs/adr/0001. Instants are microseconds since 1970 UTC, 0 is none; booleans are 0 and 1; JSON is text;
-- a reference to nothing is NULL. Every key of a company begins with the company, and so does every foreign key.

CREATE TABLE instance (
    one      INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
    mark     TEXT    NOT NULL,
    secret   BLOB    NOT NULL,
    created  INTEGER NOT NULL,
    restored INTEGER NOT NULL
);

CREATE TABLE company (
    id       INTEGER NOT NULL PRIMARY KEY,
    name     TEXT    NOT NULL,
    defaults TEXT    NOT NULL,
    stopped  INTEGER NOT NULL,
    created  INTEGER NOT NULL
);

-- Apart from company: whoever edits a company holds its row to the end of the transaction, and would keep others from
-- getting ids.
CREATE TABLE counter (
    company INTEGER NOT NULL PRIMARY KEY REFERENCES company (id),
    next_id INTEGER NOT NULL
);

CREATE TABLE login (
    id           INTEGER NOT NULL PRIMARY KEY,
    email        TEXT    NOT NULL UNIQUE,
    password     TEXT    NOT NULL,
    failed       INTEGER NOT NULL,
    locked_until INTEGER NOT NULL,
    created      INTEGER NOT NULL
);

CREATE TABLE session (
    token  TEXT    NOT NULL PRIMARY KEY,
    data   BLOB    NOT NULL,
    expiry INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX session_expiry ON session (expiry);

CREATE TABLE member (
    company INTEGER NOT NULL REFERENCES company (id),
    id      INTEGER NOT NULL,
    login   INTEGER REFERENCES login (id),
    name    TEXT    NOT NULL,
    email   TEXT    NOT NULL,
    role    TEXT    NOT NULL,
    zone    TEXT    NOT NULL,
    locale  TEXT    NOT NULL,
    active  INTEGER NOT NULL,
    created INTEGER NOT NULL,
    PRIMARY KEY (company, id)
);
CREATE UNIQUE INDEX member_login ON member (login, company) WHERE login IS NOT NULL;

CREATE TABLE api_token (
    company INTEGER NOT NULL,
    id      INTEGER NOT NULL,
    member  INTEGER NOT NULL,
    name    TEXT    NOT NULL,
    hash    BLOB    NOT NULL UNIQUE,
    created INTEGER NOT NULL,
    used    INTEGER NOT NULL,
    PRIMARY KEY (company, id),
    FOREIGN KEY (company, member) REFERENCES member (company, id)
);
CREATE INDEX api_token_member ON api_token (company, member);

CREATE TABLE audit (
    company INTEGER NOT NULL REFERENCES company (id),
    id      INTEGER NOT NULL,
    at      INTEGER NOT NULL,
    login   INTEGER,
    member  INTEGER,
    action  TEXT    NOT NULL,
    subject TEXT    NOT NULL,
    detail  TEXT    NOT NULL,
    PRIMARY KEY (company, id),
    FOREIGN KEY (company, member) REFERENCES member (company, id)
);

CREATE TABLE activity_type (
    company INTEGER NOT NULL REFERENCES company (id),
    id      INTEGER NOT NULL,
    key     TEXT    NOT NULL,
    name    TEXT    NOT NULL,
    icon    TEXT    NOT NULL,
    color   TEXT    NOT NULL,
    ord     INTEGER NOT NULL,
    active  INTEGER NOT NULL,
    custom  INTEGER NOT NULL,
    updated INTEGER NOT NULL,
    created INTEGER NOT NULL,
    PRIMARY KEY (company, id),
    UNIQUE (company, key)
);

CREATE TABLE organization (
    company INTEGER NOT NULL REFERENCES company (id),
    id      INTEGER NOT NULL,
    owner   INTEGER,
    name    TEXT    NOT NULL,
    address TEXT    NOT NULL,
    created INTEGER NOT NULL,
    updated INTEGER NOT NULL,
    deleted INTEGER NOT NULL,
    PRIMARY KEY (company, id),
    FOREIGN KEY (company, owner) REFERENCES member (company, id)
);

CREATE TABLE person (
    company INTEGER NOT NULL REFERENCES company (id),
    id      INTEGER NOT NULL,
    owner   INTEGER,
    name    TEXT    NOT NULL,
    emails  TEXT    NOT NULL,
    phones  TEXT    NOT NULL,
    org     INTEGER,
    created INTEGER NOT NULL,
    updated INTEGER NOT NULL,
    deleted INTEGER NOT NULL,
    PRIMARY KEY (company, id),
    FOREIGN KEY (company, owner) REFERENCES member (company, id),
    FOREIGN KEY (company, org) REFERENCES organization (company, id)
);

-- Repeats person.emails for looking people up; rows of live persons only.
CREATE TABLE person_email (
    company INTEGER NOT NULL,
    email   TEXT    NOT NULL,
    person  INTEGER NOT NULL,
    PRIMARY KEY (company, email, person),
    FOREIGN KEY (company, person) REFERENCES person (company, id)
) WITHOUT ROWID;
CREATE INDEX person_email_person ON person_email (company, person);

CREATE TABLE deal (
    company  INTEGER NOT NULL REFERENCES company (id),
    id       INTEGER NOT NULL,
    owner    INTEGER,
    title    TEXT    NOT NULL,
    person   INTEGER,
    org      INTEGER,
    status   TEXT    NOT NULL,
    value    REAL    NOT NULL,
    currency TEXT    NOT NULL,
    created  INTEGER NOT NULL,
    updated  INTEGER NOT NULL,
    deleted  INTEGER NOT NULL,
    PRIMARY KEY (company, id),
    FOREIGN KEY (company, owner) REFERENCES member (company, id),
    FOREIGN KEY (company, person) REFERENCES person (company, id),
    FOREIGN KEY (company, org) REFERENCES organization (company, id)
);

CREATE TABLE account (
    company       INTEGER NOT NULL REFERENCES company (id),
    id            INTEGER NOT NULL,
    member        INTEGER NOT NULL,
    provider      TEXT    NOT NULL,
    label         TEXT    NOT NULL,
    server        TEXT    NOT NULL,
    username      TEXT    NOT NULL,
    secret        BLOB    NOT NULL,
    capabilities  TEXT    NOT NULL,
    state         TEXT    NOT NULL,
    reason        TEXT    NOT NULL,
    blocked_until INTEGER NOT NULL,
    created       INTEGER NOT NULL,
    PRIMARY KEY (company, id),
    FOREIGN KEY (company, member) REFERENCES member (company, id)
);
CREATE INDEX account_member ON account (company, member);

CREATE TABLE connection (
    company       INTEGER NOT NULL REFERENCES company (id),
    id            INTEGER NOT NULL,
    account       INTEGER NOT NULL,
    member        INTEGER NOT NULL,
    calendar      TEXT    NOT NULL,
    calendar_name TEXT    NOT NULL,
    zone          TEXT    NOT NULL,
    writable      INTEGER NOT NULL,
    settings      TEXT    NOT NULL,
    state         TEXT    NOT NULL,
    reason        TEXT    NOT NULL,
    cursor        TEXT    NOT NULL,
    audited       INTEGER NOT NULL,
    baselined     INTEGER NOT NULL,
    started       INTEGER NOT NULL,
    hub_at        INTEGER NOT NULL,
    stopped       INTEGER NOT NULL,
    health        TEXT    NOT NULL,
    created       INTEGER NOT NULL,
    revision      INTEGER NOT NULL,
    PRIMARY KEY (company, id),
    FOREIGN KEY (company, account) REFERENCES account (company, id),
    FOREIGN KEY (company, member) REFERENCES member (company, id)
);
CREATE INDEX connection_member ON connection (company, member);
CREATE INDEX connection_stopped ON connection (stopped) WHERE stopped > 0;

CREATE TABLE activity (
    company    INTEGER NOT NULL REFERENCES company (id),
    id         INTEGER NOT NULL,
    owner      INTEGER,
    creator    INTEGER,
    revision   INTEGER NOT NULL,
    type       TEXT    NOT NULL,
    uid        TEXT    NOT NULL,
    subject    TEXT    NOT NULL,
    kind       TEXT    NOT NULL,
    start_at   INTEGER NOT NULL,
    end_at     INTEGER NOT NULL,
    recurring  INTEGER NOT NULL,
    overridden INTEGER NOT NULL,
    plan       TEXT    NOT NULL,
    note       TEXT    NOT NULL,
    done       INTEGER NOT NULL,
    private    INTEGER NOT NULL,
    busy       INTEGER NOT NULL,
    visibility TEXT    NOT NULL,
    priority   INTEGER NOT NULL,
    deal       INTEGER,
    person     INTEGER,
    org        INTEGER,
    origin     INTEGER,
    changed    TEXT    NOT NULL,
    created    INTEGER NOT NULL,
    updated    INTEGER NOT NULL,
    done_at    INTEGER NOT NULL,
    deleted    INTEGER NOT NULL,
    PRIMARY KEY (company, id),
    FOREIGN KEY (company, owner) REFERENCES member (company, id),
    FOREIGN KEY (company, creator) REFERENCES member (company, id),
    FOREIGN KEY (company, deal) REFERENCES deal (company, id),
    FOREIGN KEY (company, person) REFERENCES person (company, id),
    FOREIGN KEY (company, org) REFERENCES organization (company, id),
    FOREIGN KEY (company, origin) REFERENCES connection (company, id)
);
CREATE INDEX activity_owner ON activity (company, owner, start_at, id);
CREATE INDEX activity_start ON activity (company, start_at, id);
CREATE INDEX activity_updated ON activity (company, updated, id);
CREATE INDEX activity_created ON activity (company, created, id);
CREATE INDEX activity_uid ON activity (company, uid) WHERE uid <> '';
CREATE INDEX activity_deal ON activity (company, deal) WHERE deal IS NOT NULL;
CREATE INDEX activity_person ON activity (company, person) WHERE person IS NOT NULL;
CREATE INDEX activity_org ON activity (company, org) WHERE org IS NOT NULL;

CREATE TABLE activity_override (
    company   INTEGER NOT NULL,
    activity  INTEGER NOT NULL,
    original  TEXT    NOT NULL,
    cancelled INTEGER NOT NULL,
    fields    TEXT    NOT NULL,
    crm       TEXT    NOT NULL,
    PRIMARY KEY (company, activity, original),
    FOREIGN KEY (company, activity) REFERENCES activity (company, id)
) WITHOUT ROWID;

CREATE TABLE participant (
    company  INTEGER NOT NULL,
    activity INTEGER NOT NULL,
    member   INTEGER NOT NULL,
    answer   TEXT    NOT NULL,
    busy     INTEGER NOT NULL,
    private  INTEGER NOT NULL,
    PRIMARY KEY (company, activity, member),
    FOREIGN KEY (company, activity) REFERENCES activity (company, id),
    FOREIGN KEY (company, member) REFERENCES member (company, id)
) WITHOUT ROWID;

CREATE TABLE link (
    company        INTEGER NOT NULL,
    id             INTEGER NOT NULL,
    connection     INTEGER NOT NULL,
    activity       INTEGER,
    remote         TEXT    NOT NULL,
    state          TEXT    NOT NULL,
    incarnation    INTEGER NOT NULL,
    ours           INTEGER NOT NULL,
    origin         TEXT    NOT NULL,
    remote_raw     BLOB    NOT NULL,
    remote_size    INTEGER NOT NULL,
    remote_event   TEXT    NOT NULL,
    remote_meta    TEXT    NOT NULL,
    remote_tag     TEXT    NOT NULL,
    remote_uid     TEXT    NOT NULL DEFAULT '',
    local_event    TEXT    NOT NULL,
    local_revision INTEGER NOT NULL,
    frame          TEXT    NOT NULL,
    pending        TEXT    NOT NULL,
    was            TEXT    NOT NULL DEFAULT '',
    changed        INTEGER NOT NULL,
    PRIMARY KEY (company, id),
    FOREIGN KEY (company, connection) REFERENCES connection (company, id),
    FOREIGN KEY (company, activity) REFERENCES activity (company, id)
);
CREATE UNIQUE INDEX link_remote ON link (company, connection, remote) WHERE state <> 'gone' AND remote <> '';
CREATE UNIQUE INDEX link_activity ON link (company, connection, activity) WHERE state <> 'gone' AND activity IS NOT NULL;
CREATE INDEX link_connection ON link (company, connection, id);
CREATE INDEX link_of_activity ON link (company, activity, connection, id) WHERE activity IS NOT NULL;
-- A meeting that another calendar carries already, by the UID that it has there.
CREATE INDEX link_uid ON link (company, remote_uid) WHERE state <> 'gone' AND remote_uid <> '';
-- What a run has to find out first: writes that were begun and not settled.
CREATE INDEX link_pending ON link (company, connection, id) WHERE state IN ('creating', 'writing');

CREATE TABLE baseline (
    company     INTEGER NOT NULL,
    connection  INTEGER NOT NULL,
    remote      TEXT    NOT NULL,
    version     TEXT    NOT NULL,
    fingerprint TEXT    NOT NULL,
    PRIMARY KEY (company, connection, remote),
    FOREIGN KEY (company, connection) REFERENCES connection (company, id)
) WITHOUT ROWID;

CREATE TABLE work (
    company    INTEGER NOT NULL,
    id         INTEGER NOT NULL,
    connection INTEGER NOT NULL,
    subject    TEXT    NOT NULL,
    payload    BLOB    NOT NULL,
    revision   INTEGER NOT NULL,
    attempts   INTEGER NOT NULL,
    class      TEXT    NOT NULL,
    reason     TEXT    NOT NULL,
    detail     TEXT    NOT NULL,
    due        INTEGER NOT NULL,
    held_by    TEXT    NOT NULL,
    people     INTEGER NOT NULL,
    created    INTEGER NOT NULL,
    PRIMARY KEY (company, id),
    UNIQUE (company, connection, subject),
    FOREIGN KEY (company, connection) REFERENCES connection (company, id)
);
CREATE INDEX work_due ON work (company, connection, due, id) WHERE held_by IN ('', 'back-off');

-- next_run is when a worker may take the connection: the next poll, a wish, or, while a lease runs, its end; 0 is never.
-- wish keeps what was asked for while a lease runs.
CREATE TABLE wake (
    company    INTEGER NOT NULL,
    connection INTEGER NOT NULL,
    wanted     INTEGER NOT NULL,
    done       INTEGER NOT NULL,
    next_run   INTEGER NOT NULL,
    lane       INTEGER NOT NULL,
    running    INTEGER NOT NULL,
    wish       INTEGER NOT NULL,
    wish_lane  INTEGER NOT NULL,
    PRIMARY KEY (company, connection),
    FOREIGN KEY (company, connection) REFERENCES connection (company, id)
) WITHOUT ROWID;
CREATE INDEX wake_next ON wake (lane, next_run) WHERE next_run > 0;

CREATE TABLE lease (
    company    INTEGER NOT NULL,
    connection INTEGER NOT NULL,
    owner      TEXT    NOT NULL,
    until      INTEGER NOT NULL,
    fence      INTEGER NOT NULL,
    PRIMARY KEY (company, connection),
    FOREIGN KEY (company, connection) REFERENCES connection (company, id)
) WITHOUT ROWID;
CREATE INDEX lease_running ON lease (company, until) WHERE until > 0;

CREATE TABLE run (
    company    INTEGER NOT NULL,
    id         INTEGER NOT NULL,
    connection INTEGER NOT NULL,
    kind       TEXT    NOT NULL,
    state      TEXT    NOT NULL,
    counts     TEXT    NOT NULL,
    requests   INTEGER NOT NULL,
    error      TEXT    NOT NULL,
    total      INTEGER NOT NULL,
    position   INTEGER NOT NULL,
    started    INTEGER NOT NULL,
    finished   INTEGER NOT NULL,
    PRIMARY KEY (company, id),
    FOREIGN KEY (company, connection) REFERENCES connection (company, id)
);
CREATE INDEX run_connection ON run (company, connection, started, id);
CREATE INDEX run_finished ON run (finished);

-- run is no foreign key: runs and history have their own retention.
CREATE TABLE history (
    company    INTEGER NOT NULL REFERENCES company (id),
    id         INTEGER NOT NULL,
    connection INTEGER,
    run        INTEGER,
    activity   INTEGER,
    member     INTEGER,
    at         INTEGER NOT NULL,
    actor      TEXT    NOT NULL,
    direction  TEXT    NOT NULL,
    kind       TEXT    NOT NULL,
    before     TEXT    NOT NULL,
    after      TEXT    NOT NULL,
    undone     INTEGER NOT NULL,
    PRIMARY KEY (company, id),
    FOREIGN KEY (company, connection) REFERENCES connection (company, id),
    FOREIGN KEY (company, activity) REFERENCES activity (company, id),
    FOREIGN KEY (company, member) REFERENCES member (company, id)
);
CREATE INDEX history_all ON history (company, at, id);
CREATE INDEX history_activity ON history (company, activity, at, id) WHERE activity IS NOT NULL;
CREATE INDEX history_connection ON history (company, connection, at, id) WHERE connection IS NOT NULL;

CREATE TABLE conflict (
    company    INTEGER NOT NULL REFERENCES company (id),
    id         INTEGER NOT NULL,
    connection INTEGER,
    activity   INTEGER,
    at         INTEGER NOT NULL,
    original   TEXT    NOT NULL,
    field      TEXT    NOT NULL,
    winner     TEXT    NOT NULL,
    kept       TEXT    NOT NULL,
    lost       TEXT    NOT NULL,
    resolved   INTEGER NOT NULL,
    PRIMARY KEY (company, id),
    FOREIGN KEY (company, connection) REFERENCES connection (company, id),
    FOREIGN KEY (company, activity) REFERENCES activity (company, id)
);
CREATE INDEX conflict_at ON conflict (company, at, id);

CREATE TABLE hold (
    company    INTEGER NOT NULL,
    id         INTEGER NOT NULL,
    connection INTEGER NOT NULL,
    direction  TEXT    NOT NULL,
    kind       TEXT    NOT NULL,
    size       INTEGER NOT NULL,
    state      TEXT    NOT NULL,
    reason     TEXT    NOT NULL,
    created    INTEGER NOT NULL,
    decided    INTEGER NOT NULL,
    member     INTEGER,
    PRIMARY KEY (company, id),
    FOREIGN KEY (company, connection) REFERENCES connection (company, id),
    FOREIGN KEY (company, member) REFERENCES member (company, id)
);
CREATE UNIQUE INDEX hold_open ON hold (company, connection, direction, kind) WHERE state = 'open';

CREATE TABLE tally (
    company    INTEGER NOT NULL,
    connection INTEGER NOT NULL,
    direction  TEXT    NOT NULL,
    kind       TEXT    NOT NULL,
    hour       INTEGER NOT NULL,
    n          INTEGER NOT NULL,
    PRIMARY KEY (company, connection, direction, kind, hour),
    FOREIGN KEY (company, connection) REFERENCES connection (company, id)
) WITHOUT ROWID;

CREATE TABLE preview (
    company    INTEGER NOT NULL,
    id         INTEGER NOT NULL,
    connection INTEGER NOT NULL,
    member     INTEGER,
    settings   TEXT    NOT NULL,
    hub_state  TEXT    NOT NULL,
    effects    TEXT    NOT NULL,
    created    INTEGER NOT NULL,
    PRIMARY KEY (company, id),
    FOREIGN KEY (company, connection) REFERENCES connection (company, id),
    FOREIGN KEY (company, member) REFERENCES member (company, id)
);
