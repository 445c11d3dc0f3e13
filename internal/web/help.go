package web

import (
	"net/http"
	"slices"

	"tahti/internal/account"
	"tahti/internal/match"
	"tahti/internal/othersync"
)

// helpPages are the help pages, in their order. Each is a template of its own in each language, templates/help/LANGUAGE/ID.html; what the
// product says elsewhere, such as what helps against a problem, they take from there.
var helpPages = []string{"pipedrive", "taking-over"}

// helpOf is the help page about a kind of account; empty where there is none.
func helpOf(kind string) string {
	if kind == account.Pipedrive || kind == account.PipedriveToken {
		return "pipedrive"
	}
	return ""
}

// helpEntry is a page in the list of them.
type helpEntry struct{ ID, Title, Lead string }

// helpPage is what a help page takes from elsewhere.
type helpPage struct {
	Pages    []helpEntry // in the list alone
	Problems []string    // what can be in the way at Pipedrive, in the order in which people meet it
	Tools    []string    // other syncs that are known
	Reasons  []string    // for which a take-over asks
}

// pipedriveProblems are those that have words of their own there.
var pipedriveProblems = []string{
	account.CodeWrongToken, "api_not_allowed", "missing_permission", "company_not_open", "daily_budget_used", "blocked_for_excess",
	"too_many_webhooks", "left_company", "no_permission", "not_writable",
}

// help are the help pages' addresses.
func (s *Site) help(mux *http.ServeMux) {
	s.open(mux, "GET /help", s.listHelp)
	s.open(mux, "GET /help/{page}", s.showHelp)
}

// listHelp lists the help pages. Whoever cannot sign in may need them most, so that they are open to all.
func (s *Site) listHelp(v *visit) error {
	p := helpPage{}
	for _, id := range helpPages {
		p.Pages = append(p.Pages, helpEntry{id, v.Word("help", id+".title"), v.Word("help", id+".lead")})
	}
	return v.render(view{template: "help", title: v.T("help.title"), section: "help", data: p})
}

// showHelp shows one.
func (s *Site) showHelp(v *visit) error {
	id := v.r.PathValue("page")
	if !slices.Contains(helpPages, id) {
		return errNowhere
	}
	p := helpPage{Problems: pipedriveProblems, Tools: toolKeys(), Reasons: reasonKeys()}
	return v.render(view{template: "help/" + v.Tag() + "/" + id, title: v.Word("help", id+".title"), section: "help", status: http.StatusOK, data: p})
}

// reasonKeys are the reasons for which a take-over asks, by the keys of their texts.
func reasonKeys() (keys []string) {
	for _, r := range match.Reasons {
		keys = append(keys, string(r))
	}
	return keys
}

// toolKeys are the known other syncs by the keys of their texts.
func toolKeys() (keys []string) {
	for _, t := range othersync.Tools {
		keys = append(keys, toolKey(t))
	}
	return keys
}
