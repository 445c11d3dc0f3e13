package ews

import (
	"slices"
	"strconv"
	"time"
)

// calendarFields are the properties of events alone: of their time and place, as a meeting, as a series, and the rest.
func calendarFields() []field {
	return slices.Concat(whenFields(), meetingFields(), seriesFields(), lastFields())
}

func whenFields() []field {
	return []field{
		{
			uri: "calendar:UID", name: "UID", kind: "string", shape: inAll, show: some("UID", func(x view) string { return x.st.uid }),
			set: func(_ *call, p *patch, e *element) *failure {
				if !p.create {
					return refReadOnly.because("Set action is invalid for property: UID can be set when the item is created alone.")
				}
				p.uid = textOf(e)
				return nil
			},
		},
		{uri: "calendar:RecurrenceId", name: "RecurrenceId", kind: "dateTime", shape: inAll, show: func(c *call, x view) []node {
			if x.original == whole {
				return nil
			}
			return []node{tx("t:RecurrenceId", c.instant(x.originally().instant()))}
		}},
		timed("calendar:DateTimeStamp", inAll, func(x view) time.Time { return x.it.at }),
		when("Start", func(p *props) moment { return p.start }),
		when("End", func(p *props) moment { return p.end }),
		{uri: "calendar:OriginalStart", name: "OriginalStart", kind: "dateTime", shape: inAll, show: func(c *call, x view) []node {
			if x.original == whole {
				return nil
			}
			return []node{tx("t:OriginalStart", c.instant(x.originally().instant()))}
		}},
		{
			uri: "calendar:IsAllDayEvent", name: "IsAllDayEvent", kind: "bool", shape: inAll, part: "times",
			show: one("IsAllDayEvent", func(_ *call, x view) string { return truth(x.p.allDay) }),
			set: func(_ *call, p *patch, e *element) *failure {
				p.allDay, p.hasAllDay = isTrue(e), true
				return nil
			},
			find: func(x view) string { return truth(x.p.allDay) },
		},
		word("calendar:LegacyFreeBusyStatus", "FreeBusy", byDefault, func(p *props) *string { return &p.busy }, "Busy"),
		word("calendar:Location", "string", byDefault, func(p *props) *string { return &p.location }, ""),
		never("calendar:When"),
	}
}

func meetingFields() []field {
	return []field{
		fixed("calendar:IsMeeting", "bool", inAll, func(x view) string { return truth(x.meeting()) }),
		fixed("calendar:IsCancelled", "bool", inAll, func(x view) string { return truth(x.st.cancelled) }),
		fixed("calendar:IsRecurring", "bool", inAll, func(x view) string { return truth(x.original != whole) }),
		fixed("calendar:MeetingRequestWasSent", "bool", inAll, func(x view) string { return truth(x.st.sent) }),
		flag("calendar:IsResponseRequested", func(p *props) *bool { return &p.wantsResponse }),
		fixed("calendar:CalendarItemType", "string", byDefault, func(x view) string { return x.kind }),
		fixed("calendar:MyResponseType", "string", inAll, func(x view) string { return x.p.response }),
		{uri: "calendar:Organizer", name: "Organizer", kind: "any", shape: byDefault, show: func(c *call, x view) []node {
			return []node{el("t:Organizer", mailboxNode(x.st.organizer, !c.finding))}
		}},
		guests("RequiredAttendees", func(p *props) *[]attendee { return &p.required }),
		guests("OptionalAttendees", func(p *props) *[]attendee { return &p.optional }),
		guests("Resources", func(p *props) *[]attendee { return &p.resources }),
		never("calendar:ConflictingMeetingCount"), never("calendar:AdjacentMeetingCount"),
		never("calendar:ConflictingMeetings"), never("calendar:AdjacentMeetings"),
		fixed("calendar:Duration", "string", inAll, func(x view) string { return duration(x.p.end.instant().Sub(x.p.start.instant())) }),
		fixed("calendar:TimeZone", "string", inAll, func(x view) string { return x.st.start.zone.id }),
		fixed("calendar:AppointmentReplyTime", "dateTime", inAll, func(x view) string { return x.p.replied }),
		fixed("calendar:AppointmentSequenceNumber", "int", inAll, func(x view) string { return strconv.Itoa(x.st.sequence) }),
		fixed("calendar:AppointmentState", "int", inAll, func(x view) string { return strconv.Itoa(x.status()) }),
	}
}

func seriesFields() []field {
	return []field{
		{
			uri: "calendar:Recurrence", name: "Recurrence", kind: "Recurrence", shape: inAll, getOnly: true,
			show: func(_ *call, x view) []node {
				if x.kind != kindMaster {
					return nil
				}
				return []node{writePattern(x.st.recurrence)}
			},
			set: func(_ *call, p *patch, e *element) (f *failure) {
				p.recurs = true
				p.recurrence, f = readPattern(e)
				return f
			},
			drop: func(p *patch) { p.recurs, p.recurrence = true, nil },
		},
		{uri: "calendar:FirstOccurrence", name: "FirstOccurrence", kind: "any", shape: inAll, getOnly: true, show: func(c *call, x view) []node { return c.showEnds(x, true) }},
		{uri: "calendar:LastOccurrence", name: "LastOccurrence", kind: "any", shape: inAll, getOnly: true, show: func(c *call, x view) []node { return c.showEnds(x, false) }},
		{uri: "calendar:ModifiedOccurrences", name: "ModifiedOccurrences", kind: "any", shape: inAll, getOnly: true, show: (*call).showModified},
		{uri: "calendar:DeletedOccurrences", name: "DeletedOccurrences", kind: "any", shape: inAll, getOnly: true, show: (*call).showDeleted},
		never("calendar:MeetingTimeZone"),
		zoned("StartTimeZone", func(p *props) moment { return p.start }, func(p *patch, z zone) { p.startZone = &z }),
		zoned("EndTimeZone", func(p *props) moment { return p.end }, func(p *patch, z zone) { p.endZone = &z }),
	}
}

