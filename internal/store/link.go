package store

import (
	"context"
	"fmt"
	"time"
)

var linkTable = newTable("link", `connection activity remote state incarnation ours origin remote_event remote_meta local_event
	local_revision frame pending changed remote_tag remote_uid remote_size remote_raw`)

// storedLink is a link with its raw bytes as they are kept, and the master's tag for [Tx.LinkVersions].
type storedLink struct {
	*Link
	tag    string
	uid    string
	packed packed
}

func toStoredLink(l *Link) *storedLink {
	s := &storedLink{Link: l, tag: l.RemoteMeta.Versions[""].Tag, packed: pack(l.RemoteRaw)}
	if l.RemoteEvent != nil {
		s.uid = l.RemoteEvent.UID
	}
	return s
}

// linkColumns gives all columns; the raw bytes are the last two.
func linkColumns(l *storedLink) []any {
	return []any{
		&l.ID, &l.Connection, ref(&l.Activity), &l.Remote, (*string)(&l.State), &l.Incarnation, &l.Ours, &l.Origin,
		pointer(&l.RemoteEvent), value(&l.RemoteMeta), pointer(&l.LocalEvent), &l.LocalRevision, raw{&l.Frame}, pointer(&l.Pending),
		at(&l.Changed), &l.tag, &l.uid, &l.packed.size, blob{&l.packed.bytes},
	}
}

func newStoredLink(s *storedLink) []any {
	s.Link = &Link{}
	return linkColumns(s)
}

const live = "state <> 'gone'"

func (tx *Tx) link(ctx context.Context, where string, args ...any) (Link, error) {
	s, err := find(ctx, tx, linkTable, newStoredLink, where, args...)
	if err != nil {
		return Link{}, err
	}
	s.RemoteRaw, err = s.packed.unpack()
	return *s.Link, wrap(err, "read link %d", s.ID)
}

// Link reads one link, also a gone one.
func (tx *Tx) Link(ctx context.Context, id ID) (Link, error) {
	if l, ok := once(tx.ahead.links, id); ok {
		return *l, nil
	}
	return tx.link(ctx, "id = $2", id)
}

// LinkByRemote reads the live link of a remote item.
func (tx *Tx) LinkByRemote(ctx context.Context, connection ID, remote string) (Link, error) {
	if connection == tx.ahead.connection {
		if l, known, err := linkAhead(&tx.ahead, tx.ahead.byRemote, remote); known {
			return l, wrap(err, "read link")
		}
	}
	return tx.link(ctx, "connection = $2 AND remote = $3 AND remote <> '' AND "+live, connection, remote)
}

// LinkByActivity reads the live link of an activity.
func (tx *Tx) LinkByActivity(ctx context.Context, connection, activity ID) (Link, error) {
	if connection == tx.ahead.connection {
		if l, known, err := linkAhead(&tx.ahead, tx.ahead.byActivity, activity); known {
			return l, wrap(err, "read link")
		}
	}
	return tx.link(ctx, "connection = $2 AND activity = $3 AND "+live, connection, activity)
}

// LinksOfActivity lists the live links of an activity over all connections, by connection.
func (tx *Tx) LinksOfActivity(ctx context.Context, activity ID) ([]Link, error) {
	return tx.links(ctx, "activity = $2 AND "+live+" ORDER BY connection, id", activity)
}

// links lists what a condition finds; its placeholders begin at $2.
func (tx *Tx) links(ctx context.Context, where string, args ...any) ([]Link, error) {
	rows, err := all(ctx, tx, linkTable, newStoredLink, where, args...)
	if err != nil {
		return nil, err
	}
	links := make([]Link, len(rows))
	for i, s := range rows {
		if s.RemoteRaw, err = s.packed.unpack(); err != nil {
			return nil, fmt.Errorf("read link %d: %w", s.ID, err)
		}
		links[i] = *s.Link
	}
	return links, nil
}

var linkColumnsWithoutRaw = linkTable.columns[:len(linkTable.columns)-len(", remote_size, remote_raw")]

// Links lists the live links of a connection by id, those after an id, without RemoteRaw.
func (tx *Tx) Links(ctx context.Context, connection, after ID, limit int) ([]Link, error) {
	links, err := tx.linksWithoutRaw(ctx, connection, "id > $3 AND "+live+" ORDER BY id LIMIT $4", after, limited(limit))
	return links, wrap(err, "list links of connection %d", connection)
}

// pending is the condition of the index link_pending, word for word: a write was begun and not settled, or a creation that settings let
// go of meanwhile.
const pending = "(state IN ('creating', 'writing') OR state = 'dormant' AND remote = '' AND pending <> '')"

