package ews

// mime is the event as an iCalendar object, in base64.
func (c *call) mime(x view) node {
	return tx("t:MimeContent", "").with("CharacterSet", "UTF-8")
}
