package caldav

import (
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"tahti/internal/provider"
	"tahti/internal/provider/premises"
)

const opMake = "make a calendar"

// MakeCalendar makes a calendar for events in the person's home (RFC 4791 section 5.3.1) and answers it as the server lists it
// afterwards. Its time zone is left to the server: many refuse the whole request over a property that they cannot set. The
// address is taken from the clock, and what is there already is never written over: the server refuses then (section 5.3.1.1).
// digest is what [Discover] found out. Errors are *[provider.Error], with CodeNoPermission where the server makes none.
func MakeCalendar(ctx context.Context, l Login, digest bool, name string) (provider.Calendar, error) {
	if l.Transport == nil || l.Now == nil {
		return provider.Calendar{}, errors.New("make a calendar: a transport and a clock have to be given")
	}
	start, err := l.start(ctx)
	if err != nil {
		return provider.Calendar{}, err
	}
	f := finder{start: start, username: l.usernames()[0]}
	t := premises.Trust{Home: start, Plain: l.AllowPlain, Hosts: premises.Lowered(l.Hosts)}
	f.client = newClient(l.Transport, t, newSigner(f.username, l.Password, digest), l.Timeout, l.Now)
	home, err := f.home(ctx)
	if err != nil {
		return provider.Calendar{}, err
	}
	at := withPath(home, strings.TrimSuffix(pathOf(home), "/")+"/tahti-"+strconv.FormatInt(l.Now().UnixMilli(), 36)+"/")
	if err := f.make(ctx, at, name); err != nil {
		return provider.Calendar{}, err
	}
	found, err := f.list(ctx, home)
	if err != nil {
		return provider.Calendar{}, err
	}
	i := slices.IndexFunc(found, func(c Found) bool {
		u, err := url.Parse(c.ID)
		return err == nil && samePath(pathOf(u), pathOf(at))
	})
	if i < 0 {
		return provider.Calendar{}, &provider.Error{Op: opMake, Class: provider.Unknown, Code: provider.CodeServer, Status: "made, but not listed"}
	}
	return found[i].Calendar, nil
}

// home is where the person's calendars are.
func (f *finder) home(ctx context.Context) (*url.URL, error) {
	e, err := f.enter(ctx)
	if err != nil {
		return nil, err
	}
	if e.principal != nil {
		if e, err = f.look(ctx, e.principal); err != nil {
			return nil, err
		}
	}
	if len(e.homes) == 0 {
		return nil, f.notACalendar("there is no calendar-home-set")
	}
	return e.homes[0], nil
}

func (f *finder) make(ctx context.Context, at *url.URL, name string) error {
	var b bytes.Buffer
	b.WriteString(xmlHead + `<C:mkcalendar` + xmlSpaces + `><D:set><D:prop><D:displayname>`)
	_ = xml.EscapeText(&b, []byte(name)) // a bytes.Buffer takes everything
	b.WriteString(`</D:displayname><C:supported-calendar-component-set><C:comp name="VEVENT"/></C:supported-calendar-component-set>` +
		`</D:prop></D:set></C:mkcalendar>`)
	q := call{op: opMake, method: "MKCALENDAR", url: at, mime: xmlType, body: b.Bytes(), write: true}
	a, err := f.client.send(ctx, q)
	if err != nil {
		return err
	}
	defer a.close()
	if a.status == http.StatusCreated || a.status == http.StatusOK {
		return nil
	}
	return f.client.refused(q, a)
}
