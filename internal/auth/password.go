package auth

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"golang.org/x/crypto/argon2"
	"golang.org/x/text/unicode/norm"
)

// Params are argon2id's costs (RFC 9106 section 3.1).
type Params struct {
	MemoryKiB uint32
	Passes    uint32
	Threads   uint8
}

// DefaultParams are the first of the equally strong choices in OWASP's Password Storage Cheat Sheet: 19 MiB, two passes,
// one thread; about 20 ms.
var DefaultParams = Params{MemoryKiB: 19 * 1024, Passes: 2, Threads: 1}

const (
	saltLength = 16
	hashLength = 32
	// longestWait bounds how long a sign-in queues for its turn.
	longestWait = 10 * time.Second
)

var (
	// ErrBusy means that too many people sign in at once; try again in a moment.
	ErrBusy = errors.New("too many sign-ins at once")
	// ErrHash means that what is stored is no hash that this program would have made.
	ErrHash = errors.New("stored password hash cannot be read")
)

// Hasher hashes and verifies passwords, a bounded number at a time.
type Hasher struct {
	params Params
	turns  chan struct{}
}

// NewHasher makes a hasher that works on at most atOnce passwords at a time; its memory is at most atOnce times
// p.MemoryKiB.
func NewHasher(p Params, atOnce int) *Hasher {
	return &Hasher{params: p, turns: make(chan struct{}, max(atOnce, 1))}
}

// Hash returns a password's hash as a PHC string, costs and salt included. Errors: ErrBusy, the context's.
func (h *Hasher) Hash(ctx context.Context, password string) (string, error) {
	salt := make([]byte, saltLength)
	rand.Read(salt) // never fails (crypto/rand)
	sum, err := h.sum(ctx, password, salt, h.params, hashLength)
	if err != nil {
		return "", err
	}
	return phc{h.params, salt, sum}.String(), nil
}

// Verdict is the answer to a password.
type Verdict struct {
	OK bool
	// Rehash: right, but hashed at other costs than today's; hash it again while it is at hand.
	Rehash bool
}

// Verify compares a password with a stored hash. An empty stored hash (nobody of that name, or no password sign-in) takes as
// long as a real one and is never right, so that the time does not tell who has a login. Errors: ErrBusy, ErrHash, the
// context's.
func (h *Hasher) Verify(ctx context.Context, stored, password string) (Verdict, error) {
	if stored == "" {
		_, err := h.sum(ctx, password, make([]byte, saltLength), h.params, hashLength)
		return Verdict{}, err
	}
	p, err := parsePHC(stored)
	if err != nil {
		return Verdict{}, err
	}
	sum, err := h.sum(ctx, password, p.salt, p.params, uint32(len(p.hash)))
	if err != nil {
		return Verdict{}, err
	}
	ok := subtle.ConstantTimeCompare(sum, p.hash) == 1
	return Verdict{OK: ok, Rehash: ok && (p.params != h.params || len(p.hash) != hashLength)}, nil
}

func (h *Hasher) sum(ctx context.Context, password string, salt []byte, p Params, length uint32) ([]byte, error) {
	wait, cancel := context.WithTimeout(ctx, longestWait)
	defer cancel()
	select {
	case h.turns <- struct{}{}:
		defer func() { <-h.turns }()
	case <-wait.Done():
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		return nil, ErrBusy
	}
	// Two keyboards may write one letter in two ways (ä as one sign or as a and dots); NIST SP 800-63B section 5.1.1.2
	// asks for one form before hashing.
	return argon2.IDKey([]byte(norm.NFKC.String(password)), salt, p.Passes, p.MemoryKiB, p.Threads, length), nil
}

// phc is a hash in the PHC string format: $argon2id$v=19$m=19456,t=2,p=1$salt$hash.
type phc struct {
	params Params
	salt   []byte
	hash   []byte
}

var b64 = base64.RawStdEncoding.Strict()

func (p phc) String() string {
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version,
		p.params.MemoryKiB, p.params.Passes, p.params.Threads, b64.EncodeToString(p.salt), b64.EncodeToString(p.hash))
}

// parsePHC reads one back. Costs are bounded: a hash that was put into a stolen or imported database must not make the
// server work for minutes or take gigabytes.
func parsePHC(s string) (phc, error) {
	parts := strings.Split(s, "$")
	if len(s) > 512 || len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" || parts[2] != "v=19" {
		return phc{}, fmt.Errorf("%w: not argon2id version 19", ErrHash)
	}
	costs := strings.Split(parts[3], ",")
	if len(costs) != 3 {
		return phc{}, fmt.Errorf("%w: costs %q", ErrHash, parts[3])
	}
	var n [3]uint64
	for i, limit := range []struct {
		name      string
		low, high uint64
	}{{"m=", 8, 256 * 1024}, {"t=", 1, 16}, {"p=", 1, 16}} {
		digits, found := strings.CutPrefix(costs[i], limit.name)
		v, err := strconv.ParseUint(digits, 10, 32)
		if !found || err != nil || v < limit.low || v > limit.high || strconv.FormatUint(v, 10) != digits {
			return phc{}, fmt.Errorf("%w: cost %q", ErrHash, costs[i])
		}
		n[i] = v
	}
	salt, saltErr := b64.DecodeString(parts[4])
	hash, hashErr := b64.DecodeString(parts[5])
	if saltErr != nil || hashErr != nil || len(salt) < 8 || len(salt) > 64 || len(hash) < 16 || len(hash) > 64 {
		return phc{}, fmt.Errorf("%w: salt or hash", ErrHash)
	}
	return phc{Params{uint32(n[0]), uint32(n[1]), uint8(n[2])}, salt, hash}, nil
}
