package secret

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"os"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/tink"
)

// maxKeyFile bounds what is read as a key file; a keyset of a thousand keys is smaller.
const maxKeyFile = 1 << 20

// ErrUnsealed is the error for a text that does not open: sealed under other keys, for another row, or altered.
var ErrUnsealed = errors.New("secret does not open: other key, other row or altered text")

// Box seals and unseals. It does not change once opened and may be used by many goroutines.
type Box struct {
	handle  *keyset.Handle
	cipher  tink.AEAD
	primary uint32
	exposed bool
}

// Create makes a new key file, readable by its owner alone, and opens it. It never replaces a file: the error is then
// [os.ErrExist], and of two that create at once one wins whole.
func Create(path string) (*Box, error) {
	handle, err := keyset.NewHandle(aead.XChaCha20Poly1305KeyTemplate())
	if err != nil {
		return nil, fmt.Errorf("create secret key: %w", err)
	}
	b, err := newBox(handle, false)
	if err != nil {
		return nil, err
	}
	if err := writeNew(path, handle); err != nil {
		return nil, fmt.Errorf("create secret key file: %w", err)
	}
	return b, nil
}

// Open reads a key file. A file that others may write is refused: they could have put their own key there.
func Open(path string) (*Box, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("open secret key file: %w", err)
	}
	switch {
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("open secret key file: %s is not a file", path)
	case info.Size() > maxKeyFile:
		return nil, fmt.Errorf("open secret key file: %s is too large (%d bytes) to be one", path, info.Size())
	case info.Mode().Perm()&0o022 != 0:
		return nil, fmt.Errorf("open secret key file: %s may be written by others (mode %04o); set it to 0600", path, info.Mode().Perm())
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("open secret key file: %w", err)
	}
	handle, err := insecurecleartextkeyset.Read(keyset.NewJSONReader(bytes.NewReader(text)))
	if err != nil {
		return nil, fmt.Errorf("open secret key file: %s is damaged or not a key file: %w", path, err)
	}
	return newBox(handle, info.Mode().Perm()&0o044 != 0)
}

func newBox(handle *keyset.Handle, exposed bool) (*Box, error) {
	cipher, err := aead.New(handle)
	if err != nil {
		return nil, fmt.Errorf("use secret key: %w", err)
	}
	primary, err := handle.Primary()
	if err != nil {
		return nil, fmt.Errorf("use secret key: %w", err)
	}
	return &Box{handle: handle, cipher: cipher, primary: primary.KeyID(), exposed: exposed}, nil
}

// Exposed reports that other users of the machine may read the key file. It is no error, as container platforms hand
// secrets over like that, but worth a line in the log.
func (b *Box) Exposed() bool { return b.exposed }

// Seal encrypts plain for the row that row names ("account/7/12/secret"). Sealing the same twice gives different texts.
func (b *Box) Seal(plain, row []byte) ([]byte, error) {
	if len(row) == 0 {
		return nil, errors.New("seal secret: no row is named, so the text could be moved to any")
	}
	sealed, err := b.cipher.Encrypt(plain, row)
	if err != nil {
		return nil, fmt.Errorf("seal secret: %w", err)
	}
	return sealed, nil
}

// Unseal gives back what was sealed for the row. Its only error is [ErrUnsealed].
func (b *Box) Unseal(sealed, row []byte) ([]byte, error) {
	plain, err := b.cipher.Decrypt(sealed, row)
	if err != nil || len(row) == 0 {
		return nil, ErrUnsealed
	}
	return plain, nil
}

// Stale reports whether a text was sealed under another key than the one that seals now: seal it again after a
// rotation. A tink ciphertext starts with 0x01 and the id of its key, four bytes, big-endian.
func (b *Box) Stale(sealed []byte) bool {
	return len(sealed) < 5 || sealed[0] != 1 || binary.BigEndian.Uint32(sealed[1:5]) != b.primary
}
