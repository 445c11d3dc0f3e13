package merge_test

// The planner's expected results, said once more from the side of what must and must not happen. Nothing here looks at the
// planner: the words below are the test's own, every rule is a sentence, and no rule depends on the order of the others. Each
// rule either leaves only some actions (only) or takes some out (never). For every state exactly one action has to remain.

type tie uint8

const (
	untied tie = iota
	tied
	letGo // severed: one side was deleted, the other kept on purpose
	resting
)

type there uint8

const (
	unread there = iota
	present
	missing // said to be removed, unproven
	gone
	forbidden
	garbled
)

type here uint8

const (
	nothingHere here = iota
	alive
	outside // alive, but not covered by the connection
	deleted
)

type entry uint8

const (
	refused entry = iota
	welcome
	calledOff
)

// act is a set of actions.
type act uint32

const (
	idle act = 1 << iota
	read
	probe
	settle
	park
	createHere
	createThere
	updateHere
	updateThere
	mergeBoth
	deleteHere
	deleteThere
	withdraw
	revive
	recreate
	sever
	retire
	rejoin
	forget
	accept
	wait
	reinstate
	allActs = reinstate<<1 - 1
)

const (
	writesHere  = createHere | updateHere | mergeBoth | deleteHere | revive | reinstate
	writesThere = createThere | updateThere | mergeBoth | deleteThere | withdraw | recreate
	deletes     = deleteHere | deleteThere | withdraw
	looks       = read | probe | settle
)

// scene is a state in the test's own words.
type scene struct {
	tie                                           tie
	begun                                         bool // a write was begun and not settled
	here                                          here
	there                                         there
	entry                                         entry
	editedHere, editedThere                       bool
	in, out, deleteHere, deleteThere, ours, mails bool
	invited                                       bool
	rested                                        bool // it was called off, and the activity went with it
}

type rule struct {
	says  string
	when  func(s *scene) bool
	only  act
	never act
}

// clear: nothing stands in the way of a conclusion, neither an open write nor an item that cannot be seen.
func (s *scene) clear() bool {
	return !s.begun && (s.there == unread || s.there == present || s.there == gone)
}

func (s *scene) blind() bool { return s.there == forbidden || s.there == garbled }

// dead: over there it is deleted, or its organiser called it off.
func (s *scene) dead() bool { return s.there == gone || s.there == present && s.entry == calledOff }

// bothLive: nothing was deleted anywhere, and the activity is covered.
func (s *scene) bothLive() bool {
	return s.tie == tied && s.here == alive && s.there == present && s.entry != calledOff
}

// survives: it was called off while somebody worked on it here, and that work may go out. A guest's may not.
func (s *scene) survives() bool {
	return s.tie == tied && s.here == alive && s.there == present && s.entry == calledOff && s.editedHere && s.out && !s.invited
}

// mayReturn: it was called off there, the activity went with it, and changes come in.
func (s *scene) mayReturn() bool {
	return s.tie == resting && s.rested && s.in && (s.here == deleted || s.here == outside)
}

func (s *scene) comesIn() bool { return s.editedThere && s.in }
func (s *scene) goesOut() bool { return s.editedHere && s.out }

// together: both sides are there and are compared.
func (s *scene) together() bool { return s.clear() && (s.bothLive() || s.survives()) }

