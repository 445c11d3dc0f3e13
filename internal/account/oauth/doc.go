// Package oauth is the client's side of a sign-in by consent (OAuth 2.0, RFC 6749, as RFC 9700 wants it used today): the way to
// the provider's page and back, what was granted against what is needed, and access tokens that stay fresh.
//
// A [Client] speaks to one authorization server; it keeps nothing. [Google] and [Microsoft] say how theirs differ. A [Source]
// keeps one account's grant fresh: of all processes one refreshes at a time, what came is saved before it is used, and a grant
// that was refused is not tried again. A [Transport] shows the token with each request of an adapter.
//
// Every error is a *[provider.Error] with a Code that people can act on. No error carries a token, a code or what a provider
// says in its own words, which may name people.
package oauth
