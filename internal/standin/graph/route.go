package graph

import (
	"net/http"
	"net/url"
	"strings"
)

// route finds the resource and the method. path is what follows /v1.0/, escaped.
func (c *call) route(path string) *failure {
	var seg []string
	for part := range strings.SplitSeq(strings.Trim(path, "/"), "/") {
		plain, err := url.PathUnescape(part)
		if err != nil {
			return refPath.because("Resource not found for the segment '" + part + "'.")
		}
		seg = append(seg, plain)
	}
	switch {
	case strings.EqualFold(seg[0], "me"):
		seg = seg[1:]
	case strings.EqualFold(seg[0], "users") && len(seg) > 1:
		if !equalFold(seg[1], c.box.Name) && seg[1] != c.box.guid {
			return refScope.because("Access is denied. Check credentials and try again.")
		}
		seg = seg[2:]
	default:
		return noSegment(seg[0])
	}
	if len(seg) == 0 {
		return c.me()
	}
	return c.routeBox(seg)
}

func noSegment(name string) *failure {
	return refPath.because("Resource not found for the segment '" + name + "'.")
}

// routeBox finds a resource of the mailbox.
func (c *call) routeBox(seg []string) *failure {
	if f := c.need(c.r.Method != http.MethodGet); f != nil {
		return f
	}
	name := strings.ToLower(seg[0])
	switch {
	case name == "calendars" && len(seg) == 1:
		return c.byMethod(methods{"GET": c.listCalendars, "POST": c.createCalendar})
	case name == "calendars":
		f, fail := c.findFolder(seg[1])
		if fail != nil {
			return fail
		}
		return c.routeFolder(f, seg[2:], true)
	case name == "calendar":
		return c.routeFolder(c.box.folders[0], seg[1:], true)
	case name == "translateexchangeids" && len(seg) == 1:
		return c.byMethod(methods{"POST": c.translateIDs})
	}
	return c.routeFolder(c.box.folders[0], seg, false)
}

// routeFolder finds a resource of a calendar; where none was named, events are those of the mailbox.
func (c *call) routeFolder(f *folder, seg []string, named bool) *failure {
	if len(seg) == 0 {
		return c.byMethod(methods{
			"GET":    func() *failure { return c.send(http.StatusOK, c.withContext("calendars/$entity", c.renderFolder(f))) },
			"PATCH":  func() *failure { return c.patchCalendar(f) },
			"DELETE": func() *failure { return c.deleteCalendar(f) },
		})
	}
	name := strings.ToLower(seg[0])
	switch {
	case name == "events" && len(seg) == 1:
		return c.byMethod(methods{
			"GET":  func() *failure { return c.listEvents(f, named) },
			"POST": func() *failure { return c.createEvent(f) },
		})
	case name == "events" || name == "calendarview" && len(seg) > 1 && !isDelta(seg[1]):
		x, fail := c.findEvent(seg[1], f, named)
		if fail != nil {
			return fail
		}
		return c.routeEvent(x, seg[2:])
	case name == "calendarview" && len(seg) == 1:
		return c.byMethod(methods{"GET": func() *failure { return c.listView(f) }})
	case name == "calendarview" && len(seg) == 2:
		return c.byMethod(methods{"GET": func() *failure { return c.delta(f, named) }})
	}
	return noSegment(seg[0])
}

// isDelta accepts the names under which the function is called.
func isDelta(segment string) bool {
	name := strings.TrimSuffix(strings.ToLower(segment), "()")
	return name == "delta" || name == "microsoft.graph.delta"
}

// routeEvent finds a resource of an event.
func (c *call) routeEvent(x view, seg []string) *failure {
	if len(seg) == 0 {
		return c.byMethod(methods{
			"GET":    func() *failure { return c.sendEvent(http.StatusOK, x) },
			"PATCH":  func() *failure { return c.patchEvent(x) },
			"DELETE": func() *failure { return c.deleteEvent(x) },
		})
	}
	name := strings.ToLower(strings.TrimPrefix(seg[0], "microsoft.graph."))
	switch {
	case len(seg) > 1:
		return noSegment(seg[1])
	case name == "instances":
		return c.byMethod(methods{"GET": func() *failure { return c.listInstances(x) }})
	case name == "cancel":
		return c.byMethod(methods{"POST": func() *failure { return c.cancelMeeting(x) }})
	case answers[name] != "":
		return c.byMethod(methods{"POST": func() *failure { return c.respond(x, answers[name]) }})
	}
	return noSegment(seg[0])
}

type methods map[string]func() *failure

// byMethod picks the method, and holds the type of a body.
func (c *call) byMethod(m methods) *failure {
	h, ok := m[c.r.Method]
	if !ok {
		return refMethod.because("Specified HTTP method is not allowed for the request target.")
	}
	if c.r.Method == http.MethodPost || c.r.Method == http.MethodPatch {
		kind, _, _ := strings.Cut(c.r.Header.Get("Content-Type"), ";")
		if !strings.EqualFold(strings.TrimSpace(kind), "application/json") {
			return refMedia.because("The media type '" + kind + "' is not supported.")
		}
	}
	return h()
}

// findFolder finds a calendar by its id.
func (c *call) findFolder(id string) (*folder, *failure) {
	p, ok := parseID(id)
	if !ok || p.kind != idFolder {
		return nil, refIDMalformed.because("Id is malformed.")
	}
	f := c.box.folder(p.folder)
	if f == nil || p.box != c.box.number {
		return nil, notFound()
	}
	return f, nil
}

func notFound() *failure {
	return refNotFound.because("The specified object was not found in the store.")
}

// findEvent finds an event by an id of either kind. A regular id names the calendar that the event lay in.
func (c *call) findEvent(id string, f *folder, named bool) (view, *failure) {
	p, ok := parseID(id)
	if !ok || p.kind == idFolder {
		return view{}, refIDMalformed.because("Id is malformed.")
	}
	it := c.box.items[p.item]
	if it == nil || p.box != c.box.number || it.now().gone {
		return view{}, notFound()
	}
	if c.variants.LateItems && !it.seen && c.r != nil && c.r.Method == http.MethodGet {
		it.seen = true
		return view{}, notFound()
	}
	v := it.now()
	if p.kind == idItem && p.folder != v.folder.serial || named && v.folder != f {
		return view{}, notFound()
	}
	if p.original == whole {
		return it.view(v), nil
	}
	x, ok := it.occurrence(v, p.original)
	if !ok {
		return view{}, notFound()
	}
	return x, nil
}

// send answers with a body, and with the preferences that were applied.
func (c *call) send(status int, v any) *failure {
	if len(c.applied) > 0 {
		c.w.Header().Set("Preference-Applied", strings.Join(c.applied, ", "))
	}
	sendJSON(c.w, status, v)
	return nil
}

// withContext puts the context of the answer before an entity.
func (c *call) withContext(what string, o object) object {
	return append(object{{"@odata.context", c.base() + "/v1.0/$metadata#users('" + c.box.guid + "')/" + what}}, o...)
}
