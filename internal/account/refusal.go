package account

import (
	"tahti/internal/provider"
	"tahti/internal/provider/ews"
)

// CodeGatewayPassword is the cause of a refused sign-in where the gateway before an organisation's server issues passwords for programs: one
// of those is wanted, whatever the gateway has answered.
const CodeGatewayPassword = "gateway_app_password"

// CodeHybridNotSetUp is the cause of a refused sign-in at a server that takes a sign-in at Microsoft alone, where Tahti has no registration
// there.
const CodeHybridNotSetUp = "hybrid_not_set_up"

// refusal is what can be done about a cause.
type refusal struct {
	remedy string
	letter string // what the text for the administrator is about: letter.NAME of the language files
	// gateway: a gateway that wants a second factor may be behind it. It answers as if the password were wrong, or with a page of its own.
	gateway bool
}

// refusals are the causes of refused sign-ins that mean something of their own on an organisation's Exchange server.
var refusals = map[string]refusal{
	provider.CodeWrongPassword: {remedy: RemedyPassword, letter: "gateway", gateway: true},
	ews.CodeLoginPage:          {remedy: RemedyAdministrator, letter: "gateway", gateway: true},
	ews.CodeSecondFactor:       {remedy: RemedyAdministrator, letter: "gateway", gateway: true},
	CodeGatewayPassword:        {remedy: RemedyAppPassword, letter: "gateway"}, // it may have been one, and something else is wrong
	provider.CodeSignInKind:    {remedy: RemedyAdministrator, letter: "ways"},
	ews.CodeSignInChanged:      {remedy: RemedyPassword},
	ews.CodeServiceBlocked:     {remedy: RemedyAdministrator, letter: "blocked"},
	ews.CodePasswordExpired:    {remedy: RemedyNewPassword},
	ews.CodeAccountDisabled:    {remedy: RemedyAdministrator},
	ews.CodeOldServer:          {remedy: RemedyAdministrator},
	provider.CodeNoMailbox:     {remedy: RemedyAdministrator},
	ews.CodeInTheCloud:         {remedy: RemedyMicrosoft365},
	ews.CodeNotDiscovered:      {remedy: RemedyAddress},
	ews.CodeHybrid:             {remedy: RemedyMicrosoft},
	CodeHybridNotSetUp:         {remedy: RemedyAdministrator, letter: "hybrid"},
	ews.CodeNotHybrid:          {remedy: RemedyPassword, letter: "hybrid"},
	provider.CodeTokenRefused:  {remedy: RemedyAdministrator, letter: "hybrid"},
	provider.CodeServerUnknown: {remedy: RemedyAdministrator, letter: "hybrid"},
}

// The remedies of a refused sign-in, by the names under which programs know them.
const (
	RemedyPassword      = "enter_password"
	RemedyAppPassword   = "enter_app_password"
	RemedyNewPassword   = "change_password" // on the organisation's own page
	RemedyAddress       = "enter_address"
	RemedyAdministrator = "ask_administrator"
	RemedyMicrosoft365  = "connect_microsoft_365"
	RemedyMicrosoft     = "sign_in_at_microsoft" // to the organisation's own server
)

func refusalAt(kind, code string) refusal {
	switch {
	case kind == PipedriveToken && code == CodeWrongToken:
		return refusal{remedy: RemedyPassword}
	case kind != EWS && kind != Hybrid:
		return refusal{}
	}
	return refusals[code]
}

// Cause is what a code of a provider means to a person with a kind of account, whose company has stated where its gateway issues app
// passwords, or has not (empty).
func Cause(kind, code, appPasswords string) string {
	if kind == EWS && appPasswords != "" && refusalAt(kind, code).gateway {
		return CodeGatewayPassword
	}
	return code
}

// Remedy is what helps against a cause at a kind of account, and what the text for its administrator is about; empty where there is
// nothing that this kind has of its own, or no text.
func Remedy(kind, cause string) (remedy, letter string) {
	r := refusalAt(kind, cause)
	return r.remedy, r.letter
}
