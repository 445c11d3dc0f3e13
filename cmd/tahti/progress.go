package main

import (
	"fmt"
	"time"

	"github.com/schollz/progressbar/v3"

	"tahti/client"
)

// progress shows how far a run is: a bar for people at a terminal, a line now and then for logs, nothing beside JSON.
type progress struct {
	app   *app
	name  string
	bar   *progressbar.ProgressBar
	begun time.Time
	told  time.Time
	last  client.Progress
	moved time.Duration // when the bar moved last, since the beginning
	words bool          // a line without a bar stands on the terminal
}

const (
	// tellEvery is how often a log hears of a run that is under way.
	tellEvery = 2 * time.Second
	// silence is how long nothing at all may show on a terminal.
	silence = 500 * time.Millisecond
)

func newProgress(a *app, name string) *progress {
	now := time.Now()
	return &progress{app: a, name: name, begun: now, told: now}
}

// set is told how far the run is, as often as somebody looks; nil: there is no figure yet.
func (p *progress) set(now *client.Progress) {
	switch terminal := onTerminal(p.app.err); {
	case p.app.json:
	case terminal && now != nil && now.Total > 0:
		p.draw(*now)
	case terminal && p.bar == nil && !p.words && time.Since(p.begun) >= silence:
		p.words = true
		fmt.Fprintf(p.app.err, "%s: looking for changes…", p.name)
	case !terminal && now != nil && now.Total > 0 && *now != p.last && time.Since(p.told) >= tellEvery:
		p.told, p.last = time.Now(), *now
		fmt.Fprintf(p.app.err, "%s: %d of %d\n", p.name, now.Done, now.Total)
	}
}

// draw draws the bar, also where nothing has moved: the clock at its end has.
func (p *progress) draw(now client.Progress) {
	p.wipe()
	if p.bar == nil {
		p.bar = progressbar.NewOptions(now.Total, progressbar.OptionSetWriter(p.app.err), progressbar.OptionSetDescription(p.name),
			progressbar.OptionShowCount(), progressbar.OptionClearOnFinish(), progressbar.OptionSetWidth(30),
			progressbar.OptionSetPredictTime(false), progressbar.OptionSetElapsedTime(true))
	}
	elapsed := time.Since(p.begun)
	if now != p.last {
		p.last, p.moved = now, elapsed
	}
	p.bar.Describe(p.name + left(now, p.moved, elapsed))
	// A finished bar is never drawn again, and another run may follow.
	done := min(now.Done, now.Total-1)
	p.bar.ChangeMax(now.Total)
	_ = p.bar.Set(done) // a terminal that has gone away shows no bar
}

// left is what is to come at the pace at which the bar had moved, counted down since; nothing where that cannot be told yet,
// or is no more than a moment.
func left(now client.Progress, moved, elapsed time.Duration) string {
	if now.Done <= 0 || now.Done >= now.Total {
		return ""
	}
	rest := (time.Duration(float64(moved)*float64(now.Total)/float64(now.Done)) - elapsed).Round(time.Second)
	switch {
	case rest < time.Second:
		return ""
	case rest < 2*time.Minute:
		return fmt.Sprintf(", %d s left", int(rest.Seconds()))
	}
	return fmt.Sprintf(", %d min left", int(rest.Round(time.Minute).Minutes()))
}

func (p *progress) wipe() {
	if p.words {
		fmt.Fprint(p.app.err, "\r\x1b[K")
		p.words = false
	}
}

func (p *progress) end() {
	p.wipe()
	if p.bar != nil {
		_ = p.bar.Clear() // see draw
	}
}