// PendingLinks lists the links of a connection on which a write was begun and not settled, by id, without RemoteRaw.
func (tx *Tx) PendingLinks(ctx context.Context, connection ID, limit int) ([]Link, error) {
	links, err := tx.linksWithoutRaw(ctx, connection, pending+" ORDER BY id LIMIT $3", limited(limit))
	return links, wrap(err, "list pending links of connection %d", connection)
}

// ended is the condition of the index link_ended, word for word.
const ended = "state = 'gone' AND remote <> ''"

// EndedLinks lists the remote items of the links of a connection that have been gone since an instant; each may be tied anew by now.
func (tx *Tx) EndedLinks(ctx context.Context, connection ID, since time.Time) ([]string, error) {
	remotes, err := list(ctx, tx.scope, func(s *string) []any { return []any{s} },
		"SELECT remote FROM link WHERE company = $1 AND connection = $2 AND changed >= $3 AND "+ended, tx.company, connection, micros(since))
	return remotes, wrap(err, "list links of connection %d that have ended", connection)
}

// maxUnfound bounds the creations of one activity that may arrive yet.
const maxUnfound = 20

// UnfoundLinks lists the gone links of an activity in a connection that keep the note of a creation, because it was looked for,
// not found, and may arrive yet: newest first, without RemoteRaw.
func (tx *Tx) UnfoundLinks(ctx context.Context, connection, activity ID) ([]Link, error) {
	links, err := tx.linksWithoutRaw(ctx, connection, "activity = $3 AND state = 'gone' AND pending <> '' ORDER BY id DESC LIMIT $4",
		activity, maxUnfound)
	return links, wrap(err, "list creations of activity %d that were not found", activity)
}

// linksWithoutRaw lists links of a connection; the condition's arguments begin at $3.
func (tx *Tx) linksWithoutRaw(ctx context.Context, connection ID, where string, args ...any) ([]Link, error) {
	columns := func(s *storedLink) []any {
		all := newStoredLink(s)
		return all[:len(all)-2]
	}
	rows, err := list(ctx, tx.scope, columns, "SELECT id, "+linkColumnsWithoutRaw+" FROM link WHERE company = $1 AND connection = $2 AND "+where,
		append([]any{tx.company, connection}, args...)...)
	links := make([]Link, len(rows))
	for i, s := range rows {
		links[i] = *s.Link
	}
	return links, err
}

// LinkVersions answers the master's tag of every remote item that has a live link.
func (tx *Tx) LinkVersions(ctx context.Context, connection ID) (map[string]string, error) {
	return tx.versions(ctx, "SELECT remote, remote_tag FROM link"+
		" WHERE company = $1 AND connection = $2 AND remote <> '' AND "+live, connection)
}

func (tx *Tx) versions(ctx context.Context, q string, connection ID) (map[string]string, error) {
	type pair struct{ remote, version string }
	pairs, err := list(ctx, tx.scope, func(p *pair) []any { return []any{&p.remote, &p.version} }, q, tx.company, connection)
	versions := make(map[string]string, len(pairs))
	for _, p := range pairs {
		versions[p.remote] = p.version
	}
	return versions, wrap(err, "list versions of connection %d", connection)
}

// CountLinks counts the links of a connection by state, gone ones too.
func (tx *Tx) CountLinks(ctx context.Context, connection ID) (map[LinkState]int, error) {
	type count struct {
		state LinkState
		n     int
	}
	counts, err := list(ctx, tx.scope, func(c *count) []any { return []any{&c.state, &c.n} },
		"SELECT state, count(*) FROM link WHERE company = $1 AND connection = $2 GROUP BY state", tx.company, connection)
	byState := make(map[LinkState]int, len(counts))
	for _, c := range counts {
		byState[c.state] = c.n
	}
	return byState, wrap(err, "count links of connection %d", connection)
}

// LastIncarnation answers the highest incarnation that an activity has had in a connection, also of links that are gone;
// 0 if it never was there.
func (tx *Tx) LastIncarnation(ctx context.Context, connection, activity ID) (n int, err error) {
	if connection == tx.ahead.connection {
		if n, ok := once(tx.ahead.incarnation, activity); ok {
			return n, nil
		}
	}
	err = tx.one(ctx, "SELECT coalesce(max(incarnation), 0) FROM link WHERE company = $1 AND connection = $2 AND activity = $3",
		[]any{tx.company, connection, activity}, []any{&n})
	return n, wrap(err, "read incarnation of activity %d", activity)
}
