package ews

import (
	"slices"
	"strings"

	"tahti/internal/calendar"
)

// id is the ItemId of an event. That of an occurrence has the change key of its series, which every change of an
// occurrence moves; as a variant it has one of its own.
func (x view) id() node {
	id := itemID{kind: idItem, birth: x.it.box.birth, box: x.it.box.number, serial: x.it.serial, original: x.original}
	return el("t:ItemId").with("Id", id.String(), "ChangeKey", x.key())
}

func (x view) key() string {
	seq := x.it.seq
	if x.original != whole && x.it.ownKeys {
		seq = 0
		if e := x.st.exception(x.original); e != nil {
			seq = e.seq
		}
	}
	return changeKey(idItem, x.it.serial, seq)
}

// find finds the event that an ItemId, OccurrenceItemId or RecurringMasterItemId names; key is the change key beside it.
func (c *call) find(e *element) (x view, key string, f *failure) {
	key = e.Attr("ChangeKey")
	if key != "" {
		if _, _, ok := parseKey(key); !ok {
			return view{}, key, refChangeKey.because("The change key is invalid.")
		}
	}
	switch e.Name.Local {
	case "OccurrenceItemId":
		x, f = c.lookUp(e.Attr("RecurringMasterId"))
		if f == nil {
			x, f = x.nth(number(&element{Text: e.Attr("InstanceIndex")}))
		}
	case "RecurringMasterItemId":
		if x, f = c.lookUp(e.Attr("OccurrenceId")); f == nil {
			if x.original == whole {
				return view{}, key, refNotOccurrence.because("The id is not one of an occurrence.")
			}
			x = x.it.view()
		}
	default:
		x, f = c.lookUp(e.Attr("Id"))
	}
	return x, key, f
}

// nth is an occurrence by its place in the whole pattern, from 1 on.
func (x view) nth(place int) (view, *failure) {
	if x.kind != kindMaster {
		return view{}, refNotMaster.because("The id is not one of a recurring master.")
	}
	original, ok := x.it.indexed(place)
	switch {
	case !ok:
		return view{}, refIndexRange.because("Occurrence index is out of recurrence range.")
	case slices.Contains(x.it.deleted, original):
		return view{}, refIndexDeleted.because("Occurrence with this index was previously deleted from the recurrence.")
	}
	return x.it.occurrenceAt(original), nil
}

// lookUp finds an event by its id.
func (c *call) lookUp(text string) (view, *failure) {
	if text == "" {
		return view{}, refIDEmpty.because("Id must be non-empty.")
	}
	id, ok := parseID(text)
	switch {
	case !ok:
		return view{}, refIDMalformed.because("Id is malformed.")
	case id.kind == idFolder:
		return view{}, refFolderForItem.because("Cannot use a folder id where an item id is expected.")
	}
	gone := refItemNotFound.because("The specified object was not found in the store.")
	if id.box != c.box.number || id.birth != c.box.birth {
		return view{}, gone
	}
	it := c.box.items[id.serial]
	if it == nil || it.gone {
		return view{}, gone
	}
	if id.original == whole {
		return it.view(), nil
	}
	if x, ok := it.occurrence(id.original); ok {
		return x, nil
	}
	return view{}, gone
}

// getItem is GetItem.
func (c *call) getItem(e *element) ([]message, *failure) {
	sh := m(e, "ItemShape")
	return c.batch(m(e, "ItemIds").Children, func(ref *element) message {
		x, _, f := c.find(ref)
		if f != nil {
			return failed(f)
		}
		n, f := c.show(x, sh)
		if f != nil {
			return failed(f)
		}
		return listed("m:Items", n)
	})
}

// wanted are the properties that a shape asks for.
type wanted struct {
	base     string
	paths    map[string]bool // of FieldURIs, in lower case
	extended []*element
}

// readShape reads a shape. Of properties of other kinds of items the original's document says that they are refused;
// exchangelib asks for them all the time, and lives.
func (c *call) readShape(sh *element) (w wanted, f *failure) {
	w = wanted{base: textOf(t(sh, "BaseShape")), paths: map[string]bool{}}
	if isTrue(t(sh, "IncludeMimeContent")) {
		w.paths["item:mimecontent"] = true
	}
	for _, p := range children(t(sh, "AdditionalProperties")) {
		switch p.Name.Local {
		case "FieldURI":
			uri := p.Attr("FieldURI")
			if fieldOf(uri) == nil {
				if c.variants.ForeignProperties {
					return w, notOfEvents(p)
				}
				continue
			}
			w.paths[strings.ToLower(uri)] = true
		case "ExtendedFieldURI":
			if _, f := extendedKey(p); f != nil {
				return w, f
			}
			w.extended = append(w.extended, p)
		case "IndexedFieldURI":
			if c.variants.ForeignProperties {
				return w, notOfEvents(p) // what is indexed is of contacts and messages
			}
		}
	}
	return w, nil
}

