package ews

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"hash/crc32"
	"math"

	"tahti/internal/calendar"
)

// Ids look as the original's do, base64 of bytes, and are as long and as case-sensitive: DavMail knows an item's id by its length. The
// id of an occurrence is that of its series with its original start. The last bytes are a checksum: what does not fit is malformed, as
// the original says of ids that it has never given out.
const (
	idFolder = 'F'
	idItem   = 'I'
)

// idLength is how many bytes an id has: an item's is 152 characters long, a folder's 120.
var idLength = map[byte]int{idItem: 114, idFolder: 90}

// idHead is how every id begins.
var idHead = []byte{0, 3, 0x24, 0, 0x63}

// whole stands in place of an original start for the item itself.
const whole calendar.Wall = math.MinInt64

// itemID is what an id says.
type itemID struct {
	kind     byte
	birth    uint32 // of the store
	box      uint32
	serial   uint64 // of the item, or of the folder
	original calendar.Wall
}

// String writes the id.
func (id itemID) String() string {
	b := append([]byte{}, idHead...)
	b = append(b, id.kind)
	b = binary.BigEndian.AppendUint32(b, id.birth)
	b = binary.BigEndian.AppendUint32(b, id.box)
	b = binary.BigEndian.AppendUint64(b, id.serial)
	b = binary.BigEndian.AppendUint64(b, uint64(id.original))
	// Bytes that differ where ids do, so that ids of neighbours do not look alike.
	for n := idLength[id.kind] - crc32.Size; len(b) < n; {
		sum := sha256.Sum256(b)
		b = append(b, sum[:min(len(sum), n-len(b))]...)
	}
	b = binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b))
	return base64.StdEncoding.EncodeToString(b)
}

// parseID reads an id; ok is false for what is none.
func parseID(s string) (id itemID, ok bool) {
	b, err := base64.StdEncoding.Strict().DecodeString(s)
	if err != nil || len(b) < 6 || len(b) != idLength[b[5]] || string(b[:5]) != string(idHead) {
		return itemID{}, false
	}
	b = b[5:]
	id = itemID{
		kind: b[0], birth: binary.BigEndian.Uint32(b[1:]), box: binary.BigEndian.Uint32(b[5:]),
		serial: binary.BigEndian.Uint64(b[9:]), original: calendar.Wall(binary.BigEndian.Uint64(b[17:])),
	}
	return id, id.String() == s
}

// changeKey is the version of something as the original writes it.
func changeKey(kind byte, serial, seq uint64) string {
	b := []byte{'D', 'w', 0, 0, 0, kind}
	b = binary.BigEndian.AppendUint64(b, serial)
	b = binary.BigEndian.AppendUint64(b, seq)
	return base64.StdEncoding.EncodeToString(binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b)))
}

// parseKey reads a change key; ok is false for what is none.
func parseKey(s string) (serial, seq uint64, ok bool) {
	b, err := base64.StdEncoding.Strict().DecodeString(s)
	if err != nil || len(b) != 26 {
		return 0, 0, false
	}
	serial, seq = binary.BigEndian.Uint64(b[6:]), binary.BigEndian.Uint64(b[14:])
	return serial, seq, changeKey(b[5], serial, seq) == s
}
