package provider

// Causes of a sign-in by consent (OAuth); providers.md 1.2, 1.3 and 2.6 say where each comes from.
const (
	CodeSignInEnded       = "sign_in_ended"            // what was agreed to no longer holds: withdrawn, idle too long, password changed
	CodeMissingPermission = "missing_permission"       // a box was left unticked
	CodeOneMore           = "one_more_permission"      // what somebody wants takes a permission that they were not asked for so far
	CodeCancelled         = "sign_in_cancelled"        // by the person
	CodeNoAnswer          = "no_answer"                // the provider's page has not sent the person back
	CodeStaleSignIn       = "stale_sign_in"            // what came back belongs to no sign-in that is under way here
	CodeSignInRefused     = "sign_in_refused"          // the provider gave a reason that we do not know
	CodeOtherAccount      = "other_account"            // signed in, but as somebody else
	CodeAdminConsent      = "admin_consent"            // only an administrator may agree for this organisation
	CodeAdminBlocked      = "blocked_by_administrator" // the organisation does not let this program in
	CodeNotAssigned       = "not_assigned"             // the organisation lets in those who were chosen, and this person was not
	CodeConditionalAccess = "conditional_access"       // not from this device or place
	CodeClientRefused     = "client_refused"           // our own registration at the provider is at fault, for everybody
	CodeClientInTesting   = "client_in_testing"        // it was never published: what was agreed to ends after seven days
	CodeNotSetUp          = "not_set_up"               // no registration was made, or not given to us
	CodeServerUnknown     = "server_unknown"           // the organisation's directory does not know the server that a permission is for
	CodeTokenRefused      = "token_refused"            // the server does not take what its organisation's sign-in page has given
)
