package google

import "fmt"

// listCalendars is GET calendarList. A sync token holds the count of births: calendars that were born later are new.
func (c *call) listCalendars() *failure {
	least := roleNone
	if v := c.text("minAccessRole"); v != "" {
		var ok bool
		if least, ok = parseRole(v); !ok || least == roleNone {
			return refInvalid.because("Invalid value for: minAccessRole").at("parameter", "minAccessRole")
		}
	}
	size, f := c.pageSize(100, 250)
	if f != nil {
		return f
	}
	p, f := c.openPage("calendarList of "+c.who.Email, c.births, 0)
	if f != nil {
		return f
	}
	var items []any
	more := false
	for i, l := range c.who.list {
		if l.role < least || uint64(i) < p.After || l.shelf.birth <= p.Since {
			continue
		}
		if more = len(items) == size; more {
			break
		}
		items = append(items, c.showListed(l))
		p.After = uint64(i) + 1
	}
	body := object{"kind": "calendar#calendarList", "etag": fmt.Sprintf(`"p%d"`, c.births), "items": orEmpty(items)}
	c.endPage(body, p, more, true)
	return c.answer(body)
}

func orEmpty(items []any) []any {
	if items == nil {
		return []any{}
	}
	return items
}

// getListed is GET of one entry of the calendar list.
func (c *call) getListed() *failure {
	l, f := c.opened(roleFreeBusy)
	if f != nil {
		return f
	}
	return c.answer(c.showListed(l))
}

func (c *call) showListed(l *listing) object {
	sh := l.shelf
	o := object{
		"kind": "calendar#calendarListEntry", "etag": fmt.Sprintf(`"%d"`, 1_700_000_000_000_000+sh.birth), "id": sh.id, "summary": sh.summary,
		"timeZone": sh.zone, "accessRole": l.role.String(), "colorId": "14", "backgroundColor": "#9fe1e7", "foregroundColor": "#000000",
		"selected": true, "defaultReminders": []any{},
		"conferenceProperties": object{"allowedConferenceSolutionTypes": []any{"hangoutsMeet"}},
	}
	for name, v := range sh.details {
		o[name] = v
	}
	if l.primary {
		o["primary"] = true
	} else {
		o["dataOwner"] = sh.owner.Email
	}
	return o
}
