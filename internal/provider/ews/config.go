package ews

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"tahti/internal/calendar"
	"tahti/internal/provider"
	"tahti/internal/provider/outlook"
)

// Config opens an account, or one calendar of it.
type Config struct {
	URL string // of Exchange.asmx, as [Discover] found it or a person typed it: what may be sent there was confirmed by that
	// Calendar is the id of the calendar's folder, as [Account.Calendars] lists it. An account needs none.
	Calendar string
	Profile  Profile // from [Calendar.Probe]
	// TimeZone is the person's IANA zone, in which whole days and floating times are written, as long as the mailbox does not
	// say its own (Profile.TimeZone): midnight has to be somewhere. If both are empty, days are in UTC, and floating times refused.
	TimeZone string

	SignIn             SignIn
	Username, Password string // for Basic and NTLM

	// Transport sends the requests and decides which networks may be reached; with [Bearer] it adds a token and renews it. It
	// has to be given.
	Transport http.RoundTripper
	// Private makes a transport like it whose connections nobody else uses, and that speaks HTTP/1.1 alone: NTLM signs a
	// connection in, not a request. It is called once, and only for NTLM.
	Private func() http.RoundTripper
	// Now has to be given.
	Now func() time.Time
	// AllowPlain permits http, which sends the password in the clear, for tests and stand-ins.
	AllowPlain bool
	// Timeout bounds one request with its answer; 0 is two minutes.
	Timeout time.Duration

	latch  *latch // that of another signer of the same password
	stream bool   // answers are read as they come
}

// Profile is what [Calendar.Probe] found out about a calendar, once, when the connection was made. The caller stores its JSON. The
// zero Profile is a calendar of the person's own.
type Profile struct {
	ReadOnly bool `json:"read_only,omitempty"`
	// TimeZone is the IANA zone that the mailbox says is its own, empty if it says none.
	TimeZone string `json:"time_zone,omitempty"`
}

// Calendar is one calendar. It is safe for concurrent use.
type Calendar struct {
	client  *client
	folder  string
	made    string // which calendar this is, for cursors
	profile Profile
	days    string // the Windows zone in which whole days are written; empty if none is known
	config  Config // for a connection of its own
}

var _ provider.Provider = (*Calendar)(nil)

// Open prepares a calendar; it sends nothing.
func Open(c Config) (*Calendar, error) {
	if c.Calendar == "" {
		return nil, errors.New("open calendar: its id has to be given")
	}
	days := ""
	if zone := cmp.Or(c.Profile.TimeZone, c.TimeZone); zone != "" {
		var err error
		if days, err = zoneID(zone); err != nil && !errors.Is(err, errNoWindowsZone) {
			return nil, fmt.Errorf("open calendar: %w", err)
		}
	}
	c.latch = &latch{}
	cl, err := newClient(c)
	if err != nil {
		return nil, err
	}
	return &Calendar{client: cl, folder: c.Calendar, made: strings.ToLower(cl.url.Host) + " " + c.Calendar, profile: c.Profile, days: days, config: c}, nil
}

// batchSize is how many items one GetItem asks for. Microsoft's documents advise ten, of mails with attachments, and bound a batch by a
// minute (providers.md 3.1, 3.5). An appointment has a few kilobytes, and no attachment is asked for: fifty are a few hundred kilobytes, which a
// server answers well within a second or two, and a first listing of ten thousand takes 220 requests and not 1,020. Where bodies are so long
// that fifty are too much, they are asked for in halves; what the server does not do within its minute it answers one by one as not done.
const batchSize = 50

// Capabilities are the facts that planner and engine read.
//
// SilentUpdate is not claimed, though SendToNone mails nobody: the guests' copies would stay as they were, and nobody would have told
// them. So what concerns guests waits until somebody sends it, as where a server mails by itself.
func (c *Calendar) Capabilities() provider.Capabilities {
	return provider.Capabilities{
		Guard:       provider.GuardUpdate, // creations are looked for before and after; DeleteItem looks at no change key
		Tombstones:  true,
		Untold:      true,
		Piecemeal:   true,
		Fields:      calendar.AllFields,
		BatchRead:   batchSize,
		Concurrency: cap(c.client.places),
		ReadOnly:    c.profile.ReadOnly,
		Modified:    true,
	}
}

