// Package account is sign-ins at providers: which kinds there are, their secrets, and what is needed to open a calendar
// with them. [Kinds] is the one list of providers; adding one is a room under provider/ and a line in it.
//
// A secret is sealed with the company's and the account's number as associated data, so that a row copied elsewhere does
// not open. Everything that a person types as an address goes through the guarded transport.
package account
