// Command goclient drives the stand-in with Google's own client for Go, and prints what it saw, line by line. It is a
// module of its own: what the client brings along is no dependency of the product.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"golang.org/x/oauth2"
	"google.golang.org/api/calendar/v3"
	"google.golang.org/api/googleapi"
	"google.golang.org/api/option"
)

func main() {
	if err := run(context.Background(), os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context, address, token string) error {
	source := oauth2.StaticTokenSource(&oauth2.Token{AccessToken: token})
	svc, err := calendar.NewService(ctx, option.WithEndpoint(address+"/calendar/v3/"), option.WithTokenSource(source))
	if err != nil {
		return err
	}
	list, err := svc.CalendarList.List().Do()
	if err != nil {
		return err
	}
	fmt.Println("calendars:", len(list.Items), list.Items[0].AccessRole)
	made, err := svc.Events.Insert("primary", &calendar.Event{
		Id: "goclient1", Summary: "Plan",
		Start: &calendar.EventDateTime{DateTime: "2026-01-06T09:00:00", TimeZone: "Europe/Helsinki"},
		End:   &calendar.EventDateTime{DateTime: "2026-01-06T10:00:00", TimeZone: "Europe/Helsinki"}, Recurrence: []string{"RRULE:FREQ=DAILY;COUNT=3"},
		ExtendedProperties: &calendar.EventExtendedProperties{Private: map[string]string{"crm": "7"}},
	}).SendUpdates("none").Do()
	if err != nil {
		return err
	}
	fmt.Println("made:", made.Id, made.Start.DateTime, made.Etag == made.ServerResponse.Header.Get("ETag"))
	made.ICalUID = "" // only one of the two may come with a creation
	_, err = svc.Events.Insert("primary", made).Do()
	report("again", err)
	token = ""
	pages := 0
	err = svc.Events.List("primary").MaxResults(1).Pages(ctx, func(p *calendar.Events) error {
		pages++
		token = p.NextSyncToken
		return nil
	})
	if err != nil {
		return err
	}
	fmt.Println("pages:", pages, token != "")
	instances, err := svc.Events.Instances("primary", made.Id).Do()
	if err != nil {
		return err
	}
	second := instances.Items[1]
	moved, err := svc.Events.Patch("primary", second.Id, &calendar.Event{Summary: "Moved"}).Do()
	if err != nil {
		return err
	}
	fmt.Println("moved:", moved.Summary, moved.OriginalStartTime.DateTime)
	patch := svc.Events.Patch("primary", made.Id, &calendar.Event{Summary: "Late"})
	patch.Header().Set("If-Match", `"old"`)
	_, err = patch.Do()
	report("guarded", err)
	changes, err := svc.Events.List("primary").SyncToken(token).Do()
	if err != nil {
		return err
	}
	fmt.Println("changes:", len(changes.Items), changes.Items[0].Summary)
	_, err = svc.Events.List("primary").SyncToken(token).TimeMin("2026-01-01T00:00:00Z").Do()
	report("filtered", err)
	if err := svc.Events.Delete("primary", made.Id).Do(); err != nil {
		return err
	}
	report("deleted", svc.Events.Delete("primary", made.Id).Do())
	return nil
}

// report prints how an error of the API reads.
func report(what string, err error) {
	var e *googleapi.Error
	if !errors.As(err, &e) || len(e.Errors) == 0 {
		fmt.Println(what+":", err)
		return
	}
	fmt.Println(what+":", e.Code, e.Errors[0].Reason)
}
