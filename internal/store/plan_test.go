package store

import (
	"context"
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// The statements that run for every connection or on every page search an index, and sort nothing: their time must not grow
// with the rows that they do not answer.
func TestFrequentStatementsSearchAnIndex(t *testing.T) {
	ctx := context.Background()
	db, err := Open(ctx, Config{Path: filepath.Join(t.TempDir(), "tahti.db")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	s := scopeOf(t, db)
	wake := claimWakes(sqliteDialect)
	for _, c := range []struct{ name, query, index string }{
		{"due work", "SELECT id FROM work WHERE company = $1 AND connection = $2 AND due <= $3 AND " + open + " ORDER BY due, id LIMIT 9", "work_due"},
		{"next due", "SELECT coalesce(min(due), 0) FROM work WHERE company = $1 AND connection = $2 AND " + open, "work_due"},
		{"link by remote", "SELECT id FROM link WHERE company = $1 AND connection = $2 AND remote = $3 AND remote <> '' AND " + live, "link_remote"},
		{"links of activity", "SELECT id FROM link WHERE company = $1 AND activity = $2 AND " + live + " ORDER BY connection, id", "link_of_activity"},
		{"links of connection", "SELECT id FROM link WHERE company = $1 AND connection = $2 AND id > $3 AND " + live + " ORDER BY id LIMIT 9", "link_connection"},
		{"pending links", "SELECT id FROM link WHERE company = $1 AND connection = $2 AND " + pending + " ORDER BY id LIMIT 9", "link_pending"},
		{"ended links", "SELECT remote FROM link WHERE company = $1 AND connection = $2 AND changed >= $3 AND " + ended, "link_ended"},
		{"an owner's activities", "SELECT note FROM activity WHERE company = $1 AND owner = $2 AND kind <> 'none' AND start_at >= $3 AND start_at < $4" +
			" AND deleted = 0 ORDER BY start_at, id LIMIT 9", "activity_owner"},
		{"activities that concern somebody", "SELECT note FROM activity WHERE company = $1 AND (owner = $2 OR " + fmt.Sprintf(takesPart, "$2") +
			") AND deleted = 0 AND id > $3 ORDER BY id LIMIT 9", "participant USING PRIMARY KEY (company=? AND activity=? AND member=?)"},
		{"activities by update", "SELECT note FROM activity WHERE company = $1 AND deleted = 0 AND (updated, id) > ($2, $3) ORDER BY updated, id LIMIT 9", "activity_updated"},
		{"activities by UID", "SELECT note FROM activity WHERE company = $1 AND " + byUID, "activity_uid"},
		{"activities by birth", "SELECT note FROM activity WHERE company = $1 AND " + byBirth, "activity_born"},
		{"activities that were made here", "SELECT id FROM activity WHERE company = $1 AND " + bornHere, "activity_owner"},
		{"activities by UID in a calendar", carriedByUID, "link_uid"},
		{"noted items by UID", selectBaseline + notedByUID, "baseline_uid"},
		{"history of activity", "SELECT actor FROM history WHERE company = $1 AND activity = $2 ORDER BY at DESC, id DESC LIMIT 9", "history_activity"},
		{"history of connection", "SELECT actor FROM history WHERE company = $1 AND connection = $2 AND (at, id) < ($3, $4) ORDER BY at DESC, id DESC LIMIT 9", "history_connection"},
		{"claim", wake, "wake_next"},
		{"watch by address", "SELECT company, id, " + watchSelect + "address = $1", "watch_address"},
		{"watches of connection", "SELECT id, " + watchSelect + "company = $1 AND connection = $2 ORDER BY id", "watch_connection"},
		{"watches of account", "SELECT id, " + watchSelect + "company = $1 AND account = $2 AND account > 0 ORDER BY id", "watch_account"},
		{"links of many remotes", "SELECT id FROM link WHERE company = $1 AND connection = $2 AND remote IN " + fmt.Sprintf(sqliteDialect.texts, "$3") +
			" AND remote <> '' AND " + live, "link_remote"},
		{"links of many activities", "SELECT id FROM link WHERE company = $1 AND connection = $2 AND activity IN " + fmt.Sprintf(sqliteDialect.in, "$3") +
			" AND " + live, "link_of_activity"},
		{"activities at many starts", "SELECT start_at FROM activity WHERE company = $1 AND owner = $2 AND start_at IN " +
			fmt.Sprintf(sqliteDialect.in, "$3") + " AND deleted = 0", "activity_owner"},
		{"activities of many UIDs", "SELECT uid FROM activity WHERE company = $1 AND uid IN " + fmt.Sprintf(sqliteDialect.texts, "$2") +
			" AND uid <> '' AND deleted = 0", "activity_uid"},
		{"links of many UIDs", "SELECT remote_uid FROM link WHERE company = $1 AND remote_uid IN " + fmt.Sprintf(sqliteDialect.texts, "$2") +
			" AND remote_uid <> '' AND " + live, "link_uid"},
	} {
		rows, err := list(ctx, s, func(p *planRow) []any { return []any{&p.id, &p.parent, &p.unused, &p.detail} }, "EXPLAIN QUERY PLAN "+c.query, make([]any, countArgs(c.query))...)
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		var plan strings.Builder
		for _, r := range rows {
			plan.WriteString(r.detail + "\n")
		}
		if !strings.Contains(plan.String(), c.index) || regexp.MustCompile(`SCAN (work|link|activity|history|wake|watch)\b`).MatchString(plan.String()) {
			t.Errorf("%s does not search %s:\n%s", c.name, c.index, plan.String())
		}
		if c.name != "claim" && strings.Contains(plan.String(), "TEMP B-TREE") {
			t.Errorf("%s sorts:\n%s", c.name, plan.String())
		}
	}
}

type planRow struct {
	id, parent, unused int64
	detail             string
}

func scopeOf(t *testing.T, db *DB) scope {
	t.Helper()
	tx, err := db.read.BeginTx(context.Background(), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = tx.Rollback() })
	return scope{db: db, tx: tx, readOnly: true}
}

func countArgs(q string) int {
	n := 0
	for _, m := range regexp.MustCompile(`\$(\d)`).FindAllStringSubmatch(q, -1) {
		n = max(n, int(m[1][0]-'0'))
	}
	return n
}
