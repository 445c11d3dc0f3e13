package web

import "net/http"

// routes is every page and every form, in one list.
func (s *Site) routes(mux *http.ServeMux) {
	mux.HandleFunc("GET /assets/{name}", s.assets.serve)

	s.open(mux, "GET /setup", s.showSetup)
	s.open(mux, "POST /setup", s.setUp)
	s.open(mux, "GET /sign-in", s.showSignIn)
	s.open(mux, "POST /sign-in", s.doSignIn)
	s.open(mux, "POST /sign-out", s.signOut)
	s.open(mux, "POST /language", s.setLanguage)

	s.page(mux, "GET /{$}", func(v *visit) error { return v.redirect("/activities") })
	s.page(mux, "GET /activities", s.listActivities)
	s.page(mux, "GET /activities/new", s.newActivity)
	s.page(mux, "POST /activities", s.addActivity)
	s.page(mux, "GET /activities/{id}", s.showActivity)
	s.page(mux, "GET /activities/{id}/edit", s.editActivity)
	s.page(mux, "POST /activities/{id}", s.saveActivity)
	s.page(mux, "POST /activities/{id}/done", s.markDone)
	s.page(mux, "GET /activities/{id}/delete", s.askDelete)
	s.page(mux, "POST /activities/{id}/delete", s.deleteActivity)
	s.page(mux, "POST /activities/{id}/revive", s.reviveActivity)
	s.page(mux, "POST /activities/{id}/sync", s.syncActivity)

	s.page(mux, "GET /tools", s.showTools)
	s.page(mux, "GET /sync", s.listConnections)
	s.page(mux, "GET /sync/new", s.newAccount)
	s.page(mux, "POST /sync/new", s.findCalendars)
	s.page(mux, "POST /sync/examples", s.showExamples)
	s.page(mux, "GET /accounts/{id}", s.chooseCalendar)
	s.page(mux, "POST /accounts/{id}", s.startConnection)
	s.page(mux, "GET /accounts/{id}/reconnect", s.askReconnect)
	s.page(mux, "POST /accounts/{id}/reconnect", s.reconnect)
	s.page(mux, "GET /conflicts", s.listConflicts)
	s.page(mux, "POST /conflicts/{id}/restore", s.restoreConflict)
	s.page(mux, "POST /history/{id}/undo", s.undo)
	s.page(mux, "POST /work/{id}/{what}", s.actOnWork)
	s.page(mux, "POST /holds/{id}/{what}", s.decideHold)
	s.page(mux, "GET /sync/{id}", s.showConnection)
	s.page(mux, "POST /sync/{id}/run", s.syncNow)
	s.page(mux, "POST /sync/{id}/dry-run", s.dryRun)
	s.page(mux, "POST /sync/{id}/pause", s.pause)
	s.page(mux, "POST /sync/{id}/resume", s.resume)
	s.page(mux, "GET /sync/{id}/stop", s.askStop)
	s.page(mux, "POST /sync/{id}/stop", s.stop)
	s.page(mux, "GET /sync/{id}/settings", s.showSettings)
	s.page(mux, "POST /sync/{id}/settings", s.saveSettings)
	s.page(mux, "GET /sync/{id}/history", s.showHistory)

	s.page(mux, "GET /preferences", s.showPreferences)
	s.page(mux, "POST /preferences", s.saveProfile)
	s.page(mux, "POST /preferences/password", s.savePassword)
	s.page(mux, "POST /preferences/tokens", s.addToken)
	s.page(mux, "POST /preferences/tokens/{id}/revoke", s.revokeToken)

	s.page(mux, "GET /administration", s.showAdministration)
	s.page(mux, "POST /administration/users", s.addUser)
	s.page(mux, "POST /administration/users/{id}", s.changeUser)
	s.page(mux, "POST /administration/types", s.addType)
	s.page(mux, "POST /administration/types/{id}", s.changeType)
	s.page(mux, "POST /administration/stop", s.stopAll)

	s.open(mux, "/", func(v *visit) error { return errNowhere })
}
