package house_test

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"tahti/internal/account"
	"tahti/internal/connection"
	"tahti/internal/engine"
	"tahti/internal/provider"
	"tahti/internal/store"
)

// Many seeds: go test ./internal/house -run TestWhateverHappens -seeds 2000 -seed 1. One seed alone says what happened, step by
// step: -seeds 1 -seed N -v.
var (
	seeds     = flag.Int("seeds", 0, "how many sequences TestWhateverHappens plays with each provider; 0 for a few")
	firstSeed = flag.Uint64("seed", 1, "the first of them")
)

// TestWhateverHappens lets people edit on both sides while requests go wrong, in an order that a seed decides. Then nothing goes
// wrong any more, and both sides hold the same: no edit is lost and nothing is there twice, nobody was mailed, and what follows is
// quiet. Engine, adapters and stand-ins are those of the product; what the calendar holds is asked of the stand-in as another program
// would ask it, and its answer's occurrences are compared with the activities' as a judge of its own sees them.
func TestWhateverHappens(t *testing.T) {
	t.Parallel()
	n := *seeds
	if n == 0 {
		notShort(t)
		if n = 3; full() {
			n = 60
		}
	}
	for _, kind := range []string{account.Google, account.Graph, account.EWS, account.Pipedrive} {
		t.Run(kind, func(t *testing.T) {
			for i := range n {
				seed := *firstSeed + uint64(i)
				t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
					t.Parallel()
					p := newChance(t, kind, seed)
					for p.round = range 4 {
						p.play()
					}
				})
			}
		})
	}
}

// chance is a house beside a stand-in, and the dice.
type chance struct {
	*office
	dice    *rand.Rand
	cloud   cloud
	wire    *interrupter
	conn    store.Connection
	round   int
	tokens  int // of items so far; each item has one in its title
	gone    int // items that people deleted; as many as the brake bears
	agreed  sides
	parted  map[string]bool // items that cannot be brought together any more, and say why
	acts    [2]sides        // what a side said of an item after somebody did something to it there in this round
	mails   int             // that people's own edits sent
	removed []store.ID      // activities that people deleted
	lost    [][2]string     // entries that people deleted: id and token
	// recalled are the subjects of work on entries that people brought back, which may have been made anew since an edit here outlived
	// their deletion: what was brought back is a copy then, and waits for a person.
	recalled map[string]bool
	unheld   map[string]bool // items that the calendar could not hold when both sides were compared last
}

// The sides.
const (
	here  = 0
	there = 1
)

// sides are what a side says of each item, by its token.
type sides map[string]string

func newChance(t *testing.T, kind string, seed uint64) *chance {
	p := &chance{dice: rand.New(rand.NewPCG(seed, 1)), agreed: sides{}, parted: map[string]bool{}, wire: &interrupter{}}
	open := drawn(p.dice)
	zone := []string{"UTC", "Europe/Helsinki", "America/New_York"}[p.dice.IntN(3)]
	p.office, p.cloud = openCloud(t, kind, zone, p.wire, open)
	p.wire.spares = p.cloud.spares
	for range 2 + p.dice.IntN(5) {
		p.act(there, "create there", p.createThere)
		p.act(here, "create here", p.createHere)
	}
	p.stop()
	p.attach(kind)
	p.mayMail()
	return p
}

// attach connects the calendar, on the provider's page or with a password.
func (p *chance) attach(kind string) {
	if kind == account.EWS {
		p.conn = p.connect(`{}`)
		return
	}
	_, p.conn = p.connectTo(kind)
}

// mayMail sets the connection to mail guests where somebody presses "Save and send".
func (p *chance) mayMail() {
	p.t.Helper()
	change := connection.Save{Settings: []byte(`{"start":"everything","guests":"on_send"}`)}
	c, err := p.house.Connections.SaveSettings(p.t.Context(), p.who, p.conn.ID, change)
	if err != nil {
		p.t.Fatal(err)
	}
	p.conn = c
}

