package pipedrive

import (
	"maps"
	"net/http"
	"strings"
)

// person is a user as v1 writes one.
func (c *call) person(m *member) object {
	zone := m.location.String()
	_, offset := c.now().In(m.location).Zone()
	sign := "+"
	if offset < 0 {
		sign, offset = "-", -offset
	}
	return object{
		"id": m.id, "name": m.Name, "default_currency": "EUR", "locale": "en_US", "lang": 1, "email": m.Email, "phone": nil, "activated": true,
		"last_login": old(m.created), "created": old(m.created), "modified": old(m.created), "has_created_company": m == c.users[0],
		"access": []object{
			{"app": "sales", "admin": m.Admin, "permission_set_id": "62cc4d7f-4038-4352-abf3-a8c1c822b631"},
			{"app": "global", "admin": m.Admin, "permission_set_id": "233b7976-39bd-43a9-b305-ef3a2b0998e5"},
		},
		"active_flag": m.active, "timezone_name": zone, "timezone_offset": sign + clockOf(offset), "role_id": 1, "icon_url": nil,
		"is_you": m == c.who, "is_deleted": !m.active,
	}
}

func clockOf(seconds int) string {
	two := func(n int) string { return string([]byte{'0' + byte(n/10%10), '0' + byte(n%10)}) }
	return two(seconds/3600) + ":" + two(seconds/60%60)
}

// listUsers is GET users: all of the company, those who have left too.
func (c *call) listUsers() *failure {
	var data []object
	for _, m := range c.users {
		data = append(data, c.person(m))
	}
	return c.answer(http.StatusOK, data)
}

// currentUser is GET users/me, with what is known of the company.
func (c *call) currentUser() *failure {
	o, company := c.person(c.who), c.opt.Company
	maps.Copy(o, object{
		"company_id": company.ID, "company_name": company.Name, "company_domain": company.Domain, "company_country": "FI", "company_industry": "Other",
		"language": object{"language_code": "en", "country_code": "US"},
	})
	return c.answer(http.StatusOK, o)
}

func (c *call) getUser() *failure {
	m := c.user(c.id)
	if m == nil {
		return refNoUser.because("User not found or not accessible.")
	}
	return c.answer(http.StatusOK, c.person(m))
}

// findUsers is GET users/find, by name or by address.
func (c *call) findUsers() *failure {
	term := strings.ToLower(c.query.Get("term"))
	if term == "" {
		return refLegacy.because("Please provide a search term.")
	}
	data := []object{}
	for _, m := range c.users {
		in := m.Name
		if c.query.Get("search_by_email") == "1" {
			in = m.Email
		}
		if strings.Contains(strings.ToLower(in), term) {
			data = append(data, c.person(m))
		}
	}
	return c.answer(http.StatusOK, data)
}
