// Package auth is people's sign-in to Tahti itself: passwords, API tokens, sessions, and what a role may do. Sign-ins
// at calendar providers are not its subject; package account has them.
//
// A person has one login, by e-mail address and password, and is a user in one or more companies. A password is kept as an
// argon2id hash ([Hasher]), which costs memory on purpose; how many are worked out at once is bounded, so that a flood of
// sign-ins makes people wait but never the server fall over. Guessing is slowed per login ([Throttle]): each attempt is
// counted before its password is looked at, so many guesses at the same moment gain nothing.
//
// A program shows an API token instead ([NewToken]); only the token's hash is kept, and since a token is random, a fast
// hash does.
//
// Browsers get a session cookie ([NewSessions]), and the guards around every page: other sites cannot post to us
// ([CrossOrigin]), frame us or run scripts in our pages ([Headers]).
//
// The package has no SQL; it says in small interfaces what it needs.
package auth
