package api_test

import (
	"encoding/json"
	"strings"
	"testing"

	"tahti/client"
)

// The public client and the server agree: each call, against the real handler.
func TestClient(t *testing.T) {
	l := newLab(t)
	ctx := t.Context()
	c, err := client.New(l.server.URL, l.tokens["alice"], client.WithHTTP(l.client), client.WithLanguage("fi"))
	must(t, err)
	sign := client.Credentials{URL: l.calURL, Username: "alice@example.com", Password: "secret"}
	calendars, err := c.Discover(ctx, "caldav", sign)
	must(t, err)
	wrong := sign
	wrong.Password = "no"
	if _, err := c.Discover(ctx, "caldav", wrong); client.CodeOf(err) != "wrong_password" {
		t.Errorf("wrong password: %v", err)
	}
	conn, err := c.Connect(ctx, client.Connect{Provider: "caldav", Account: &sign, Settings: json.RawMessage(`{"start":"everything"}`)})
	must(t, err)
	if conn.State != "choose_calendar" {
		t.Fatalf("state %s", conn.State)
	}
	if conn, err = c.ChooseCalendar(ctx, conn.ID, calendars[0].ID); err != nil || conn.State != "active" {
		t.Fatalf("chosen: %+v, %v", conn, err)
	}
	in, err := c.Import(ctx, strings.NewReader("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:one\r\nDTSTAMP:20260101T000000Z\r\n"+
		"DTSTART:20261201T100000Z\r\nDTEND:20261201T110000Z\r\nSUMMARY:One\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"), "call")
	if err != nil || in.Created != 1 {
		t.Fatalf("import: %+v, %v", in, err)
	}
	run, err := c.Run(ctx, conn.ID, false, true)
	if err != nil || run.State != "done" || run.ID == nil {
		t.Fatalf("run: %+v, %v", run, err)
	}
	if dry, err := c.Run(ctx, conn.ID, true, false); err != nil || dry.Kind != "dry_run" {
		t.Errorf("dry run: %+v, %v", dry, err)
	}
	out, err := c.Export(ctx)
	if err != nil || !strings.Contains(string(out), "SUMMARY:One") {
		t.Errorf("export: %s, %v", out, err)
	}
	if p, err := c.Preview(ctx, conn.ID, json.RawMessage(`{"types_out":[]}`)); err != nil || p.Narrowed != 1 {
		t.Errorf("preview: %+v, %v", p, err)
	}
	if p, err := c.Settings(ctx, conn.ID, json.RawMessage(`{"done":"tick"}`)); err != nil || !p.Saved {
		t.Errorf("settings: %+v, %v", p, err)
	}
	if runs, err := c.Runs(ctx, conn.ID); err != nil || len(runs) == 0 {
		t.Errorf("runs: %v, %v", runs, err)
	}
	_, err = c.Work(ctx, conn.ID)
	must(t, err)
	_, err = c.Holds(ctx)
	must(t, err)
	for _, step := range []struct {
		name string
		do   func() (client.Connection, error)
		want string
	}{
		{"pause", func() (client.Connection, error) { return c.Pause(ctx, conn.ID) }, "paused"},
		{"resume", func() (client.Connection, error) { return c.Resume(ctx, conn.ID) }, "active"},
		{"look", func() (client.Connection, error) { return c.Connection(ctx, conn.ID) }, "active"},
		{"stop", func() (client.Connection, error) { return c.Stop(ctx, conn.ID, true) }, "stopped"},
	} {
		if x, err := step.do(); err != nil || x.State != step.want {
			t.Errorf("%s: %s, %v", step.name, x.State, err)
		}
	}
	must(t, c.StopAll(ctx))
	if s, err := c.Status(ctx); err != nil || !s.Stopped || s.Company != "Acme" {
		t.Errorf("status: %+v, %v", s, err)
	}
	must(t, c.ResumeAll(ctx))
	if err := c.Act(ctx, 999, "retry"); client.CodeOf(err) != "not_found" {
		t.Errorf("work that is not there: %v", err)
	}
	if err := c.Decide(ctx, 999, true); client.CodeOf(err) != "not_found" {
		t.Errorf("a hold that is not there: %v", err)
	}
	if list, err := c.Connections(ctx); err != nil || len(list) != 0 {
		t.Errorf("connections: %v, %v", list, err)
	}
}
