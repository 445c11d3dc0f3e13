package main

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"tahti/client"
)

// A connection that has no calendar yet goes by what people call its kind of account, never by the name that programs have for it.
func TestStatusNamesAccountsAsPeopleDo(t *testing.T) {
	for kind, want := range map[string]string{
		"ews": "Microsoft Exchange", "ews_hybrid": "Microsoft Exchange", "graph": "Microsoft 365", "pipedrive_token": "Pipedrive", "caldav": "CalDAV",
	} {
		var out bytes.Buffer
		sayStatus(&app{out: &out}, client.Status{Connections: []client.Connection{{ID: 7, Provider: kind, Title: "Choose a calendar."}}}, time.Now())
		if !strings.Contains(out.String(), "7  "+want) || strings.Contains(out.String(), "_") {
			t.Errorf("%s: %s", kind, out.String())
		}
	}
}
