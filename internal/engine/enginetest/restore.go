package enginetest

import (
	"tahti/internal/store"
)

// Backup copies the database.
func (l *Lab) Backup() []byte {
	l.T.Helper()
	content, err := l.DB.Content(l.ctx())
	l.ok(err)
	return content
}

// Restore puts an older copy in the place of the database, as "tahti restore" and the next start do.
func (l *Lab) Restore(content []byte) {
	l.T.Helper()
	config := store.Config{Now: l.Now}
	for first := true; ; first = false {
		l.ok(l.DB.Close())
		db, err := store.OpenContent(l.ctx(), content, config)
		l.ok(err)
		l.T.Cleanup(func() { _ = db.Close() })
		if l.DB = db; !first {
			return
		}
		l.ok(db.MarkRestored(l.ctx()))
		content = l.Backup()
	}
}
