package pipedrive

import (
	"encoding/json"
	"fmt"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"

	"tahti/internal/provider"
	"tahti/internal/provider/premises"
)

// Causes that only Pipedrive has.
const (
	CodeWrongToken   = "wrong_api_token"    // the API token is not, or not any more, one of a user's
	CodeUnpaid       = "company_not_open"   // the company's subscription has ended
	CodeNoAPI        = "api_not_allowed"    // the user's permissions leave the API out
	CodeBlocked      = "blocked_for_excess" // requests went on after a refusal: its gateway lets nothing through for a while
	CodeDailyBudget  = "daily_budget_used"  // all that the company's programs may ask in a day is used up
	CodeLeft         = "left_company"       // the colleague whose activities these are is no active user any more
	CodeManyWebhooks = "too_many_webhooks"  // the user has as many as there may be
)

// unanswered classes a request that got no answer. The address of an API token's account is one that somebody has typed.
func unanswered(q call, err error) *provider.Error {
	return premises.Unanswered(q.op, q.write, provider.WithoutAddress(err))
}

// broken is a success that cannot be used.
func broken(q call, status int, err error) *provider.Error {
	return provider.Broken(q.op, q.write, status, err)
}

// refusal is what is looked at of a refused request's answer.
type refusal struct {
	Message string `json:"error"` // never shown: it may repeat what was sent
	Code    string `json:"code"`
	json    bool
}

func readRefusal(resp *http.Response, body []byte) (r refusal) {
	kind, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	r.json = kind == "application/json" && json.Unmarshal(body, &r) == nil
	r.Message = strings.ToLower(r.Message)
	return r
}

func (r *refusal) says(words ...string) bool {
	for _, w := range words {
		if strings.Contains(r.Message, w) {
			return true
		}
	}
	return false
}

// refused turns an answer that is no success into its error: the one table from HTTP to classes (providers.md 5; status codes of the guide).
func (c *client) refused(q call, resp *http.Response, body []byte) *provider.Error {
	r, s := readRefusal(resp, body), resp.StatusCode
	e := &provider.Error{Op: q.op, Class: provider.Transient, Code: provider.CodeServer}
	e.Status = strings.TrimSpace(fmt.Sprintf("HTTP %d %s", s, provider.Named(r.Code)))
	as := func(class provider.Class, code string) *provider.Error {
		e.Class, e.Code = class, code
		return e
	}
	switch {
	case s == http.StatusUnauthorized && c.token != "":
		return as(provider.SignIn, CodeWrongToken)
	case s == http.StatusUnauthorized:
		return as(provider.SignIn, provider.CodeSignInEnded)
	case s == http.StatusPaymentRequired:
		return as(provider.Transient, CodeUnpaid) // nobody has to sign in again once it is paid: it is asked again by itself
	case s == http.StatusTooManyRequests:
		e.RetryAfter, e.Circle, e.Code = c.restUntil(resp.Header)
		e.Class = provider.RateLimited
		return e
	case s == http.StatusForbidden && !r.json: // its gateway's page, for whoever went on after 429
		e.RetryAfter, e.Code = c.rest(c.now().Add(blockRest)), CodeBlocked
		e.Class = provider.RateLimited
		return e
	case s == http.StatusForbidden && r.says("scope"):
		return as(provider.SignIn, provider.CodeMissingPermission)
	case s == http.StatusForbidden && r.says("api access"):
		return as(provider.Forbidden, CodeNoAPI)
	case s == http.StatusForbidden && q.single:
		return as(provider.Forbidden, string(provider.NotWritable))
	case s == http.StatusForbidden:
		return as(provider.Forbidden, provider.CodeNoPermission)
	case s == http.StatusNotFound, s == http.StatusGone:
		return as(provider.Gone, "")
	case s == http.StatusRequestEntityTooLarge:
		return as(provider.Rejected, provider.CodeTooLarge)
	case s == http.StatusBadRequest && q.write && r.says("activity type", "type:"):
		return as(provider.Rejected, provider.CodeTypeNotHeld)
	case s == http.StatusUnprocessableEntity && q.op == opWatch:
		return as(provider.Rejected, CodeManyWebhooks)
	case s == http.StatusRequestTimeout, s < 400:
	case s < 500:
		return as(provider.Rejected, "")
	}
	if q.write { // 5xx, or what makes no sense: it may have been stored
		e.Class = provider.Unknown
	}
	return e
}

// The rests that we give ourselves.
const (
	firstRest = 2 * time.Second
	lastRest  = 5 * time.Minute
	blockRest = 15 * time.Minute
)

// noteBudget remembers the company's daily budget, where it is told.
func (c *client) noteBudget(h http.Header) {
	if n, err := strconv.Atoi(h.Get("X-Daily-Ratelimit-Token-Limit")); err == nil && n > 0 {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.daily = n
	}
}

// restUntil is when the next request may be sent after a 429, who has to wait, and why. The day's budget is the company's, and comes back at
// midnight UTC; a burst is one token's.
func (c *client) restUntil(h http.Header) (time.Time, provider.Circle, string) {
	now := c.now()
	at := provider.RetryAfter(h, now)
	if left, err := strconv.Atoi(h.Get("X-Daily-Ratelimit-Token-Remaining")); err == nil && left < costOldList {
		day := now.UTC().Truncate(24 * time.Hour).Add(24*time.Hour + time.Minute)
		if at.After(day) {
			day = at
		}
		return c.rest(day), provider.Organisation, CodeDailyBudget
	}
	c.mu.Lock()
	own := now.Add(min(lastRest, firstRest<<min(c.strikes, 8)))
	c.strikes++
	c.mu.Unlock()
	if n, err := strconv.Atoi(h.Get("X-Ratelimit-Reset")); err == nil && n > 0 && n < 24*60*60 {
		if reset := now.Add(time.Duration(n) * time.Second); reset.After(own) {
			own = reset
		}
	}
	if own.After(at) {
		at = own
	}
	return c.rest(at), provider.OneAccount, ""
}

func (c *client) rest(until time.Time) time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	if until.After(c.notBefore) {
		c.notBefore = until
	}
	return until
}