// errNoWindowsZone is about one of the few zones that Windows has not. Where it is a person's own, days are in UTC.
var errNoWindowsZone = errors.New("windows has no such zone")

// zoneID is the Windows id of a zone: Exchange takes no other name.
func zoneID(iana string) (string, error) {
	name, err := outlook.ZoneName(iana)
	if err != nil {
		return "", err
	}
	if name == iana && name != "UTC" {
		return "", fmt.Errorf("%w: %q", errNoWindowsZone, iana)
	}
	return name, nil
}

const opProbe = "look at the calendar"

// Probe finds out what we may do in the calendar, that it is there, and in which zone the mailbox is.
func (c *Calendar) Probe(ctx context.Context) (Profile, error) {
	f, err := c.look(ctx, opProbe)
	if err != nil {
		return Profile{}, err
	}
	p := Profile{ReadOnly: f.readOnly()}
	p.TimeZone, err = c.homeZone(ctx)
	return p, err
}

// look reads the calendar's folder.
func (c *Calendar) look(ctx context.Context, op string) (folder, error) {
	q := call{op: op, name: "GetFolder", body: el("m:GetFolder", folderShape(), el("m:FolderIds", folderRef(c.folder)))}
	list, a, err := do[folderMessage](ctx, c.client, q)
	if err != nil {
		return folder{}, err
	}
	if e := c.client.refusal(q, a, list[0].head()); e != nil {
		return folder{}, e
	}
	if fs := list[0].all(); len(fs) == 1 && fs[0].ID.ID != "" {
		return fs[0], nil
	}
	return folder{}, broken(q, a, errors.New("an answer that is no folder")) // what it may do would be made up
}

// homeZone asks for the zone that the person has chosen in Outlook on the web. It is kept beside their other options, where no schema
// describes it; a mailbox that has none, and a server that does not tell, leave it open.
func (c *Calendar) homeZone(ctx context.Context) (string, error) {
	q := call{op: opProbe, name: "GetUserConfiguration", body: el("m:GetUserConfiguration",
		el("m:UserConfigurationName", el("t:DistinguishedFolderId").with("Id", "root")).with("Name", "OWA.UserOptions"),
		word("m:UserConfigurationProperties", "Dictionary"))}
	list, a, err := do[configurationMessage](ctx, c.client, q)
	if err == nil {
		if e := c.client.refusal(q, a, list[0].head()); e != nil {
			err = e
		}
	}
	switch class := provider.ClassOf(err); {
	case err == nil:
	case class == provider.SignIn || class == provider.RateLimited:
		return "", err
	default:
		return "", nil //nolint:nilerr // no options, or an operation that is not there: the zone stays open
	}
	for _, entry := range list[0].Entries {
		if strings.EqualFold(entry.Key, "timezone") {
			if k := outlook.ClockOf(entry.Value, ""); k.Known && entry.Value != "" {
				return k.IANA, nil
			}
		}
	}
	return "", nil
}

type configurationMessage struct {
	message
	Entries []struct {
		Key   string `xml:"DictionaryKey>Value"`
		Value string `xml:"DictionaryValue>Value"`
	} `xml:"UserConfiguration>Dictionary>DictionaryEntry"`
}

// ParseProfile reads the stored form of a profile; nothing is the zero Profile.
func ParseProfile(b []byte) (Profile, error) {
	var p Profile
	if len(b) == 0 {
		return p, nil
	}
	if err := json.Unmarshal(b, &p); err != nil {
		return p, fmt.Errorf("parse profile: %w", err)
	}
	return p, nil
}
