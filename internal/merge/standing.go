package merge

import (
	"slices"
	"strings"

	"tahti/internal/calendar"
)

// stood keeps what one side has said since before both were tied, and a change of the other writes over: whoever made that change has seen
// only what their own side said (I2). What is edited on both sides at once is settled as ever; what stays here is kept already where
// something is written over it.
func (r *Result) stood(in Input, ours, theirs Changes, stays calendar.FieldSet) {
	if in.Apart == 0 {
		return
	}
	r.stoodUnder(theirs, ours, Diff(in.RemoteShadow, in.Local).calledFrom(startsLater(in.LocalShadow, in.RemoteShadow)).Only(in.Apart&^stays), Calendar)
	r.stoodUnder(ours, theirs, Diff(in.LocalShadow, in.Remote).Only(in.Apart), CRM)
}

func (r *Result) stoodUnder(changes, besides, apart Changes, winner Side) {
	for _, said := range apart.List {
		i := changes.over(said)
		if i < 0 || slices.ContainsFunc(besides.List, func(ch Change) bool { return rivals(said, ch) }) || sameWords(said, changes.List[i].From) {
			continue
		}
		r.keep(said, changes.List[i], winner)
	}
}

// Unheard are what theirs alone has said since before both were tied, and goes when theirs is deleted because ours was: whoever deleted that
// has seen only what it said (I2).
func Unheard(ours, theirs *calendar.Event, apart calendar.FieldSet) (lost []Conflict) {
	for _, said := range Diff(ours, theirs).Only(apart).List {
		if said.Op != Set || sameWords(said, said.From) {
			continue
		}
		lost = append(lost, Conflict{
			Place: said.Place, Field: said.Field, Op: said.Op, Winner: CRM,
			Kept: said.From, Lost: said.To, KeptRule: said.FromRule, LostRule: said.Rule, KeptExtra: said.FromExtra, LostExtra: said.Extra,
		})
	}
	return lost
}

// sameWords reports that a text is empty, or differs from another one in white space alone, which servers trim.
func sameWords(said Change, other calendar.Values) bool {
	text := func(v *calendar.Values) (string, bool) {
		switch said.Field {
		case calendar.Subject:
			return v.Subject, true
		case calendar.Location:
			return v.Location, true
		case calendar.Description:
			return v.Description, true
		}
		return "", false
	}
	a, is := text(&said.To)
	b, _ := text(&other)
	words := strings.Fields(a)
	return is && (len(words) == 0 || slices.Equal(words, strings.Fields(b)))
}
