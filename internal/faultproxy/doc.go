// Package faultproxy is a loopback reverse proxy that counts what a client asks of a server and breaks it on purpose.
//
// It stands between the product and a CalDAV server, real or stand-in, in tests that count requests, kill the client
// between a call and its commit, or let a fifth of all requests go wrong:
//
//	p := faultproxy.Start(t, server.URL, faultproxy.Options{Seed: 1, Probability: 0.2, Faults: faultproxy.Common})
//	connect(p.URL + "/alice/calendar/")
//
// Requests are numbered from 1 in the order in which they arrive. [Proxy.At] plans one fault for one number; Options
// plan them by chance, drawn from the seed and the request's number alone, so that the same seed breaks the same
// numbers. What happened is told by [Proxy.Log]. Whether Retry-After was kept is told by [Patience], on the client's side.
//
// Addresses in answers are rewritten to the proxy's own, in bodies and in Location, or the client would walk around it.
package faultproxy
