// Package realserver starts the calendar servers that people really run, and PostgreSQL, for tests.
//
// A server is started on free loopback ports with a folder of its own, is waited for until it answers, and is stopped by
// its process id when the test ends. Nothing outside that folder is written, so any number may run side by side: SOGo
// takes its configuration as arguments, DAViCal from a file that its prepended script names. If the test process dies,
// however it dies, the kernel ends the servers with it (parent-death signal; Linux).
//
// What is not installed is skipped, with the reason. TAHTI_REQUIRE names the servers, separated by commas, whose absence
// is a failure instead, so that a machine which should have them cannot pass by skipping.
//
//	s := realserver.Start(t, "radicale", realserver.Options{})
//	s.Put("alice", s.CalendarURL("alice")+"one.ics", ics)
//
// The servers, as packaged in Debian 12, and what each is good for:
//
//	radicale  strict and quick; no scheduling; has a read-only calendar for every user
//	xandikos  answers refusals inside a 207; one user; no passwords
//	cyrus     the strictest; pages sync-collection; schedules between its users; needs root
//	sogo      guards only in part; schedules whatever it is told not to; mails outside guests
//	davical   forgets to say that a sync-token has expired; schedules; serves one request at a time
//
// DavMail is no server of its own: [DavMail] puts it in front of one that a test has, and there it is a client too.
package realserver
