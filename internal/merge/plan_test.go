package merge_test

import (
	"fmt"
	"math/bits"
	"testing"

	"tahti/internal/merge"
)

// actions in the test's words.
var actions = map[merge.Action]act{
	merge.Nothing: idle, merge.Read: read, merge.Probe: probe, merge.Settle: settle, merge.Park: park, merge.CreateHere: createHere,
	merge.CreateThere: createThere, merge.UpdateHere: updateHere, merge.UpdateThere: updateThere, merge.MergeBoth: mergeBoth,
	merge.DeleteHereNow: deleteHere, merge.DeleteThereNow: deleteThere, merge.Withdraw: withdraw, merge.ReviveHere: revive,
	merge.Recreate: recreate, merge.Sever: sever, merge.Retire: retire, merge.Rejoin: rejoin, merge.Forget: forget,
	merge.Accept: accept, merge.Wait: wait, merge.Reinstate: reinstate,
}

var (
	links   = map[merge.Link]tie{merge.Unlinked: untied, merge.Linked: tied, merge.Severed: letGo, merge.Dormant: resting}
	locals  = map[merge.Local]here{merge.LocalNone: nothingHere, merge.LocalLive: alive, merge.LocalOut: outside, merge.LocalDeleted: deleted}
	remotes = map[merge.Remote]there{
		merge.RemoteNotRead: unread, merge.RemoteLive: present, merge.RemoteUnproven: missing, merge.RemoteGone: gone,
		merge.RemoteForbidden: forbidden, merge.RemoteUnreadable: garbled,
	}
	admits = map[merge.Admit]entry{merge.Refuse: refused, merge.Enter: welcome, merge.CalledOff: calledOff}
)

// everyState calls f with every combination of inputs.
func everyState(f func(merge.State)) {
	for link := merge.Unlinked; link <= merge.Dormant; link++ {
		for note := merge.NoNote; note <= merge.DeleteNote; note++ {
			for local := merge.LocalNone; local <= merge.LocalDeleted; local++ {
				for remote := merge.RemoteNotRead; remote <= merge.RemoteUnreadable; remote++ {
					for admit := merge.Refuse; admit <= merge.CalledOff; admit++ {
						for b := range 1 << 10 {
							is := func(i int) bool { return b>>i&1 == 1 }
							f(merge.State{
								Link: link, Note: note, Local: local, Remote: remote, Admit: admit, LocalChanged: is(0), RemoteChanged: is(1),
								In: is(2), Out: is(3), DeleteHere: is(4), DeleteThere: is(5), Ours: is(6), Invited: is(7), Mails: is(8), CalledOff: is(9),
							})
						}
					}
				}
			}
		}
	}
}

func sceneOf(s merge.State) scene {
	return scene{
		tie: links[s.Link], begun: s.Note != merge.NoNote, here: locals[s.Local], there: remotes[s.Remote], entry: admits[s.Admit],
		editedHere: s.LocalChanged, editedThere: s.RemoteChanged, in: s.In, out: s.Out, deleteHere: s.DeleteHere,
		deleteThere: s.DeleteThere, ours: s.Ours, invited: s.Invited, mails: s.Mails, rested: s.CalledOff,
	}
}

// impossible: a tie always has an activity, which at the worst is deleted.
func impossible(s *scene) bool { return s.tie == tied && s.here == nothingHere && s.clear() }

func TestThePlannerDoesWhatTheRulesLeave(t *testing.T) {
	states := 0
	perAction := map[merge.Action]int{}
	applied := make([]bool, len(rules))
	wrong := map[string]scene{} // one example of each kind of disagreement
	everyState(func(st merge.State) {
		states++
		sc := sceneOf(st)
		if impossible(&sc) {
			return
		}
		left := allActs
		for i, r := range rules {
			if !r.when(&sc) {
				continue
			}
			if r.only != 0 {
				left &= r.only
			}
			left &^= r.never
			applied[i] = true
		}
		did := merge.Decide(st)
		perAction[did]++
		if left != actions[did] || bits.OnesCount32(uint32(left)) != 1 {
			wrong[fmt.Sprintf("the planner says %v, the rules leave %s", did, names(left))] = sc
		}
	})
	for what, sc := range wrong {
		t.Errorf("%s: %+v", what, sc)
	}
	if states < 500_000 {
		t.Errorf("only %d states were looked at", states)
	}
	for i, r := range rules {
		if !applied[i] {
			t.Errorf("the rule %q never applies", r.says)
		}
	}
	t.Logf("%d states", states)
	for a := merge.Nothing; a <= merge.Reinstate; a++ {
		t.Logf("%7d %v", perAction[a], a)
		if perAction[a] == 0 {
			t.Errorf("no state leads to %v", a)
		}
	}
}

func names(set act) string {
	var list []string
	for a := merge.Nothing; a <= merge.Reinstate; a++ {
		if set&actions[a] != 0 {
			list = append(list, a.String())
		}
	}
	return fmt.Sprint(list)
}

func TestATieToNoActivityIsNoState(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("the planner answered")
		}
	}()
	merge.Decide(merge.State{Link: merge.Linked, Remote: merge.RemoteLive})
}
