package ews

import (
	"tahti/internal/calendar"
	"tahti/internal/provider"
)

// Part are the properties of an item that hold one field of an event.
func Part(v *calendar.Values, f calendar.Field) (list []Field) {
	for _, x := range append(fields(v), zones(v)...) {
		if x.Name == f.String() {
			list = append(list, x)
		}
	}
	return list
}

// Change writes some properties of an item, or of one occurrence by its id, whatever it says by now.
func (c *Calendar) Change(id provider.RemoteID, list []Field) error {
	ref, err := c.key(itemID(id))
	if err != nil {
		return err
	}
	return c.update(ref, list)
}

// End lets a series end on a day.
func (c *Calendar) End(id provider.RemoteID, day calendar.Wall) error {
	got, err := c.Ask("GetItem", `<m:GetItem><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties><t:FieldURI FieldURI="calendar:Recurrence"/></t:AdditionalProperties></m:ItemShape>`+
		`<m:ItemIds>`+itemID(id)+`</m:ItemIds></m:GetItem>`)
	if err != nil {
		return err
	}
	rule := got[0].First("Recurrence")
	text := ""
	for _, part := range rule.Kids {
		if part.First("StartDate").Text == "" { // the pattern; the other one is the range
			text += part.XML()
			continue
		}
		text += `<t:EndDateRecurrence><t:StartDate>` + part.First("StartDate").Text + `</t:StartDate><t:EndDate>` + day.Civil().Format("2006-01-02") + `</t:EndDate></t:EndDateRecurrence>`
	}
	return c.Change(id, []Field{{"calendar:Recurrence", "recurrence", "<t:Recurrence>" + text + "</t:Recurrence>"}})
}

// XML is an element of Exchange's types as it is sent, without its attributes.
func (n *Node) XML() string {
	inside := Text(n.Text)
	if len(n.Kids) > 0 {
		inside = ""
	}
	for _, k := range n.Kids {
		inside += k.XML()
	}
	return "<t:" + n.Name + ">" + inside + "</t:" + n.Name + ">"
}