// play is one round: edits and runs while things go wrong, and then what has to hold.
func (p *chance) play() {
	p.t.Helper()
	if p.round > 0 {
		p.acts = [2]sides{{}, {}}
	}
	for range 1 + p.dice.IntN(4) {
		for range p.dice.IntN(4) {
			p.anything()
		}
		if err := p.cloud.faults(p.misfortunes()...); err != nil {
			p.t.Fatal(err)
		}
		p.wire.after(p.dice.IntN(p.cloud.requests()), func() {
			_ = p.cloud.faults()
			p.anything()
			_ = p.cloud.faults(p.misfortunes()...)
		})
		p.run()
		p.wire.after(0, nil)
		_ = p.cloud.faults()
		p.pass(time.Duration(p.dice.IntN(90)) * time.Minute)
	}
	p.settle()
	p.send()
	p.check()
	p.quiet()
	p.pass(3 * time.Hour)
}

// run lets what backs off be due, and waits for a run.
func (p *chance) run() store.Run {
	p.t.Helper()
	p.ready()
	wish, err := p.house.Connections.SyncNow(p.t.Context(), p.who, p.conn.ID)
	if err != nil {
		p.t.Fatal(err)
	}
	p.start() // only now, so that nothing runs but what is asked for
	run := p.await(p.who, p.conn.ID, wish)
	p.stop()
	p.t.Logf("run: %s %v, %d requests, %s", run.State, nonzero(run.Counts), run.Requests, run.Error)
	return run
}

func nonzero(counts map[string]int) (list []string) {
	for what, n := range counts {
		if n != 0 {
			list = append(list, fmt.Sprint(what, " ", n))
		}
	}
	slices.Sort(list)
	return list
}

