package google

// acceptKind holds what each type of event asks for (reference; the rules of each type are partly unproved).
func (c *call) acceptKind(l *listing, e *event, fields object) *failure {
	wrong := refEventType.because
	if e.birth == 0 && e.series == nil && e.kind == "fromGmail" {
		return wrong("Events from Gmail cannot be created.")
	}
	if e.kind == "default" || e.kind == "fromGmail" {
		return nil
	}
	switch e.kind {
	case "focusTime":
		wrong = refFocusTime.because
	case "outOfOffice":
		wrong = refOutOfOffice.because
	case "workingLocation":
		wrong = refLocation.because
	}
	if !l.primary {
		return wrong("Events of type " + e.kind + " are for primary calendars only.")
	}
	start, _ := fields["start"].(object)
	day := start["date"] != nil
	switch e.kind {
	case "focusTime", "outOfOffice":
		if day {
			return wrong("Events of type " + e.kind + " cannot take whole days.")
		}
		if fields["attendees"] != nil {
			return wrong("Events of type " + e.kind + " have no attendees.")
		}
	case "workingLocation":
		p, _ := fields["workingLocationProperties"].(object)
		if p["type"] == nil || fields["visibility"] != "public" || fields["transparency"] != "transparent" {
			return wrong("A working location needs its properties, and is public and transparent.")
		}
	case "birthday":
		rules, _ := fields["recurrence"].([]any)
		if !day || len(rules) != 1 || rules[0] != "RRULE:FREQ=YEARLY" || fields["visibility"] != "private" || fields["transparency"] != "transparent" {
			return wrong("A birthday is a whole day each year, private and transparent.")
		}
	}
	return nil
}
