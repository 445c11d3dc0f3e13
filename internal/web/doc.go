// Package web is the pages: what people see of Tahti in a browser, in their language.
//
// A page is a template, filled on the server; every form works without JavaScript. A small script of our own (assets/tahti.js)
// sends filters as they are chosen and keeps the progress of a sync moving. The pages are complete without it, so nothing
// bigger is needed, and the content security policy allows no more than files of ours.
//
// # The life of a request
//
// [Site.ServeHTTP] goes from the outside in: security headers with the request's nonce, refusal of what other sites make a
// browser send, the session. Then a route's action gets a [visit]: who asks, in which language and zone, and at what time.
// An action returns an error or has answered; errors become pages in one place (errorpage.go), with the next step.
//
// Actions translate: they read a form, call hub or connection, and render. They hold no rules. Every activity comes through
// [tahti/internal/hub.Hub.Show], so that a private one is masked here as everywhere (I23). A form carries the revision that it
// was made from and what stood in it, so that only what a person changed is changed, and an edit by somebody else in
// between is shown beside theirs.
//
// Help pages (templates/help) are written by hand in each language, and open to all; what helps against a problem they take from where the
// other pages take it. A kind of account that calls things otherwise than a calendar has words of its own ([tahti/internal/text.Printer.At]).
//
// Assets carry a hash of their content in their address and are kept by browsers for ever; pages are never stored. That is
// why nobody ever has to clear a cache (features.md E5).
package web
