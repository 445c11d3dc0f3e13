package ews

import (
	"context"
	"errors"
	"strings"

	"tahti/internal/provider"
)

// Account is one mailbox.
type Account struct{ client *client }

var (
	_ provider.Lister = (*Account)(nil)
	_ provider.Maker  = (*Account)(nil)
)

// OpenAccount prepares an account; it sends nothing.
func OpenAccount(c Config) (*Account, error) {
	cl, err := newClient(c)
	if err != nil {
		return nil, err
	}
	return &Account{client: cl}, nil
}

const (
	opCalendars = "list calendars"
	opMake      = "make a calendar"
	// folderPage is how many folders one answer has, and maxFolders how many are listed.
	folderPage = 200
	maxFolders = 2000
	// calendarClass is the class of people's own calendars. Those that Outlook fills by itself, as that of birthdays, have more
	// behind it [M], and are left out.
	calendarClass = "IPF.Appointment"
)

// folder is a folder of a mailbox.
type folder struct {
	ID     itemID `xml:"FolderId"`
	Parent itemID `xml:"ParentFolderId"`
	Class  string `xml:"FolderClass"`
	Name   string `xml:"DisplayName"`
	Rights *struct {
		Create bool `xml:"CreateContents"`
		Modify bool `xml:"Modify"`
		Delete bool `xml:"Delete"`
	} `xml:"EffectiveRights"`
}

// readOnly reports whether the folder says that nothing may be written.
func (f *folder) readOnly() bool { return f.Rights != nil && !(f.Rights.Create && f.Rights.Modify) }

// folders are those of an answer, by the elements that folders of this or that kind have.
type folders struct {
	Calendars []folder `xml:"CalendarFolder"`
	Folders   []folder `xml:"Folder"`
}

func (l *folders) all() []folder { return append(l.Calendars, l.Folders...) }

type folderMessage struct {
	message
	Folders folders `xml:"Folders"`
}

func (m *folderMessage) all() []folder { return m.Folders.all() }

type findFolderMessage struct {
	message
	Root struct {
		Last    bool    `xml:"IncludesLastItemInRange,attr"`
		Folders folders `xml:"Folders"`
	} `xml:"RootFolder"`
}

func folderShape() element {
	return el("m:FolderShape", word("t:BaseShape", "IdOnly"), el("t:AdditionalProperties",
		field("folder:DisplayName"), field("folder:FolderClass"), field("folder:ParentFolderId"), field("folder:EffectiveRights")))
}

func folderRef(id string) element { return el("t:FolderId").with("Id", id) }

func distinguished(name string) element { return el("t:DistinguishedFolderId").with("Id", name) }

// Calendars lists the calendars of the mailbox. Of those of other people that were opened in Outlook, Exchange tells nothing. What lies
// among the deleted items is no calendar any more.
func (a *Account) Calendars(ctx context.Context) ([]provider.Calendar, error) {
	q := call{op: opCalendars, name: "GetFolder", body: el("m:GetFolder", folderShape(), el("m:FolderIds", distinguished("calendar"), distinguished("deleteditems")))}
	list, ans, err := do[folderMessage](ctx, a.client, q)
	if err != nil {
		return nil, err
	}
	if e := a.client.refusal(q, ans, list[0].head()); e != nil {
		return nil, e
	}
	own := list[0].all()
	if len(own) != 1 || own[0].ID.ID == "" {
		return nil, broken(q, ans, errors.New("no calendar in the answer"))
	}
	gone := map[string]bool{}
	if len(list) > 1 {
		for _, f := range list[1].all() {
			gone[f.ID.ID] = true
		}
	}
	others, err := a.find(ctx)
	if err != nil {
		return nil, err
	}
	out := []provider.Calendar{own[0].calendar(true)}
	for again := true; again; { // calendars may lie in calendars
		again = false
		for _, f := range others {
			if gone[f.Parent.ID] && !gone[f.ID.ID] {
				gone[f.ID.ID], again = true, true
			}
		}
	}
	for i := range others {
		if f := &others[i]; f.ID.ID != own[0].ID.ID && !gone[f.ID.ID] {
			out = append(out, f.calendar(false))
		}
	}
	return out, nil
}

// find lists the folders that hold calendars.
func (a *Account) find(ctx context.Context) (out []folder, err error) {
	for offset := 0; offset < maxFolders; offset += folderPage {
		q := call{op: opCalendars, name: "FindFolder", body: el("m:FindFolder", folderShape(),
			el("m:IndexedPageFolderView").with("MaxEntriesReturned", itoa(folderPage), "Offset", itoa(offset), "BasePoint", "Beginning"),
			el("m:Restriction", el("t:IsEqualTo", field("folder:FolderClass"), el("t:FieldURIOrConstant", el("t:Constant").with("Value", calendarClass)))),
			el("m:ParentFolderIds", distinguished("msgfolderroot"))).with("Traversal", "Deep")}
		list, ans, err := do[findFolderMessage](ctx, a.client, q)
		if err != nil {
			return nil, err
		}
		if e := a.client.refusal(q, ans, list[0].head()); e != nil {
			return nil, e
		}
		found := list[0].Root.Folders.all()
		out = append(out, found...)
		if list[0].Root.Last || len(found) == 0 {
			return out, nil
		}
	}
	return out, nil
}

func (f *folder) calendar(primary bool) provider.Calendar {
	return provider.Calendar{ID: f.ID.ID, Name: f.Name, Writable: !f.readOnly(), Primary: primary}
}

// MakeCalendar makes a calendar beside those that Outlook makes. Exchange keeps no time zone with one. A name that is taken is Rejected.
func (a *Account) MakeCalendar(ctx context.Context, name, _ string) (provider.Calendar, error) {
	if strings.TrimSpace(name) == "" {
		return provider.Calendar{}, rejected(opMake, "", errors.New("a calendar without a name"))
	}
	q := call{op: opMake, name: "CreateFolder", write: true, creates: true, body: el("m:CreateFolder",
		el("m:ParentFolderId", distinguished("calendar")), el("m:Folders", el("t:CalendarFolder", word("t:DisplayName", name))))}
	list, ans, err := do[folderMessage](ctx, a.client, q)
	if err != nil {
		return provider.Calendar{}, err
	}
	if e := a.client.refusal(q, ans, list[0].head()); e != nil {
		return provider.Calendar{}, e
	}
	made := list[0].all()
	if len(made) != 1 || made[0].ID.ID == "" {
		return provider.Calendar{}, broken(q, ans, errors.New("no folder in the answer"))
	}
	return provider.Calendar{ID: made[0].ID.ID, Name: name, Writable: true}, nil
}
