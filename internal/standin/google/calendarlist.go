package google

import "fmt"

// listCalendars is GET calendarList: all of the user's calendars, or with a sync token those whose entry has changed.
func (c *call) listCalendars() *failure {
	least := roleNone
	if v := c.text("minAccessRole"); v != "" {
		var ok bool
		if least, ok = parseRole(v); !ok || least == roleNone {
			return refInvalid.because("Invalid value for: minAccessRole").at("parameter", "minAccessRole")
		}
	}
	if c.has("syncToken") {
		for name, refused := range map[string]bool{
			"minAccessRole": c.has("minAccessRole"), "showOwnOrganizationOnly": c.has("showOwnOrganizationOnly"),
			"showDeleted": c.text("showDeleted") == "false", "showHidden": c.text("showHidden") == "false",
		} {
			if refused {
				return refSyncFilter.because("Sync token cannot be used with other request restrictions.").at("parameter", name)
			}
		}
	}
	size, f := c.pageSize(100, 250)
	if f != nil {
		return f
	}
	p, f := c.openPage("calendarList of "+c.who.Email, c.who.seq, 0)
	if f != nil {
		return f
	}
	items := []any{}
	more := false
	all := c.entries(p, least)
	for i, x := range all {
		if uint64(i) < p.After {
			continue
		}
		if more = len(items) == size; more {
			break
		}
		items = append(items, x)
		p.After = uint64(i) + 1
	}
	body := object{"kind": "calendar#calendarList", "etag": fmt.Sprintf(`"p%d"`, c.who.seq), "items": items}
	c.endPage(body, p, more, !c.has("minAccessRole"))
	return c.answer(body)
}

// entries are those of the list that are asked for; those that have left it come with a sync token, and where the call
// wants deleted ones.
func (c *call) entries(p position, least role) []any {
	var all []any
	for _, l := range c.who.list {
		if l.role >= least && l.seq > p.Since && l.seq <= p.At {
			all = append(all, c.showListed(l))
		}
	}
	for _, x := range c.who.gone {
		if (p.synced || c.is("showDeleted")) && x.seq > p.Since && x.seq <= p.At {
			all = append(all, object{"kind": "calendar#calendarListEntry", "etag": fmt.Sprintf(`"%d"`, x.seq), "id": x.id, "deleted": true})
		}
	}
	return all
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
		"kind": "calendar#calendarListEntry", "etag": fmt.Sprintf(`"%d"`, 1_700_000_000_000_000+l.seq), "id": sh.id, "summary": sh.summary,
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