func lastFields() []field {
	return []field{
		{
			uri: "calendar:ConferenceType", name: "ConferenceType", kind: "int", shape: inAll,
			show: one("ConferenceType", func(_ *call, x view) string { return strconv.Itoa(x.p.conference) }),
			set:  func(_ *call, p *patch, e *element) *failure { p.conference = number(e); return nil },
		},
		flag("calendar:AllowNewTimeProposal", func(p *props) *bool { return &p.newTimes }),
		fixed("calendar:IsOnlineMeeting", "bool", inAll, no),
		word("calendar:MeetingWorkspaceUrl", "string", inAll, func(p *props) *string { return &p.workspace }, ""),
		word("calendar:NetShowUrl", "string", inAll, func(p *props) *string { return &p.netShow }, ""),
		never("calendar:EnhancedLocation"),
		never("calendar:StartWallClock"), never("calendar:EndWallClock"),
		{uri: "calendar:StartTimeZoneId", name: "StartTimeZoneId", kind: "string", shape: asked, show: some("StartTimeZoneId", func(x view) string { return x.p.start.zone.id })},
		{uri: "calendar:EndTimeZoneId", name: "EndTimeZoneId", kind: "string", shape: asked, show: some("EndTimeZoneId", func(x view) string { return x.p.end.zone.id })},
		never("calendar:IntendedFreeBusyStatus"), never("calendar:JoinOnlineMeetingUrl"), never("calendar:OnlineMeetingSettings"),
		{uri: "calendar:IsOrganizer", name: "IsOrganizer", kind: "bool", shape: asked, show: one("IsOrganizer", func(_ *call, x view) string { return truth(!x.st.invited) })},
		never("calendar:InboxReminders"),
	}
}

// originally is the start that the pattern gives an occurrence.
func (x view) originally() moment { return moment{x.original, x.st.start.zone} }

func (x view) meeting() bool { return x.st.invited || len(x.p.everybody()) > 0 }

// status is AppointmentState: a meeting, one that was received, one that was cancelled.
func (x view) status() int {
	n := 0
	if x.meeting() {
		n |= 1
	}
	if x.st.invited {
		n |= 2
	}
	if x.st.cancelled {
		n |= 4
	}
	return n
}

// when is the start or the end.
func when(name string, of func(p *props) moment) field {
	return field{
		uri: "calendar:" + name, name: name, kind: "dateTime", shape: byDefault, part: "times",
		show: one(name, func(c *call, x view) string { return c.instant(of(&x.p).instant()) }),
		set: func(_ *call, p *patch, e *element) *failure {
			if name == "Start" {
				p.startText = textOf(e)
			} else {
				p.endText = textOf(e)
			}
			return nil
		},
		find: func(x view) string { return stamp(of(&x.p).instant()) },
	}
}

// zoned is the zone of the start or of the end.
func zoned(name string, of func(p *props) moment, put func(p *patch, z zone)) field {
	return field{
		uri: "calendar:" + name, name: name, kind: "Zone", shape: inAll, part: "times",
		show: func(_ *call, x view) []node {
			z := of(&x.p).zone
			return []node{el("t:"+name).with("Name", z.id, "Id", z.id)}
		},
		set: func(c *call, p *patch, e *element) *failure {
			z, ok := windowsZone(e.Attr("Id"))
			if !ok && c.variants.IANAZones {
				z, ok = ianaZone(e.Attr("Id"))
			}
			if !ok {
				return refZone.because("The time zone is not valid: " + e.Attr("Id") + ".")
			}
			put(p, z)
			return nil
		},
	}
}

// showEnds is the first or the last occurrence of a series.
func (c *call) showEnds(x view, first bool) []node {
	if x.kind != kindMaster {
		return nil
	}
	a, b := x.it.ends()
	name, one := "t:FirstOccurrence", a
	if !first {
		name, one = "t:LastOccurrence", b
	}
	if one == nil {
		return nil
	}
	return []node{c.occurrenceInfo(name, *one)}
}

func (c *call) occurrenceInfo(name string, x view) node {
	return el(name, x.id(), tx("t:Start", c.instant(x.p.start.instant())), tx("t:End", c.instant(x.p.end.instant())),
		tx("t:OriginalStart", c.instant(x.originally().instant())))
}

func (c *call) showModified(x view) []node {
	if x.kind != kindMaster || len(x.st.exceptions) == 0 {
		return nil
	}
	n := el("t:ModifiedOccurrences")
	for _, e := range x.st.exceptions {
		n.kids = append(n.kids, c.occurrenceInfo("t:Occurrence", x.it.occurrenceAt(e.original)))
	}
	return []node{n}
}

func (c *call) showDeleted(x view) []node {
	if x.kind != kindMaster || len(x.st.deleted) == 0 {
		return nil
	}
	n := el("t:DeletedOccurrences")
	for _, d := range x.st.deleted {
		n.kids = append(n.kids, el("t:DeletedOccurrence", tx("t:Start", c.instant(moment{d, x.st.start.zone}.instant()))))
	}
	return []node{n}
}
