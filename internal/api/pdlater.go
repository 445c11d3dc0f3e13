package api

import "net/http"

// pdLaterRoutes are the saved filters and webhooks. Neither can be kept yet, so that their lists are empty, which is the
// truth, and making one is refused: a webhook that is taken and never delivered would be worse than none.
func pdLaterRoutes(handle pdHandle) {
	empty := func(*pdCall) (*pdAnswer, error) { return &pdAnswer{Data: []struct{}{}}, nil }
	handle("GET /api/v1/filters", http.StatusOK, empty)
	handle("GET /api/v1/webhooks", http.StatusOK, empty)
	refuse := func(pattern, what string) {
		handle(pattern, http.StatusNotImplemented, func(*pdCall) (*pdAnswer, error) {
			return nil, &pdError{http.StatusNotImplemented, what + " are not there yet", "This version cannot keep them; nothing was saved. List changes with updated_since instead."}
		})
	}
	missing := func(pattern, what string) {
		handle(pattern, http.StatusOK, func(*pdCall) (*pdAnswer, error) { return nil, notFound(what) })
	}
	refuse("POST /api/v1/filters", "Saved filters")
	missing("GET /api/v1/filters/{id}", "Filter")
	missing("PUT /api/v1/filters/{id}", "Filter")
	missing("DELETE /api/v1/filters/{id}", "Filter")
	refuse("POST /api/v1/webhooks", "Webhooks")
	missing("DELETE /api/v1/webhooks/{id}", "Webhook")
}
