package ews

import (
	"encoding/base64"
	"encoding/binary"
	"hash/crc32"
	"slices"
)

// syncState is what a SyncState says: of which folder it is, which items the client was given, and which changes it has
// seen. It is what the original's is, and so it may be long and does not mind where a synchronization was broken off.
type syncState struct {
	birth, box uint32
	folder     uint64
	given      ranges // serials
	seen       ranges // counts of changes
}

func (s syncState) String() string {
	b := []byte{'S', 1}
	b = binary.BigEndian.AppendUint32(b, s.birth)
	b = binary.BigEndian.AppendUint32(b, s.box)
	b = binary.BigEndian.AppendUint64(b, s.folder)
	b = s.given.appendTo(b)
	b = s.seen.appendTo(b)
	b = binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b))
	return base64.StdEncoding.EncodeToString(b)
}

func parseState(text string) (s syncState, ok bool) {
	b, err := base64.StdEncoding.Strict().DecodeString(text)
	if err != nil || len(b) < 24 || b[0] != 'S' || b[1] != 1 {
		return s, false
	}
	body, sum := b[:len(b)-4], binary.BigEndian.Uint32(b[len(b)-4:])
	if crc32.ChecksumIEEE(body) != sum {
		return s, false
	}
	s.birth, s.box, s.folder = binary.BigEndian.Uint32(b[2:]), binary.BigEndian.Uint32(b[6:]), binary.BigEndian.Uint64(b[10:])
	rest := body[18:]
	if s.given, rest, ok = readRanges(rest); !ok {
		return s, false
	}
	s.seen, _, ok = readRanges(rest)
	return s, ok
}

// upTo is the count up to which all changes were seen.
func (s syncState) upTo() uint64 {
	if len(s.seen) == 0 || s.seen[0][0] > 1 {
		return 0
	}
	return s.seen[0][1]
}

// syncItems is SyncFolderItems.
func (c *call) syncItems(e *element) ([]message, *failure) {
	f, fail := c.findRef(m(e, "SyncFolderId").Children[0], refSyncFolder)
	if fail != nil {
		return []message{failed(fail)}, nil
	}
	state := syncState{birth: c.box.birth, box: c.box.number, folder: f.serial}
	if text := textOf(m(e, "SyncState")); text != "" {
		given, ok := parseState(text)
		if !ok || given.birth != state.birth || given.box != state.box || given.folder != state.folder || given.upTo() < c.box.floor {
			return []message{failed(refSyncState.because("Synchronization state data is corrupt or otherwise invalid."))}, nil
		}
		state = given
	}
	c.finding = true
	ignore := map[string]bool{}
	for _, id := range children(m(e, "Ignore")) {
		ignore[id.Attr("Id")] = true
	}
	return c.syncFrom(state, f, m(e, "ItemShape"), number(m(e, "MaxChangesReturned")), ignore)
}

// syncFrom lists what a client has not seen, newest first, as far as one answer goes.
func (c *call) syncFrom(state syncState, f *folder, sh *element, most int, ignore map[string]bool) ([]message, *failure) {
	list := c.box.since(state.upTo())
	if !c.variants.OldestFirst {
		slices.Reverse(list)
	}
	changes := el("m:Changes")
	last := true
	for _, it := range list {
		if it.folder != f || state.seen.has(it.seq) {
			continue
		}
		if len(changes.kids) == most {
			last = false
			break
		}
		state.seen = state.seen.with(it.seq)
		id := it.view().id()
		had := state.given.has(it.serial)
		switch {
		case it.gone && had:
			state.given = state.given.without(it.serial)
			changes.kids = append(changes.kids, el("t:Delete", id))
		case it.gone || ignore[id.attrs[1]]:
			continue
		default:
			n, fail := c.show(it.view(), sh)
			if fail != nil {
				return []message{failed(fail)}, nil
			}
			kind := "t:Update"
			if !had {
				kind = "t:Create"
				state.given = state.given.with(it.serial)
			}
			changes.kids = append(changes.kids, el(kind, n))
		}
	}
	if last {
		state.seen = ranges{{1, c.box.seq}}
	}
	return []message{done(tx("m:SyncState", state.String()), tx("m:IncludesLastItemInRange", truth(last)), changes)}, nil
}
