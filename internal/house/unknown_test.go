package house_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tahti/internal/engine"
	"tahti/internal/hub"
	"tahti/internal/realserver"
)

// unmodelledLines are lines of an event that Tahti knows nothing of, one of them twice: it has to be there twice afterwards.
const unmodelledLines = "X-TWICE:the same\r\nX-TWICE:the same\r\nGEO:60.17;24.94\r\nCOMMENT;LANGUAGE=fi:kommentti\r\n" +
	"X-LONG:" + "0123456789 0123456789 0123456789 0123456789 0123456789 0123456789 0123456789 0123456789 0123456789" + "\r\n"

// altered is what a server makes of an object by itself, as soon as it is stored: lines that are gone, and lines that came
// instead. The list is exact: a server that stops doing so is told by the test as well.
type altered struct {
	gone, came []string
	why        string
}

var alters = map[string][]altered{
	"cyrus": {
		{[]string{"GEO:60.17;24.94"}, []string{"GEO:60.170000;24.940000"}, "libical reads a position as two numbers and writes six digits"},
		{[]string{`X-UNKNOWN;X-P=1:value\, kept`}, []string{"X-UNKNOWN;X-P=1:value, kept"}, "libical reads what it does not know as text with no list in it"},
		{[]string{"CATEGORIES:RED,BLUE"}, []string{"CATEGORIES:RED", "CATEGORIES:BLUE"}, "libical makes a property of each category"},
	},
	"sogo": {
		{[]string{"GEO:60.17;24.94"}, []string{`GEO:60.17\;24.94`}, "SOPE escapes what it takes for one text"},
		{nil, []string{"CLASS:PUBLIC"}, "SOGo shows everything by its classification, and gives one to what has none"},
	},
}

// expected is what a server is to have of lines that were written to it.
func expected(server string, wrote []string) []string {
	list := slices.Clone(wrote)
	for _, alter := range alters[server] {
		for _, line := range alter.gone {
			if i := slices.Index(list, line); i >= 0 {
				list = slices.Delete(list, i, i+1)
			}
		}
		list = append(list, alter.came...)
	}
	slices.Sort(list)
	return list
}

// realUnknown: after an edit of the title here, the server has every line that another client wrote, as often as it was
// there, but for what it alters itself.
func realUnknown(t *testing.T, server *realserver.Server) {
	l, collection := realLab(t, server)
	c := l.connect(`{"start":"everything"}`)
	wrote := strings.Replace(stranger, "CATEGORIES:RED\r\n", "CATEGORIES:RED,BLUE\r\n"+unmodelledLines, 1)
	server.Put("alice", collection+"stranger.ics", wrote)
	want := expected(server.Name, unmodelled(wrote))
	if diff := cmp.Diff(want, unmodelled(l.remoteBodies(server)[0].Body)); diff != "" {
		t.Errorf("the server by itself (- listed, + stored):\n%s", diff)
	}
	l.sync(c.ID)
	a := l.all()[0]
	l.tx(func(tx engine.Tx) error {
		to := a.Clone()
		to.Plan.Subject = "Friend"
		_, err := l.house.Hub.Update(t.Context(), tx, hub.By(l.who.User), a.ID, hub.Change{Base: a.Revision, Fields: []string{"subject"}, To: to})
		return err
	})
	settled(server)
	l.sync(c.ID)
	after := l.remoteBodies(server)[0].Body
	if !strings.Contains(after, "SUMMARY:Friend") {
		t.Fatalf("the edit did not arrive:\n%s", after)
	}
	if diff := cmp.Diff(want, unmodelled(after)); diff != "" {
		t.Errorf("what is unknown changed (- want, + after):\n%s", diff)
	}
	l.quiet(c.ID)
}

// unmodelled are the lines of an object that an edit of its title has no business with, unfolded, as often as they are there.
// What an edit changes beside the title is when it was made (RFC 5545 section 3.8.7), which many servers write themselves.
func unmodelled(body string) []string {
	var list []string
	unfolded := strings.NewReplacer("\n ", "", "\n\t", "").Replace(strings.ReplaceAll(body, "\r\n", "\n"))
	for line := range strings.SplitSeq(unfolded, "\n") {
		switch name, _, _ := strings.Cut(line, ":"); name {
		case "", "SUMMARY", "DTSTAMP", "LAST-MODIFIED", "SEQUENCE":
		default:
			list = append(list, line)
		}
	}
	slices.Sort(list)
	return list
}
