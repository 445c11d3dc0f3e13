-- +goose Up
-- What people agreed to at a provider. Apart from account, whose row others save whole: a token that was rotated meanwhile
-- must not be written over. It changes only where its version is the one that was read.
CREATE TABLE consent (
    company INTEGER NOT NULL,
    account INTEGER NOT NULL,
    sealed  BLOB    NOT NULL,
    version INTEGER NOT NULL,
    refused TEXT    NOT NULL,
    locked  INTEGER NOT NULL,
    PRIMARY KEY (company, account),
    FOREIGN KEY (company, account) REFERENCES account (company, id)
) WITHOUT ROWID;

-- Sign-ins that were begun and have not come back; each is found by the hash of what goes through the browser.
CREATE TABLE sign_in (
    company INTEGER NOT NULL,
    state   BLOB    NOT NULL,
    member  INTEGER NOT NULL,
    account INTEGER NOT NULL,
    browser BLOB    NOT NULL,
    sealed  BLOB    NOT NULL,
    expires INTEGER NOT NULL,
    PRIMARY KEY (company, state),
    FOREIGN KEY (company, member) REFERENCES member (company, id),
    FOREIGN KEY (company, account) REFERENCES account (company, id)
) WITHOUT ROWID;
CREATE INDEX sign_in_account ON sign_in (company, account);
