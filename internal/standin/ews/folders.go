package ews

import (
	"strconv"
	"strings"
)

// id is the FolderId of a folder, under a name of an element.
func (f *folder) id(name string) node {
	id := itemID{kind: idFolder, birth: f.box.birth, box: f.box.number, serial: f.serial, original: whole}
	return el(name).with("Id", id.String(), "ChangeKey", changeKey(idFolder, f.serial, f.seq))
}

// findRef finds the folder that a FolderId or DistinguishedFolderId names; missing is the refusal where there is none.
func (c *call) findRef(e *element, missing Refusal) (*folder, *failure) {
	if e.Name.Local == "DistinguishedFolderId" {
		if box := t(e, "Mailbox"); box != nil {
			address := textOf(t(box, "EmailAddress"))
			switch b := c.findBox(address); {
			case b == nil:
				return nil, refMailbox.because("The SMTP address has no mailbox associated with it.")
			case b != c.box:
				return nil, refOtherMailbox.because("Access is denied. Check credentials and try again.")
			}
		}
		if f := c.box.named(e.Attr("Id")); f != nil {
			return f, nil
		}
		return nil, missing.because("The specified folder could not be found in the store.")
	}
	id := e.Attr("Id")
	if id == "" {
		return nil, refIDEmpty.because("Id must be non-empty.")
	}
	p, ok := parseID(id)
	switch {
	case !ok:
		return nil, refIDMalformed.because("Id is malformed.")
	case p.kind != idFolder:
		return nil, refItemForFolder.because("Cannot use an item id where a folder id is expected.")
	case p.birth != c.box.birth || p.box != c.box.number:
		return nil, missing.because("The specified folder could not be found in the store.")
	}
	for _, f := range c.box.folders {
		if f.serial == p.serial && !f.gone {
			return f, nil
		}
	}
	return nil, missing.because("The specified folder could not be found in the store.")
}

// findBox finds a mailbox by the address of its user.
func (s *Server) findBox(address string) *mailbox {
	for _, b := range s.boxes {
		if strings.EqualFold(b.Name, address) {
			return b
		}
	}
	return nil
}

// element is what a folder of its class is called.
func (f *folder) element() string {
	switch {
	case f.calendar():
		return "t:CalendarFolder"
	case strings.HasPrefix(f.class, "IPF.Contact"):
		return "t:ContactsFolder"
	case strings.HasPrefix(f.class, "IPF.Task"):
		return "t:TasksFolder"
	}
	return "t:Folder"
}

// show writes a folder in a shape.
func (f *folder) show(sh *element) node {
	n := el(f.element(), f.id("t:FolderId"))
	base := textOf(t(sh, "BaseShape"))
	wants := func(name string, from shape) bool {
		if base == "AllProperties" || base == "Default" && from == byDefault {
			return true
		}
		for _, p := range children(t(sh, "AdditionalProperties")) {
			if strings.EqualFold(p.Attr("FieldURI"), "folder:"+name) {
				return true
			}
		}
		return false
	}
	add := func(name string, from shape, k node) {
		if wants(name, from) {
			n.kids = append(n.kids, k)
		}
	}
	if f.parent != nil && wants("ParentFolderId", inAll) {
		n.kids = append(n.kids, f.parent.id("t:ParentFolderId"))
	}
	if f.class != "" {
		add("FolderClass", inAll, tx("t:FolderClass", f.class))
	}
	add("DisplayName", byDefault, tx("t:DisplayName", f.name))
	if !f.calendar() || base != "Default" {
		add("TotalCount", byDefault, tx("t:TotalCount", strconv.Itoa(len(f.items()))))
	}
	add("ChildFolderCount", byDefault, tx("t:ChildFolderCount", strconv.Itoa(len(f.under(false)))))
	for _, p := range children(t(sh, "AdditionalProperties")) {
		n.kids = append(n.kids, f.showExtended(p)...)
	}
	add("EffectiveRights", inAll, rights())
	if f.distinguished != "" {
		add("DistinguishedFolderId", inAll, tx("t:DistinguishedFolderId", f.distinguished))
	}
	if !f.calendar() && !strings.HasPrefix(f.class, "IPF.Contact") {
		add("UnreadCount", byDefault, tx("t:UnreadCount", "0"))
	}
	return n
}

