package ews

// getUserConfiguration is GetUserConfiguration, of what Outlook on the web remembers of its user: their zone. Who has never
// used it has none, as is a mailbox of a server without a zone of its own.
func (c *call) getUserConfiguration(e *element) ([]message, *failure) {
	name := m(e, "UserConfigurationName")
	if _, f := c.findRef(name.Children[0], refFolderNotFound); f != nil {
		return []message{failed(f)}, nil
	}
	if name.Attr("Name") != "OWA.UserOptions" || c.opt.Zone == "" {
		return []message{failed(refItemNotFound.because("The specified object was not found in the store."))}, nil
	}
	z, _ := ianaZone(c.opt.Zone) // UTC if it is not known, as for the page
	entry := el("t:DictionaryEntry", el("t:DictionaryKey", tx("t:Type", "String"), tx("t:Value", "timezone")),
		el("t:DictionaryValue", tx("t:Type", "String"), tx("t:Value", z.id)))
	ref := name.Children[0]
	return []message{done(el("m:UserConfiguration",
		el("t:UserConfigurationName", pathNode(ref)).with("Name", "OWA.UserOptions"), el("t:Dictionary", entry)))}, nil
}
