package main

import (
	"fmt"
	"time"

	"github.com/schollz/progressbar/v3"

	"tahti/client"
)

// progress shows how far a run is: a bar for people at a terminal, a line now and then for logs, nothing beside JSON.
type progress struct {
	app  *app
	name string
	bar  *progressbar.ProgressBar
	told time.Time
	last client.Progress
}

// tellEvery is how often a log hears of a run that is under way.
const tellEvery = 2 * time.Second

func newProgress(a *app, name string) *progress {
	return &progress{app: a, name: name, told: time.Now()}
}

func (p *progress) set(now *client.Progress) {
	if now == nil || now.Total <= 0 || *now == p.last || p.app.json {
		return
	}
	p.last = *now
	if !onTerminal(p.app.err) {
		if time.Since(p.told) >= tellEvery {
			p.told = time.Now()
			fmt.Fprintf(p.app.err, "%s: %d of %d\n", p.name, now.Done, now.Total)
		}
		return
	}
	if p.bar == nil {
		p.bar = progressbar.NewOptions(now.Total, progressbar.OptionSetWriter(p.app.err), progressbar.OptionSetDescription(p.name),
			progressbar.OptionShowCount(), progressbar.OptionClearOnFinish(), progressbar.OptionSetWidth(30))
	}
	p.bar.ChangeMax(now.Total)
	_ = p.bar.Set(now.Done) // a terminal that has gone away shows no bar
}

func (p *progress) end() {
	if p.bar != nil {
		_ = p.bar.Clear() // see set
	}
}
