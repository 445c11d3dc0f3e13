package pipedrive

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"time"

	"tahti/internal/standin"
)

// factors, and how many requests in two seconds (guide to rate limits): with an API token, and as a program with an access token.
var plans = [...]struct{ factor, token, app int }{Lite: {1, 20, 80}, Growth: {2, 40, 160}, Premium: {5, 100, 400}, Ultimate: {7, 120, 480}}

const (
	baseTokens  = 30_000
	burstWindow = 2 * time.Second
	searchBurst = 10
)

// ledger is what a company has spent in a day.
type ledger struct {
	day    string
	used   int
	spent  map[string]Spent
	warned int // percents of which the administrators were told
	byUser map[string]int
}

// Spent is what one method has cost.
type Spent struct {
	Calls  int `json:"calls"`
	Tokens int `json:"tokens"`
}

// Usage is what a company has spent on a day, which begins at midnight UTC.
type Usage struct {
	Day    string `json:"day"`
	Budget int    `json:"budget"`
	Used   int    `json:"used"`
	// Methods are by their names in the official client; Users by their addresses, in tokens.
	Methods map[string]Spent `json:"methods"`
	Users   map[string]int   `json:"users"`
}

// Budget is how many tokens a company has a day.
func (c Company) Budget(seats int) int {
	if c.Seats > 0 {
		seats = c.Seats
	}
	return baseTokens*plans[c.Plan].factor*seats + c.TopUp
}

// Usage is what was spent today.
func (s *Server) Usage() Usage {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.turnPage()
	return Usage{s.ledger.day, s.budget(), s.ledger.used, maps.Clone(s.ledger.spent), maps.Clone(s.ledger.byUser)}
}

func (s *Server) budget() int { return s.opt.Company.Budget(len(s.users)) }

// turnPage begins a new day in the ledger once it is there.
func (s *Server) turnPage() {
	if day := s.now().UTC().Format(time.DateOnly); day != s.ledger.day {
		s.ledger = ledger{day: day, spent: map[string]Spent{}, byUser: map[string]int{}}
	}
}

// limit is how many requests the token of a call may send in two seconds.
func (c *call) limit() int {
	p := plans[c.opt.Company.Plan]
	switch {
	case c.m != nil && c.m.search:
		return searchBurst
	case c.grant.app != nil:
		return p.app
	}
	return p.token
}

// spend counts a call against its token's two seconds and against the company's day. What is refused costs nothing; what a method
// refuses later costs what the method costs.
func (c *call) spend() *failure {
	now := c.now()
	c.turnPage()
	g, limit := c.grant, c.limit()
	g.recent = slices.DeleteFunc(g.recent, func(t time.Time) bool { return now.Sub(t) >= burstWindow })
	left := limit - len(g.recent)
	cost := 0
	if c.m != nil {
		cost = c.m.cost
	}
	over := c.ledger.used+cost > c.budget() && !c.opt.Unlimited
	h := c.w.Header()
	h.Set("X-Ratelimit-Limit", strconv.Itoa(limit))
	h.Set("X-Ratelimit-Remaining", strconv.Itoa(max(left-1, 0)))
	h.Set("X-Ratelimit-Reset", strconv.Itoa(g.reset(now)))
	if (left <= 0 || over) && !c.opt.Unlimited {
		c.sayBudget()
		return c.tooMuch(over)
	}
	g.recent, g.refused = append(g.recent, now), 0
	c.ledger.used += cost
	if c.m != nil {
		x := c.ledger.spent[c.m.id]
		c.ledger.spent[c.m.id] = Spent{x.Calls + 1, x.Tokens + cost}
		c.ledger.byUser[c.who.Email] += cost
	}
	c.warn()
	c.sayBudget()
	return nil
}

// reset is how many seconds it takes until the token's window has room, one at the least.
func (g *grant) reset(now time.Time) int {
	if len(g.recent) == 0 {
		return int(burstWindow / time.Second)
	}
	return max(1, int(math.Ceil((burstWindow - now.Sub(g.recent[0])).Seconds())))
}

// sayBudget says what is left of the day, in headers that the original is seen to send.
func (c *call) sayBudget() {
	if c.variant.NoDaily {
		return
	}
	c.w.Header().Set("X-Daily-Ratelimit-Token-Limit", strconv.Itoa(c.budget()))
	c.w.Header().Set("X-Daily-Ratelimit-Token-Remaining", strconv.Itoa(max(0, c.budget()-c.ledger.used)))
}

// tooMuch refuses, and blocks an API token that goes on: programs with access tokens are not blocked (guide to rate limits).
func (c *call) tooMuch(day bool) *failure {
	g := c.grant
	g.refused++
	if g.app == nil && g.refused >= c.opt.Refusals {
		g.until, g.refused = c.now().Add(c.opt.BlockFor), 0
	}
	wait := g.reset(c.now())
	r := refBurst
	if day {
		r = refBudget
		midnight := c.now().UTC().Truncate(24 * time.Hour).Add(24 * time.Hour)
		wait = int(midnight.Sub(c.now()).Seconds())
	}
	if c.variant.RetryAfter {
		c.w.Header().Set("Retry-After", strconv.Itoa(wait))
	}
	return r.because("Request over limit")
}

func (g *grant) blocked(now time.Time) bool { return now.Before(g.until) }

// warn mails the administrators once three quarters, and all of the day's tokens are spent (guide to rate limits).
func (c *call) warn() {
	for _, percent := range []int{75, 100} {
		if c.ledger.warned >= percent || c.ledger.used*100 < percent*c.budget() {
			continue
		}
		c.ledger.warned = percent
		for _, m := range c.users {
			if m.Admin {
				c.mails.Add(standin.Mail{To: m.Email, From: "noreply@pipedrive.com", Method: "NOTICE", Summary: fmt.Sprintf("%d %% of the daily API tokens are used", percent), At: c.now()})
			}
		}
	}
}
