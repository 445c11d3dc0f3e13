// Package premises is what adapters share whose servers are not one company's, but stand on somebody's own premises and are
// named by an address that a person types: where a password may go ([Trust]), how such a server wants to be signed in to
// ([Challenges]), and what the network says when it does not answer ([Unanswered]).
package premises