var rules = []rule{
	// What nobody may do, whatever else holds: the invariants.
	{says: "I6: nothing is deleted in the hub unless the item is proven gone or was called off",
		when: func(s *scene) bool { return !s.dead() }, never: deleteHere},
	{says: "I6: what is said to be removed is asked for by id before anything is concluded",
		when: func(s *scene) bool { return s.there == missing }, only: probe},
	{says: "only what is said to be removed is asked for by id", when: func(s *scene) bool { return s.there != missing }, never: probe},
	{says: "I1: while a write is not settled nothing is concluded but that it has to be",
		when: func(s *scene) bool { return s.begun && s.there != missing && !s.blind() }, only: settle},
	{says: "only a write that was begun is settled", when: func(s *scene) bool { return !s.begun }, never: settle},
	{says: "I15: what cannot be seen is set aside, and neither side is touched",
		when: (*scene).blind, only: park | idle},
	{says: "only what cannot be seen is set aside", when: func(s *scene) bool { return !s.blind() }, never: park},
	{says: "what cannot be seen is no trouble where nothing would come in anyway",
		when: func(s *scene) bool {
			return s.blind() && !s.begun && s.tie == untied && s.here == nothingHere && !s.in
		}, never: park},
	{says: "what cannot be seen has a face (I20) wherever it might matter",
		when: func(s *scene) bool {
			return s.blind() && (s.begun || s.tie != untied || s.here != nothingHere || s.in)
		}, never: idle},
	{says: "nothing is written here where changes do not come in", when: func(s *scene) bool { return !s.in }, never: writesHere},
	{says: "nothing is written there where changes do not go out", when: func(s *scene) bool { return !s.out }, never: writesThere | wait},
	{says: "I14: nothing is written that mails people, nor waits without need",
		when: func(s *scene) bool { return s.mails }, never: updateThere | deleteThere | withdraw},
	{says: "what mails nobody does not wait", when: func(s *scene) bool { return !s.mails }, never: wait},
	{says: "I14: what somebody else organises is not deleted there, nor made again",
		when: func(s *scene) bool { return s.invited }, never: deleteThere | withdraw | recreate},
	{says: "I9: out of scope deletes nothing that is foreign", when: func(s *scene) bool { return !s.ours }, never: withdraw},
	{says: "a mirror is only withdrawn from an activity that left the scope", when: func(s *scene) bool { return s.here != outside }, never: withdraw},
	{says: "deletions follow into the CRM only by setting", when: func(s *scene) bool { return !s.deleteHere }, never: deleteHere},
	{says: "deletions follow into the calendar only by setting, and only deletions",
		when: func(s *scene) bool { return !s.deleteThere || s.here != deleted }, never: deleteThere},
	{says: "I4: what was let go stays let go", when: func(s *scene) bool { return s.clear() && s.tie == letGo }, only: accept | forget},
	{says: "I9: a resting pair is not written, it only joins again or is made anew",
		when: func(s *scene) bool { return s.clear() && s.tie == resting }, only: accept | forget | rejoin | recreate | read | reinstate},
	{says: "what is not tied is taken in, made there, read, or none of our business",
		when: func(s *scene) bool { return s.clear() && s.tie == untied }, only: idle | read | createHere | createThere},
	{says: "what is tied is not created", when: func(s *scene) bool { return s.tie != untied }, never: createHere | createThere},

	// When something has to be looked at first.
	{says: "nothing is said of an item that was not read", when: func(s *scene) bool { return s.clear() && s.there == unread }, only: read | idle | accept},
	{says: "what was read is not read again", when: func(s *scene) bool { return s.there != unread }, never: read},
	{says: "a tied item is read", when: func(s *scene) bool { return s.clear() && s.there == unread && s.tie == tied }, only: read},
	{says: "a new item is read if it may come in", when: func(s *scene) bool {
		return s.clear() && s.there == unread && s.tie == untied && s.here == nothingHere && s.in
	}, only: read},
	{says: "the item of a live activity is read", when: func(s *scene) bool {
		return s.clear() && s.there == unread && s.tie == untied && s.here == alive
	}, only: read},
	{says: "other items without a tie are not read", when: func(s *scene) bool {
		return s.clear() && s.there == unread && s.tie == untied && s.here != alive && (s.here != nothingHere || !s.in)
	}, never: read},
	{says: "a resting item is read when its activity may join again", when: func(s *scene) bool {
		return s.clear() && s.there == unread && s.tie == resting && s.here == alive
	}, only: read},
	{says: "what was called off is read, in case that it takes place again", when: func(s *scene) bool {
		return s.clear() && s.there == unread && s.mayReturn()
	}, only: read},
	{says: "else a resting item is not read", when: func(s *scene) bool {
		return s.clear() && s.there == unread && s.tie == resting && s.here != alive && !s.mayReturn()
	}, never: read},
	{says: "what was let go is not read", when: func(s *scene) bool { return s.clear() && s.tie == letGo }, never: read},

	// Without a tie.
	{says: "an item enters if it is new here, may come in and is welcome", when: func(s *scene) bool {
		return s.clear() && s.tie == untied && s.there == present && s.here == nothingHere && s.in && s.entry == welcome
	}, only: createHere},
	{says: "nothing else enters", when: func(s *scene) bool {
		return s.there != present || s.here != nothingHere || s.entry != welcome
	}, never: createHere},
	{says: "a covered activity goes out if there is no item", when: func(s *scene) bool {
		return s.clear() && s.tie == untied && s.there == gone && s.here == alive && s.out
	}, only: createThere},
	{says: "nothing else goes out anew", when: func(s *scene) bool { return s.there != gone || s.here != alive }, never: createThere},

	// The end of a tie.
	{says: "when both sides are gone, the tie goes", when: func(s *scene) bool {
		return s.clear() && s.there == gone && s.tie != untied && (s.here == deleted || s.here == nothingHere)
	}, only: forget},
	{says: "a tie stays as long as one side is there", when: func(s *scene) bool {
		return s.there != gone || s.here == alive || s.here == outside || s.tie == untied
	}, never: forget},
	{says: "I5: an edit here outlives the deletion there, and is made anew", when: func(s *scene) bool {
		return s.clear() && s.tie == tied && s.there == gone && s.here == alive && s.goesOut() && !s.invited
	}, only: recreate},
	{says: "I5: an edit there outlives the deletion here", when: func(s *scene) bool {
		return s.clear() && s.tie == tied && s.there == present && s.entry != calledOff && s.here == deleted && s.comesIn() && !s.invited
	}, only: revive},
	{says: "only a deleted activity that was edited there comes back (I4)", when: func(s *scene) bool {
		return s.here != deleted || !s.editedThere || s.invited || s.tie != tied || s.entry == calledOff
	}, never: revive},
	{says: "I4: only what was edited here, or rested and is ours, is made anew", when: func(s *scene) bool {
		return s.there != gone || s.here != alive || !(s.tie == tied && s.editedHere || s.tie == resting && s.ours)
	}, never: recreate},
	{says: "what was deleted there, or called off, is deleted here, where that follows and no edit is lost", when: func(s *scene) bool {
		return s.clear() && s.tie == tied && s.in && s.deleteHere && !s.survives() &&
			(s.there == gone && (s.here == outside || s.here == alive && (!s.goesOut() || s.invited)) ||
				s.there == present && s.entry == calledOff && s.here == alive)
	}, only: deleteHere},
	{says: "where it does not follow, the activity is kept and the tie is cut", when: func(s *scene) bool {
		return s.clear() && s.tie == tied && s.there == gone && s.here != deleted && s.here != nothingHere && !(s.in && s.deleteHere) &&
			!(s.here == alive && s.goesOut() && !s.invited)
	}, only: sever},
	{says: "called off and kept here: the pair rests", when: func(s *scene) bool {
		return s.clear() && s.tie == tied && s.there == present && s.entry == calledOff && s.here == alive && !s.survives() && !(s.in && s.deleteHere)
	}, only: retire},
	{says: "what is called off there keeps its activity if that is deleted or not covered anyway", when: func(s *scene) bool {
		return s.there == present && s.here != alive
	}, never: deleteHere},
	{says: "a deletion here follows, at once or when somebody sends it", when: func(s *scene) bool {
		return s.clear() && s.tie == tied && s.there == present && s.here == deleted && s.out && s.deleteThere && !s.invited &&
			(!s.comesIn() || s.entry == calledOff)
	}, only: deleteThere | wait},
	{says: "where it may not follow, the item is kept and the tie is cut", when: func(s *scene) bool {
		return s.clear() && s.tie == tied && s.there == present && s.here == deleted && (!s.out || !s.deleteThere || s.invited) &&
			(!s.comesIn() || s.invited || s.entry == calledOff)
	}, only: sever},
	{says: "a tie is cut only where one side is deleted", when: func(s *scene) bool {
		return s.there != gone && s.here != deleted
	}, never: sever},

	// Out of scope.
	{says: "an edit there is taken in before the pair parts", when: func(s *scene) bool {
		return s.clear() && s.tie == tied && s.here == outside && s.there == present && s.comesIn() && s.entry != calledOff
	}, only: updateHere},
	{says: "our mirror of what is no longer covered is withdrawn, or waits where that mails", when: func(s *scene) bool {
		return s.clear() && s.tie == tied && s.here == outside && s.there == present && (!s.comesIn() || s.entry == calledOff) &&
			s.ours && s.out && !s.invited
	}, only: withdraw | wait},
	{says: "I9: all else that is no longer covered rests where it is", when: func(s *scene) bool {
		return s.clear() && s.tie == tied && s.here == outside && s.there == present && (!s.comesIn() || s.entry == calledOff) &&
			(!s.ours || !s.out || s.invited)
	}, only: retire},

	// Both live.
	{says: "what changed on both sides, both ways open, is merged", when: func(s *scene) bool {
		return s.together() && s.comesIn() && s.goesOut()
	}, only: mergeBoth},
	{says: "what changed there alone comes in", when: func(s *scene) bool { return s.together() && s.comesIn() && !s.goesOut() }, only: updateHere},
	{says: "what changed here alone goes out, or waits", when: func(s *scene) bool {
		return s.together() && !s.comesIn() && s.goesOut()
	}, only: updateThere | wait},
	{says: "a change that may not travel is taken note of", when: func(s *scene) bool {
		return s.together() && !s.comesIn() && !s.goesOut() && (s.editedHere || s.editedThere)
	}, only: accept},
	{says: "I3: where nothing changed nothing is done", when: func(s *scene) bool {
		return s.together() && !s.editedHere && !s.editedThere
	}, only: idle},

	// Joining again.
	{says: "a resting pair joins again when both are there and the activity is covered", when: func(s *scene) bool {
		return s.clear() && s.tie == resting && s.here == alive && s.there == present && s.entry != calledOff
	}, only: rejoin},
	{says: "nothing else joins again", when: func(s *scene) bool {
		return s.tie != resting || s.here != alive || s.there != present || s.entry == calledOff
	}, never: rejoin},
	{says: "what was called off and takes place after all comes back", when: func(s *scene) bool {
		return s.clear() && s.there == present && s.entry == welcome && s.mayReturn()
	}, only: reinstate},
	{says: "I4: nothing else comes back so", when: func(s *scene) bool {
		return s.there != present || s.entry != welcome || !s.mayReturn()
	}, never: reinstate},
	{says: "a withdrawn mirror is made anew when its activity is covered again", when: func(s *scene) bool {
		return s.clear() && s.tie == resting && s.here == alive && s.there == gone && s.ours && s.out && !s.invited
	}, only: recreate},
	{says: "without a tie, or a change, there is nothing to take note of", when: func(s *scene) bool {
		return s.tie == untied || s.tie == tied && !s.editedHere && !s.editedThere
	}, never: accept},
	{says: "of what was let go or rests, what changed is always taken note of", when: func(s *scene) bool {
		return s.tie == letGo || s.tie == resting
	}, never: idle},
}
