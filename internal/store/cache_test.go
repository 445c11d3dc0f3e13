package store

import "testing"

func TestSQLiteIsShownNoBareVariable(t *testing.T) {
	for q, want := range map[string]string{ // any order: each is looked at by itself
		"SELECT id FROM work WHERE company = $1 LIMIT $2":                "SELECT id FROM work WHERE company = +?1 LIMIT +?2",
		"SELECT id FROM a WHERE id IN (SELECT id FROM b LIMIT $12) = $1": "SELECT id FROM a WHERE id IN (SELECT id FROM b LIMIT +?12) = +?1",
		"SELECT 1": "SELECT 1",
	} {
		if got := forSQLite.Replace(q); got != want {
			t.Errorf("%s becomes %s, want %s", q, got, want)
		}
	}
}
