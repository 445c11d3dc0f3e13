package secret

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	"github.com/tink-crypto/tink-go/v2/keyset"
)

// Rotate adds a new key that seals from now on and keeps the older ones for opening, then answers the new box. Running
// servers go on with the keys that they have read; with several nodes, give all of them the new file and restart them
// before anything is sealed again, or a node meets a text whose key it does not have.
func Rotate(path string) (*Box, error) {
	// Two rotations at once would each write a keyset without the other's key; what was sealed under the lost one would
	// be lost. The file for the new text is therefore also the lock.
	next := path + ".new"
	f, err := os.OpenFile(next, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		if errors.Is(err, fs.ErrExist) {
			return nil, fmt.Errorf("rotate secret key: another rotation is under way, or was cut off: look at %s and remove it: %w", next, err)
		}
		return nil, fmt.Errorf("rotate secret key: %w", err)
	}
	b, err := rotateInto(f, path)
	if err == nil {
		err = os.Rename(next, path)
	}
	if err != nil {
		return nil, fmt.Errorf("rotate secret key: %w", errors.Join(err, os.Remove(next)))
	}
	return b, syncDir(filepath.Dir(path))
}

func rotateInto(f *os.File, path string) (*Box, error) {
	defer f.Close()
	old, err := Open(path)
	if err != nil {
		return nil, err
	}
	manager := keyset.NewManagerFromHandle(old.handle)
	id, err := manager.Add(aead.XChaCha20Poly1305KeyTemplate())
	if err != nil {
		return nil, err
	}
	if err := manager.SetPrimary(id); err != nil {
		return nil, err
	}
	handle, err := manager.Handle()
	if err != nil {
		return nil, err
	}
	if err := writeTo(f, handle); err != nil {
		return nil, err
	}
	return newBox(handle, false)
}

// writeNew puts a keyset at path only if nothing is there. The text is complete on disk before it gets the name, so
// nobody ever reads half a key file.
func writeNew(path string, handle *keyset.Handle) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".key-*") // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	defer f.Close()
	if err := writeTo(f, handle); err != nil {
		return err
	}
	// A link, unlike a rename, fails when the name is taken.
	if err := os.Link(f.Name(), path); err != nil {
		return err
	}
	return syncDir(filepath.Dir(path))
}

func writeTo(f *os.File, handle *keyset.Handle) error {
	var text bytes.Buffer
	if err := insecurecleartextkeyset.Write(handle, keyset.NewJSONWriter(&text)); err != nil {
		return err
	}
	text.WriteByte('\n')
	if _, err := f.Write(text.Bytes()); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	return f.Close()
}

// syncDir makes a new name last over a loss of power.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}