// notOfEvents refuses a path, and shows it as the original does.
func notOfEvents(p *element) *failure {
	f := refNoProperty.because("Property is not valid for this object type.")
	f.info = []node{pathNode(p)}
	return f
}

// pathNode writes a path as answers have it.
func pathNode(p *element) node {
	if p.Name.Local == "ExtendedFieldURI" {
		return el("t:ExtendedFieldURI").with(uriAttrs(p)...)
	}
	n := el("t:" + p.Name.Local)
	for _, a := range p.Attrs {
		if a.Name.Space == "" && a.Name.Local != "xmlns" {
			n = n.with(a.Name.Local, a.Value)
		}
	}
	return n
}

func (w wanted) has(f *field) bool {
	return w.base == "AllProperties" && f.shape != asked || w.base == "Default" && f.shape == byDefault || w.paths[strings.ToLower(f.uri)]
}

// show writes an event in a shape.
func (c *call) show(x view, sh *element) (node, *failure) {
	w, f := c.readShape(sh)
	if f != nil {
		return node{}, f
	}
	c.bodyType = textOf(t(sh, "BodyType"))
	n := el("t:CalendarItem")
	for i := range fields {
		f := &fields[i]
		switch {
		case f.name == "ItemId":
			n.kids = append(n.kids, x.id())
		case f.name == "ExtendedProperty":
			n.kids = append(n.kids, x.showExtended(w.extended)...)
		case f.show != nil && w.has(f) && !(f.getOnly && c.finding):
			n.kids = append(n.kids, f.show(c, x)...)
		}
	}
	return n, nil
}

// showExtended writes those of the extended properties that the event has.
func (x view) showExtended(paths []*element) []node {
	var list []node
	for _, p := range paths {
		key, f := extendedKey(p)
		if f != nil {
			continue // readShape has refused it
		}
		v, ok := x.lookUp(key)
		if !ok {
			continue
		}
		n := el("t:ExtendedProperty", pathNode(p))
		if v.many == nil {
			n.kids = append(n.kids, tx("t:Value", v.one))
		} else {
			values := el("t:Values")
			for _, s := range v.many {
				values.kids = append(values.kids, tx("t:Value", s))
			}
			n.kids = append(n.kids, values)
		}
		list = append(list, n)
	}
	return list
}

// mailboxNode writes a person; FindItem leaves the address out.
func mailboxNode(p person, address bool) node {
	n := el("t:Mailbox", tx("t:Name", p.name))
	if address {
		n.kids = append(n.kids, tx("t:EmailAddress", p.address), tx("t:RoutingType", "SMTP"), tx("t:MailboxType", "Mailbox"))
	}
	return n
}

func showGuests(name string, list []attendee) []node {
	if len(list) == 0 {
		return nil
	}
	n := el("t:" + name)
	for _, a := range list {
		k := el("t:Attendee", mailboxNode(a.person, true), tx("t:ResponseType", a.response))
		if a.answered != "" {
			k.kids = append(k.kids, tx("t:LastResponseTime", a.answered))
		}
		n.kids = append(n.kids, k)
	}
	return []node{n}
}

// readGuests reads a list of attendees. Who has no name gets the one of the directory, or the address.
func (c *call) readGuests(e *element) ([]attendee, *failure) {
	var list []attendee
	for _, a := range e.Children {
		box := t(a, "Mailbox")
		p := person{textOf(t(box, "Name")), textOf(t(box, "EmailAddress"))}
		if !strings.Contains(p.address, "@") {
			return nil, refRecipients.because("At least one recipient is not valid.")
		}
		if b := c.findBox(p.address); b != nil {
			p = person{b.Display, b.Name}
		}
		if p.name == "" {
			p.name = p.address
		}
		list = append(list, attendee{person: p, response: "Unknown"})
	}
	return list, nil
}

// day is the midnight of a moment.
func (m moment) day() calendar.Wall { return m.wall.Midnight() }
