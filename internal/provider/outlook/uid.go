package outlook

import (
	"encoding/binary"
	"encoding/hex"
	"strings"
)

// globalPrefix begins each Global Object Id ([MS-OXOCAL] 2.2.1.27).
const globalPrefix = "040000008200E00074C5B7101A82E008"

// UID is the iCalendar UID behind iCalUId, by which the copies of one meeting at several providers are known. Exchange wraps
// a UID that came from elsewhere into an id of its own form ([MS-OXCICAL] 2.1.3.1.1.20.26), and writes the day of an
// occurrence into the id of its series; both are taken back.
func UID(id string) string {
	if len(id) < 2*40 || !strings.EqualFold(id[:len(globalPrefix)], globalPrefix) {
		return id
	}
	b, err := hex.DecodeString(id)
	if err != nil {
		return id
	}
	data := b[40:]
	if size := binary.LittleEndian.Uint32(b[36:40]); uint64(size) < uint64(len(data)) {
		data = data[:size]
	}
	if foreign, ok := strings.CutPrefix(string(data), "vCal-Uid\x01\x00\x00\x00"); ok {
		if foreign = strings.TrimRight(foreign, "\x00"); foreign != "" {
			return foreign
		}
	}
	clear(b[16:20])
	return strings.ToUpper(hex.EncodeToString(b))
}
