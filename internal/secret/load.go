package secret

import (
	"errors"
	"fmt"
	"io/fs"
)

// The errors of [Load] beside those of [Open] and [Create]; each is wrapped in a sentence that names the file.
var (
	// ErrNoKeyFile: no file was named, and none may be made (PostgreSQL).
	ErrNoKeyFile = errors.New("no secret key file is given")
	// ErrKeyMissing: the named file is not there, and may not be made.
	ErrKeyMissing = errors.New("secret key file is missing")
	// ErrKeyLost: secrets are stored, and the file with their key is not there. A new key would not open them.
	ErrKeyLost = errors.New("the key of the stored secrets is missing")
	// ErrWrongKey: the file is a good one, but of another installation.
	ErrWrongKey = errors.New("the key does not open the stored secrets")
)

// Options say what a server knows before it has its key.
type Options struct {
	// Path is TAHTI_SECRET_KEY_FILE or, with SQLite, its place beside the data.
	Path string
	// MayCreate: SQLite, one node. With PostgreSQL each node would make a key of its own.
	MayCreate bool
	// HaveSecrets: something sealed is stored.
	HaveSecrets bool
	// Sample is one stored secret, if the caller has it at hand: a key of another installation is then found at the
	// start and not at the first sync.
	Sample *Sealed
}

// Sealed is a stored secret with the row that it was sealed for.
type Sealed struct{ Text, Row []byte }

// Load opens the key file or, where that is safe, makes it. Every error means that the server must not start: it would
// either be unable to read its secrets, or seal new ones under a key that the other nodes do not have.
func Load(o Options) (*Box, error) {
	if o.Path == "" {
		return nil, fmt.Errorf("load secret key: %w: set TAHTI_SECRET_KEY_FILE", ErrNoKeyFile)
	}
	b, err := Open(o.Path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return create(o)
	case err != nil:
		return nil, err
	case o.Sample != nil:
		if _, err := b.Unseal(o.Sample.Text, o.Sample.Row); err != nil {
			return nil, fmt.Errorf("load secret key: %w: %s is another installation's; put back the right file, "+
				"or set TAHTI_SECRET_KEY_FILE to it", ErrWrongKey, o.Path)
		}
	}
	return b, nil
}

func create(o Options) (*Box, error) {
	switch {
	case o.HaveSecrets:
		return nil, fmt.Errorf("load secret key: %w: %s does not exist; put it back from where it is kept, "+
			"or set TAHTI_SECRET_KEY_FILE to it", ErrKeyLost, o.Path)
	case !o.MayCreate:
		return nil, fmt.Errorf("load secret key: %w: %s does not exist; with PostgreSQL it must be given, "+
			"the same for every node", ErrKeyMissing, o.Path)
	}
	b, err := Create(o.Path)
	if errors.Is(err, fs.ErrExist) {
		// Another process came first; its key is as good.
		return Open(o.Path)
	}
	return b, err
}
