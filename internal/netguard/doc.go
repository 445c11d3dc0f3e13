// Package netguard guards outgoing HTTP to addresses that users type: calendar servers, feeds, webhooks. Without it,
// whoever may connect a calendar could make the server read what only the server can reach (its own loopback, the company's
// network, a cloud's metadata service).
//
// A [Policy] knows the networks and hosts that the operator lists in TAHTI_ALLOW_NETWORKS; everything else must be public.
// The judgement falls on the address that a socket is about to be connected to, inside the dialer: a name that resolves
// to a public address when it is looked at and to loopback when it is dialled gains nothing, and neither does a redirect,
// because each hop passes the same [Policy.Transport].
//
// Plain HTTP, which shows passwords to everybody on the way, goes to listed targets only.
//
// Through an HTTP or SOCKS proxy the target is resolved and judged before it is handed over. The proxy resolves the name again by
// itself, so the answer may differ there; who runs a proxy has to refuse inside addresses on it, too.
package netguard
