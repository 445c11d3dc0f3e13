package ews

// Causes of a refused sign-in beside those of package provider: at an organisation's own server, and behind what the organisation has
// put in front of it (providers.md 3.4).
const (
	CodePasswordExpired = "password_expired"     // it has to be changed, on the organisation's page for that
	CodeAccountDisabled = "account_disabled"     // the organisation has switched the account off
	CodeLoginPage       = "login_page"           // a gateway shows a page to sign in on, which no program can
	CodeSecondFactor    = "second_factor"        // a gateway wants more than the password
	CodeServiceBlocked  = "service_blocked"      // the organisation does not let programs in by this way, or not this person
	CodeOldServer       = "old_server"           // its version is too old
	CodeInTheCloud      = "mailbox_in_the_cloud" // the mailbox lives at Microsoft 365, and is connected there
	CodeNotDiscovered   = "not_discovered"       // the domain does not say where its server is
	CodeHybrid          = "hybrid_sign_in"       // it lets programs in by a sign-in at Microsoft alone
	CodeSignInChanged   = "sign_in_changed"      // it takes another way of signing in with the same password than before
	CodeNotHybrid       = "hybrid_not_offered"   // it takes no sign-in at Microsoft
)
