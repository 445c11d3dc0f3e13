// Package secret keeps secrets at rest: calendar passwords, OAuth grants, whatever must be given back in clear one day
// and must not be readable in a stolen database or backup.
//
// A [Box] seals and unseals with authenticated encryption (XChaCha20-Poly1305 through tink). The associated data of a secret
// is the name of its row, so that a sealed text that somebody moves to another row does not open there.
//
// The keys lie in a file of their own, beside the data or wherever TAHTI_SECRET_KEY_FILE says, never in the database and
// never in a backup unless asked for. The file is a tink keyset as JSON: one primary key that seals, and the older ones,
// which still open what they sealed ([Rotate]). [Load] is the rule by which a server finds, makes or demands it.
//
// [LookupKey] is another kind of secret: the name under which the copy of an activity in a calendar is found again.
package secret
