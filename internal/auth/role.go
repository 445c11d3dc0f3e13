package auth

import "tahti/internal/crm"

// Permission is something that a role may or may not do. What somebody sees of an activity is not a permission: the
// hub shows each viewer a projection.
type Permission string

// The permissions. Some are about a thing that has an owner; reach says whether others' things count.
const (
	EditActivity     Permission = "edit_activity" // as far as it is shown to them; the private ones of others never
	DeleteActivity   Permission = "delete_activity"
	SeeConnection    Permission = "see_connection"    // state and health, never titles
	ManageConnection Permission = "manage_connection" // settings, calendar, runs, sign-in
	HaltConnection   Permission = "halt_connection"   // pause, stop: an administrator does it for leavers
	DecideHold       Permission = "decide_hold"       // confirm or reject what a brake holds
	ManageToken      Permission = "manage_token"      // API tokens: make one's own, revoke
	ManageTypes      Permission = "manage_types"      // activity types
	ManageUsers      Permission = "manage_users"
	ManageCompany    Permission = "manage_company"  // name, defaults and limits of sync settings
	StopAll          Permission = "stop_all"        // the company-wide stop and its end
	ConfirmRestore   Permission = "confirm_restore" // let sync write again after a restore
	SeeAudit         Permission = "see_audit"
	SeeInstallation  Permission = "see_installation" // versions, database, queue lengths
)

type reach uint8

const (
	nobody reach = iota
	own
	all
)

// table is the whole rule.
var table = map[Permission]struct{ regular, admin reach }{
	EditActivity:     {all, all},
	DeleteActivity:   {own, all},
	SeeConnection:    {own, all},
	ManageConnection: {own, own}, // its settings decide what becomes visible: nobody else's business
	HaltConnection:   {own, all},
	DecideHold:       {own, all},
	ManageToken:      {own, all},
	ManageTypes:      {nobody, all},
	ManageUsers:      {nobody, all},
	ManageCompany:    {nobody, all},
	StopAll:          {nobody, all},
	ConfirmRestore:   {nobody, all},
	SeeAudit:         {nobody, all},
	SeeInstallation:  {nobody, all},
}

// May reports whether a user may do it; mine says that the thing in question is the user's own (false where nobody owns it).
// Somebody who was deactivated may do nothing.
func May(u *crm.User, p Permission, mine bool) bool {
	if u == nil || !u.Active {
		return false
	}
	row := table[p]
	r := nobody
	switch u.Role {
	case crm.Administrator:
		r = row.admin
	case crm.Regular:
		r = row.regular
	}
	return r == all || r == own && mine
}