// ready waits, on the clock of the house, until the provider may be asked again, and lets what backs off be due.
func (p *chance) ready() {
	p.t.Helper()
	p.tx(func(tx engine.Tx) error {
		c, err := tx.Connection(p.t.Context(), p.conn.ID)
		if err != nil {
			return err
		}
		a, err := tx.Account(p.t.Context(), c.Account)
		if err != nil {
			return err
		}
		if wait := a.BlockedUntil.Sub(p.clock.Now()); wait > 0 {
			p.pass(wait)
		}
		for _, w := range p.waitingIn(tx, p.conn.ID) {
			if w.HeldBy == "" {
				w.Due = p.clock.Now()
				if err := tx.UpdateWork(p.t.Context(), w); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// settle runs until nothing is left to do, and the echo of what was done has been heard.
func (p *chance) settle() {
	p.t.Helper()
	if !p.cloud.tellsAll() {
		p.pass(25 * time.Hour) // the daily look at everything finds what was never told
	}
	for range 10 {
		p.answer()
		if run := p.run(); run.State == "done" && len(p.left()) == 0 && len(nonzero(run.Counts)) == 0 {
			return
		}
		p.pass(20 * time.Minute)
	}
	for _, w := range p.left() {
		p.t.Errorf("still waits: %s, %s %s %s", w.Subject, w.Class, w.Reason, w.Detail)
	}
}

// left is what waits for no person.
func (p *chance) left() (list []store.Work) {
	for _, w := range p.waiting(p.conn.ID) {
		if w.HeldBy == "" {
			list = append(list, w)
		}
	}
	return list
}

// check compares the sides with each other, and with what people left.
func (p *chance) check() {
	p.t.Helper()
	ours, theirs := p.hold(here), p.hold(there)
	all := map[string]bool{}
	for _, m := range []sides{ours, theirs, p.agreed, p.acts[here], p.acts[there]} {
		for token := range m {
			all[token] = true
		}
	}
	refused := p.refused()
	for token := range all {
		h, c := ours[token], theirs[token]
		if p.keptApart(token, h, c) {
			continue
		}
		if p.acts[here][token] != "" && p.acts[there][token] != "" && refused[token] {
			p.parted[token] = true // somebody took a date out that somebody else edited, and the provider brings none back
		}
		if p.parted[token] {
			continue
		}
		for side, is := range []string{h, c} {
			if strings.Count(is, "• ") > 1 {
				p.t.Errorf("round %d: %s is doubled on side %d:\n%s", p.round, token, side, is)
			}
		}
		if h != c {
			p.t.Errorf("round %d: %s here is\n%s\nand there\n%s\n%s", p.round, token, h, c, p.tie(token))
			continue
		}
		want, whose := p.expected(token)
		if whose != "" && h != want {
			p.t.Errorf("round %d: %s is\n%s\nwant what %s:\n%s", p.round, token, h, whose, want)
		}
	}
	for token := range refused {
		if !p.parted[token] {
			p.t.Errorf("round %d: %s waits for a person", p.round, token)
		}
	}
	if mails := len(p.cloud.mailed()); mails != p.mails {
		p.t.Errorf("round %d: sync sent %d mails", p.round, mails-p.mails)
	}
	p.agreed = ours
	if p.t.Failed() {
		p.t.FailNow()
	}
}

// refused are the items with something that waits for a person, for whatever reason.
func (p *chance) refused() map[string]bool {
	found, all, waits := map[string]bool{}, p.all(), p.waiting(p.conn.ID)
	p.tx(func(tx engine.Tx) error {
		for _, w := range waits {
			whose := ""
			for _, a := range all {
				l, err := tx.LinkByActivity(p.t.Context(), p.conn.ID, a.ID)
				if w.Subject == fmt.Sprint("a:", a.ID) || err == nil && w.Subject == "r:"+l.Remote {
					whose = token(a.Plan.Subject)
				}
			}
			p.t.Logf("waits: %q %s, by %q: %s %s", whose, w.Subject, w.HeldBy, w.Reason, w.Detail)
			if w.Reason == "copy" && p.recalled[w.Subject] {
				whose = p.tokenThere(strings.TrimPrefix(w.Subject, "r:"))
				p.parted[whose] = true
			} else if w.Reason != string(provider.Inexpressive) {
				p.t.Errorf("round %d: %s waits for a person", p.round, w.Subject)
			}
			found[whose] = true
		}
		return nil
	})
	return found
}

func (p *chance) tokenThere(id string) string {
	for _, e := range p.cloud.entries() {
		if e.id == id {
			return token(e.Subject)
		}
	}
	return ""
}

// tie is how an item is linked, for whoever looks into a failure.
func (p *chance) tie(of string) (text string) {
	all := p.all()
	p.tx(func(tx engine.Tx) error {
		for _, a := range all {
			if l, err := tx.LinkByActivity(p.t.Context(), p.conn.ID, a.ID); token(a.Plan.Subject) == of && err == nil {
				text += fmt.Sprintf("activity %d at %d: %s, %q, incarnation %d, pending %+v, shown at %d, versions %v",
					a.ID, a.Revision, l.State, l.Remote, l.Incarnation, l.Pending, l.LocalRevision, l.RemoteMeta.Versions)
			}
		}
		return nil
	})
	return text
}

// expected is what an item has to be; nobody knows of one that was edited on both sides.
func (p *chance) expected(token string) (want, whose string) {
	h, editedHere := p.acts[here][token]
	c, editedThere := p.acts[there][token]
	switch {
	case editedHere && editedThere:
		return "", ""
	case editedHere:
		return h, "somebody left here"
	case editedThere:
		return c, "somebody left there"
	}
	return p.agreed[token], "it was"
}

// quiet demands that two runs write nothing, and ask once.
func (p *chance) quiet() {
	p.t.Helper()
	for range 2 {
		before, revisions := p.cloud.versions(), p.revisions()
		run := p.run()
		if n := run.Requests; n > p.cloud.quiet() {
			p.t.Errorf("round %d: a quiet run costs %d requests", p.round, n)
		}
		for what, n := range run.Counts {
			if n != 0 && what != engine.Unchanged {
				p.t.Errorf("round %d: a quiet run: %d %s", p.round, n, what)
			}
		}
		if after := p.cloud.versions(); after != before {
			p.t.Errorf("round %d: a quiet run wrote there:\n%s\nwas\n%s", p.round, after, before)
		}
		if after := p.revisions(); after != revisions {
			p.t.Errorf("round %d: a quiet run wrote here:\n%s\nwas\n%s", p.round, after, revisions)
		}
	}
	if p.t.Failed() {
		p.t.FailNow()
	}
}

func (p *chance) revisions() string {
	var b strings.Builder
	for _, a := range p.all() {
		fmt.Fprintf(&b, "%d at %d\n", a.ID, a.Revision)
	}
	return b.String()
}
