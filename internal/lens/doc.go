// Package lens says how an activity shows as an event under a connection's settings, how an event's change lands in an
// activity, and whether either takes part at all, with the reason. It is pure: values in, values out; "now" and "today" are
// inputs. The same functions decide for sync, for previews and for explanations, so that none of them can disagree.
//
// What is compared and merged is the bare event: the subject without the template's frame, the public description without
// the context block. [Bare] gives it for an activity and [Land] for a remote event; [Dress] puts frame and block back
// before something is written.
package lens
