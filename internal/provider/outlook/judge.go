package outlook

import (
	"errors"

	"tahti/internal/provider"
)

// opPut is the operation that errors about writes name.
const opPut = "put"

// What a read just before or behind a write says of it. The adapters ask, and these tell.

// Still is nil if an item of which nothing has to be written is at the versions that it was planned on.
func Still(now *provider.Item, versions provider.Versions) error {
	switch {
	case now.State == provider.StateGone:
		return &provider.Error{Op: opPut, Class: provider.Gone}
	case now.State != provider.StateLive || !now.Versions.Equal(versions):
		return readBefore()
	}
	return nil
}

// Unchanged is nil if an item says what a write was planned on that knew no version of it.
func Unchanged(now, base *provider.Item) error {
	switch {
	case now.State == provider.StateGone:
		return &provider.Error{Op: opPut, Class: provider.Gone}
	case now.State != provider.StateLive || !SameEvent(&now.Event, &base.Event):
		return readBefore()
	}
	return nil
}

func readBefore() error {
	return &provider.Error{Op: opPut, Class: provider.Conflict, Status: "read before writing"}
}

// ReadBack is nil if what was written is there behind the write.
func ReadBack(now *provider.Item) error {
	if now.State == provider.StateLive {
		return nil
	}
	return &provider.Error{Op: opPut, Class: provider.Unknown, Status: "read back as " + now.State.String()}
}

// Partial is an error behind a write that was done: the whole may have happened or not, whatever the error itself says. Where a guard
// did not hold then, the half that was written must not be read as somebody's edit either.
func Partial(err error) error {
	e, ok := errors.AsType[*provider.Error](err)
	if !ok || e.Class == provider.Gone || e.Class == provider.Rejected || e.Class == provider.SignIn {
		return err
	}
	u := *e
	u.Class = provider.Unknown
	return &u
}

// Missed is a conflict where an occurrence of what was just there is not found: somebody has changed it, or it is not to be seen yet.
func Missed(err error) error {
	e, ok := errors.AsType[*provider.Error](err)
	if !ok || e.Class != provider.Gone {
		return err
	}
	return &provider.Error{Op: opPut, Class: provider.Conflict, Status: "an occurrence was not found", Err: err}
}
