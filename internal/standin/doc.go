// Package standin is what every stand-in server shares: faults on demand, a log of what was asked, a record of the mail
// that the original would have sent, and a page on which a person sees and edits the calendars.
//
// A stand-in is an HTTP server that speaks a provider's protocol as strictly as the original; each lives in a folder of
// its own below this one. It hands a [Stand] its protocol handler and gets back one handler for everything:
//
//	GET  /, /_standin/        the page (a [Desk] behind it)
//	POST /_standin/reset      back to the first day
//	POST /_standin/faults     a JSON list of [Fault], replacing the list in force; GET shows it with its hits
//	GET  /_standin/requests   what came, oldest first; ?since=N leaves out the first N
//	GET  /_standin/mails      every invitation, update, cancellation and reply
//	else                      the protocol, behind [Faults], behind [Log]
//
// Faults strike the protocol only, never the page or the control paths, so that a test can always switch them off. Given
// the same seeds and the same order of requests they strike the same requests.
package standin
