-- +goose Up
-- What people agreed to at a provider. Apart from account, whose row others save whole: a token that was rotated meanwhile
-- must not be written over. It changes only where its version is the one that was read.
CREATE TABLE consent (
    company bigint  NOT NULL,
    account bigint  NOT NULL,
    sealed  bytea   NOT NULL,
    version bigint  NOT NULL,
    refused text    NOT NULL,
    locked  bigint  NOT NULL,
    PRIMARY KEY (company, account),
    FOREIGN KEY (company, account) REFERENCES account (company, id)
);

-- Sign-ins that were begun and have not come back; each is found by the hash of what goes through the browser.
CREATE TABLE sign_in (
    company bigint  NOT NULL,
    state   bytea   NOT NULL,
    member  bigint  NOT NULL,
    account bigint  NOT NULL,
    browser bytea   NOT NULL,
    sealed  bytea   NOT NULL,
    expires bigint  NOT NULL,
    PRIMARY KEY (company, state),
    FOREIGN KEY (company, member) REFERENCES member (company, id),
    FOREIGN KEY (company, account) REFERENCES account (company, id)
);
CREATE INDEX sign_in_account ON sign_in (company, account);