// showExtended are the extended properties that every folder has: its class, whether it has folders in it, and when an item in it was
// last changed or deleted ([MS-OXCFOLD] PidTagLocalCommitTimeMax), by which DavMail tells that something was.
func (f *folder) showExtended(p *element) []node {
	if p.Name.Local != "ExtendedFieldURI" {
		return nil
	}
	key, fail := extendedKey(p)
	if fail != nil {
		return nil
	}
	text := ""
	switch key {
	case "tag/3613/String":
		text = f.class
	case "tag/360a/Boolean":
		text = truth(len(f.under(false)) > 0)
	case "tag/670a/SystemTime":
		if !f.changed.IsZero() {
			text = stamp(f.changed)
		}
	}
	if text == "" {
		return nil
	}
	return []node{el("t:ExtendedProperty", el("t:ExtendedFieldURI").with(uriAttrs(p)...), tx("t:Value", text))}
}

func children(e *element) []*element {
	if e == nil {
		return nil
	}
	return e.Children
}

func (c *call) getFolder(e *element) ([]message, *failure) {
	return c.batch(m(e, "FolderIds").Children, func(ref *element) message {
		f, fail := c.findRef(ref, refFolderNotFound)
		if fail != nil {
			return failed(fail)
		}
		return listed("m:Folders", f.show(m(e, "FolderShape")))
	})
}

func (c *call) findFolder(e *element) ([]message, *failure) {
	return c.batch(m(e, "ParentFolderIds").Children, func(ref *element) message {
		f, fail := c.findRef(ref, refFolderNotFound)
		if fail != nil {
			return failed(fail)
		}
		folders := f.under(e.Attr("Traversal") == "Deep")
		if folders, fail = c.fitFolders(folders, m(e, "Restriction")); fail != nil {
			return failed(fail)
		}
		pg, fail := page(m(e, "IndexedPageFolderView"), len(folders))
		if fail != nil {
			return failed(fail)
		}
		n := el("t:Folders")
		for _, x := range folders[pg.from:pg.to] {
			n.kids = append(n.kids, x.show(m(e, "FolderShape")))
		}
		return done(el("m:RootFolder", n).with(pg.attrs()...))
	})
}

func (c *call) createFolder(e *element) ([]message, *failure) {
	parent, fail := c.findRef(m(e, "ParentFolderId").Children[0], refParentFolder)
	return c.batch(m(e, "Folders").Children, func(x *element) message {
		if fail != nil {
			return failed(fail)
		}
		name, class := textOf(t(x, "DisplayName")), textOf(t(x, "FolderClass"))
		if class == "" {
			class = map[string]string{"CalendarFolder": "IPF.Appointment", "ContactsFolder": "IPF.Contact", "TasksFolder": "IPF.Task"}[x.Name.Local]
		}
		if name == "" {
			return failed(refValue.because("The folder needs a DisplayName."))
		}
		for _, f := range parent.under(false) {
			if strings.EqualFold(f.name, name) {
				return failed(refFolderExists.because("A folder with the specified name already exists."))
			}
		}
		if class == "" {
			class = "IPF.Note"
		}
		f := c.box.folder(parent, name, class, "")
		return listed("m:Folders", el(f.element(), f.id("t:FolderId")))
	})
}

func (c *call) deleteFolder(e *element) ([]message, *failure) {
	return c.batch(m(e, "FolderIds").Children, func(ref *element) message {
		f, fail := c.findRef(ref, refFolderNotFound)
		switch {
		case fail != nil:
			return failed(fail)
		case f.distinguished != "":
			return failed(refDistinguished.because("Distinguished folders cannot be deleted."))
		}
		for _, x := range append(f.under(true), f) {
			for _, it := range x.items() {
				c.remove(it)
			}
			x.gone = true
		}
		return done()
	})
}
