package auth

import (
	"testing"

	"tahti/internal/crm"
)

func TestMay(t *testing.T) {
	regular := &crm.User{Role: crm.Regular, Active: true}
	admin := &crm.User{Role: crm.Administrator, Active: true}
	for _, c := range []struct {
		name string
		u    *crm.User
		p    Permission
		mine bool
		want bool
	}{
		{"a user stops their own sync", regular, HaltConnection, true, true},
		{"a user stops a colleague's sync", regular, HaltConnection, false, false},
		{"an administrator stops a leaver's sync", admin, HaltConnection, false, true},
		{"an administrator changes a colleague's sync settings", admin, ManageConnection, false, false},
		{"an administrator changes their own", admin, ManageConnection, true, true},
		{"a user confirms what is held for them", regular, DecideHold, true, true},
		{"a user stops all of the company's sync", regular, StopAll, false, false},
		{"an administrator does", admin, StopAll, false, true},
		{"a user makes users", regular, ManageUsers, true, false},
		{"somebody who left", &crm.User{Role: crm.Administrator}, StopAll, false, false},
		{"nobody", nil, EditActivity, true, false},
		{"an unknown role", &crm.User{Role: "owner", Active: true}, EditActivity, true, false},
		{"an unknown permission", admin, "fly", true, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := May(c.u, c.p, c.mine); got != c.want {
				t.Errorf("%v", got)
			}
		})
	}
}

// TestRolesOnlyGrow holds that owning a thing, or a higher role, never takes anything away.
func TestRolesOnlyGrow(t *testing.T) {
	regular := &crm.User{Role: crm.Regular, Active: true}
	admin := &crm.User{Role: crm.Administrator, Active: true}
	for p := range table {
		for _, mine := range []bool{false, true} {
			if May(regular, p, mine) && !May(admin, p, mine) {
				t.Errorf("%s: an administrator may less", p)
			}
		}
		if May(admin, p, false) && !May(admin, p, true) {
			t.Errorf("%s: owning takes away", p)
		}
	}
}
