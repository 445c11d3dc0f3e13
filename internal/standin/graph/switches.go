package graph

import (
	"fmt"

	"tahti/internal/standin"
)

// blockSwitches are the blocks that the page can switch on, for everybody.
var blockSwitches = []string{"90094", "50105", "53003", "50076", "65001", "700082", "7000222"}

// Switches are the desk's own: what the service and its administrators do to people.
func (d *desk) Switches() []standin.Switch {
	s := d.server()
	s.mu.Lock()
	defer s.mu.Unlock()
	readOnly := true
	for _, b := range s.boxes {
		for _, f := range b.folders {
			readOnly = readOnly && f.readOnly
		}
	}
	list := []standin.Switch{
		{ID: "readonly", Label: "all calendars are read-only", On: readOnly},
		{ID: "emptypages", Label: "deltas begin with an empty page", On: s.variants.EmptyPages},
		{ID: "repeats", Label: "deltas list everything twice", On: s.variants.Repeats},
	}
	for _, code := range blockSwitches {
		list = append(list, standin.Switch{ID: "aadsts" + code, Label: "AADSTS" + code + ": " + Blocks[code], On: s.identity.blocks["*"] == code})
	}
	return append(list,
		standin.Switch{ID: "moved", Label: "AADSTS50011: the program's redirect address is not registered", On: s.moved},
		standin.Switch{ID: "forget", Label: "Forget all delta tokens now", Once: true},
		standin.Switch{ID: "throttlenow", Label: "Throttle every mailbox now", Once: true},
		standin.Switch{ID: "throttleapp", Label: "Throttle the application at all mailboxes now", Once: true},
		standin.Switch{ID: "reauthorize", Label: "Ask every subscriber to authorize again, now", Once: true},
		standin.Switch{ID: "unsubscribe", Label: "End every subscription now", Once: true},
		standin.Switch{ID: "housekeep", Label: "Move every change key now, and nothing else", Once: true},
	)
}

// Flip sets a switch.
func (d *desk) Flip(id string, on bool) error {
	s := d.server()
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, code := range blockSwitches {
		if id != "aadsts"+code {
			continue
		}
		if on {
			s.setBlock("*", code)
		} else if s.identity.blocks["*"] == code {
			s.setBlock("*", "")
		}
		return nil
	}
	switch id {
	case "emptypages":
		s.variants.EmptyPages = on
	case "repeats":
		s.variants.Repeats = on
	case "moved":
		s.moved = on
	case "throttleapp":
		s.pauseAll(ThrottleApplication)
	case "readonly", "forget", "throttlenow", "reauthorize", "unsubscribe", "housekeep":
		for _, b := range s.boxes {
			s.flipBox(b, id, on)
		}
	default:
		return fmt.Errorf("no switch %q", id)
	}
	return nil
}

// flipBox does to one mailbox what a switch does to all.
func (s *Server) flipBox(b *mailbox, id string, on bool) {
	switch id {
	case "readonly":
		for _, f := range b.folders {
			f.readOnly = on
		}
	case "forget":
		b.forget()
	case "throttlenow":
		s.pause(b, "")
	case "reauthorize":
		s.lifecycle(b, Reauthorize)
	case "unsubscribe":
		s.lifecycle(b, Removed)
	case "housekeep":
		for _, it := range b.sorted() {
			s.housekeep(it)
		}
	}
}
