package graph

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"math"
	"strings"

	"tahti/internal/calendar"
)

// Ids look as the original's do, base64 of bytes, and are as case-sensitive. A regular id holds the folder that the item
// lies in, so that it changes when the item moves; an immutable one does not. The id of an occurrence is that of its
// series with its original day. The last bytes are a checksum: what does not fit is malformed, as the original says of
// ids that it has never given out.
const (
	idFolder    = 'F'
	idItem      = 'I' // regular
	idImmutable = 'U'
)

// whole stands in place of an original start for the item itself.
const whole calendar.Wall = math.MinInt64

// itemID is what an id says.
type itemID struct {
	kind     byte
	box      uint32
	folder   uint32 // of regular ids and folders
	item     uint64
	original calendar.Wall // of an occurrence; whole for the item itself
}

var idPrefix = map[byte]string{idFolder: "AAMkAGI2NG", idItem: "AAMkAGI2TG", idImmutable: "AAkALgAAAA"}

// String writes the id.
func (id itemID) String() string {
	b := []byte{id.kind}
	b = binary.BigEndian.AppendUint32(b, id.box)
	b = binary.BigEndian.AppendUint32(b, id.folder)
	b = binary.BigEndian.AppendUint64(b, id.item)
	b = binary.BigEndian.AppendUint64(b, uint64(id.original))
	// Bytes that differ where ids do, so that ids of neighbours do not look alike.
	sum := sha256.Sum256(b)
	b = append(b, sum[:5]...)
	b = binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b))
	return idPrefix[id.kind] + base64.URLEncoding.EncodeToString(b)
}

// parseID reads an id; ok is false for what is none.
func parseID(s string) (id itemID, ok bool) {
	for kind, prefix := range idPrefix { // any order: the prefixes differ
		rest, found := strings.CutPrefix(s, prefix)
		if !found {
			continue
		}
		b, err := base64.URLEncoding.Strict().DecodeString(rest)
		if err != nil || len(b) != 34 || b[0] != kind {
			return itemID{}, false
		}
		id = itemID{
			kind: kind, box: binary.BigEndian.Uint32(b[1:]), folder: binary.BigEndian.Uint32(b[5:]),
			item: binary.BigEndian.Uint64(b[9:]), original: calendar.Wall(binary.BigEndian.Uint64(b[17:])),
		}
		return id, id.String() == s
	}
	return itemID{}, false
}

// id is the id of the item or of one occurrence.
func (it *item) id(original calendar.Wall, immutable bool) string {
	id := itemID{kind: idImmutable, box: it.box.number, item: it.serial, original: original}
	if !immutable {
		id.kind, id.folder = idItem, it.now().folder.serial
	}
	return id.String()
}

func (f *folder) id() string {
	return itemID{kind: idFolder, box: f.box.number, folder: f.serial, original: whole}.String()
}

// changeKey is the version of something as the original writes it; the etag is the same as a weak tag.
func changeKey(box uint32, seq uint64) string {
	b := binary.BigEndian.AppendUint32(nil, box)
	b = append(b, "Tahti."...)
	return base64.StdEncoding.EncodeToString(binary.BigEndian.AppendUint64(b, seq))
}

func etag(key string) string { return `W/"` + key + `"` }

// globalID is an event's id across calendars in the form of [MS-OXOCAL] 2.2.1.27, in hexadecimal; an occurrence has its
// day in it.
func globalID(uid string, original calendar.Wall) string {
	day := "00000000"
	if original != whole {
		c := original.Civil()
		day = fmt.Sprintf("%04X%02X%02X", c.Year(), int(c.Month()), c.Day())
	}
	return "040000008200E00074C5B7101A82E008" + day + uid
}
