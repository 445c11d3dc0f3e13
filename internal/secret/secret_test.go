package secret

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"
)

var row = []byte("account/7/12/secret")

func create1(t *testing.T) (*Box, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "secret.key")
	b, err := Create(path)
	if err != nil {
		t.Fatal(err)
	}
	return b, path
}

func seal(t *testing.T, b *Box, plain string) []byte {
	t.Helper()
	sealed, err := b.Seal([]byte(plain), row)
	if err != nil {
		t.Fatal(err)
	}
	return sealed
}

func TestWhatIsSealedOpensForItsRowOnly(t *testing.T) {
	b, path := create1(t)
	again, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	other, _ := create1(t)
	rapid.Check(t, func(t *rapid.T) {
		plain := rapid.SliceOf(rapid.Byte()).Draw(t, "plain")
		name := rapid.SliceOfN(rapid.Byte(), 1, 40).Draw(t, "row")
		sealed, err := b.Seal(plain, name)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := again.Unseal(sealed, name); err != nil || !bytes.Equal(got, plain) {
			t.Fatalf("unsealed %x, %v", got, err)
		}
		if len(plain) > 8 && bytes.Contains(sealed, plain) {
			t.Fatal("the sealed text shows the secret")
		}
		if _, err := again.Unseal(sealed, append(name, 'x')); !errors.Is(err, ErrUnsealed) {
			t.Fatalf("opened for another row: %v", err)
		}
		if _, err := other.Unseal(sealed, name); !errors.Is(err, ErrUnsealed) {
			t.Fatalf("opened with another key: %v", err)
		}
		i := rapid.IntRange(0, len(sealed)-1).Draw(t, "byte")
		sealed[i] ^= 1 << rapid.IntRange(0, 7).Draw(t, "bit")
		if _, err := again.Unseal(sealed, name); !errors.Is(err, ErrUnsealed) {
			t.Fatalf("an altered text opened: %v", err)
		}
	})
}

func TestSealingNeedsARow(t *testing.T) {
	b, _ := create1(t)
	if _, err := b.Seal([]byte("x"), nil); err == nil {
		t.Error("sealed for no row")
	}
	if _, err := b.Unseal([]byte("short"), row); !errors.Is(err, ErrUnsealed) {
		t.Errorf("garbage: %v", err)
	}
}

func TestTheKeyFileIsTheOwnersAlone(t *testing.T) {
	b, path := create1(t)
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("mode %v, %v", info.Mode(), err)
	}
	if b.Exposed() {
		t.Error("a new file counts as exposed")
	}
	names, _ := filepath.Glob(filepath.Join(filepath.Dir(path), "*"))
	hidden, _ := filepath.Glob(filepath.Join(filepath.Dir(path), ".key-*"))
	if len(names)+len(hidden) != 1 {
		t.Errorf("left behind: %v %v", names, hidden)
	}
	chmod(t, path, 0o444)
	if b, err := Open(path); err != nil || !b.Exposed() {
		t.Errorf("a file as container platforms mount it: %v", err)
	}
	chmod(t, path, 0o620)
	if _, err := Open(path); err == nil || !strings.Contains(err.Error(), "0600") {
		t.Errorf("a file that others may write: %v", err)
	}
}

func chmod(t *testing.T, path string, mode os.FileMode) {
	t.Helper()
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
}

func TestCreateNeverReplacesAKey(t *testing.T) {
	_, path := create1(t)
	before, _ := os.ReadFile(path)
	if _, err := Create(path); !errors.Is(err, fs.ErrExist) {
		t.Errorf("second creation: %v", err)
	}
	if after, _ := os.ReadFile(path); !bytes.Equal(before, after) {
		t.Error("the key was replaced")
	}
}

func TestOfManyThatStartAtOnceAllGetOneKey(t *testing.T) {
	path := filepath.Join(t.TempDir(), "secret.key")
	var wg sync.WaitGroup
	boxes := make([]*Box, 8)
	for i := range boxes {
		wg.Go(func() {
			b, err := Load(Options{Path: path, MayCreate: true})
			if err != nil {
				t.Error(err)
				return
			}
			boxes[i] = b
		})
	}
	wg.Wait()
	if t.Failed() {
		return
	}
	sealed := seal(t, boxes[0], "password")
	for _, b := range boxes {
		if _, err := b.Unseal(sealed, row); err != nil {
			t.Fatal("two of them have different keys")
		}
	}
}

func TestRotationSealsAnewAndStillOpensTheOld(t *testing.T) {
	first, path := create1(t)
	old := seal(t, first, "password")
	if first.Stale(old) {
		t.Error("stale before any rotation")
	}
	second, err := Rotate(path)
	if err != nil {
		t.Fatal(err)
	}
	reopened, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range []*Box{second, reopened} {
		if got, err := b.Unseal(old, row); err != nil || string(got) != "password" {
			t.Errorf("old secret: %q, %v", got, err)
		}
		fresh := seal(t, b, "password")
		if !b.Stale(old) || b.Stale(fresh) || !b.Stale(nil) {
			t.Error("stale texts are not told from fresh ones")
		}
		if _, err := first.Unseal(fresh, row); !errors.Is(err, ErrUnsealed) {
			t.Errorf("a fresh secret opens with the old key: %v", err)
		}
	}
	if info, _ := os.Stat(path); info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v after rotation", info.Mode())
	}
	if _, err := os.Stat(path + ".new"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("left behind: %v", err)
	}
}

func TestRotationStopsWhereAnotherIsUnderWay(t *testing.T) {
	_, path := create1(t)
	if err := os.WriteFile(path+".new", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Rotate(path); err == nil || !strings.Contains(err.Error(), path+".new") {
		t.Errorf("rotation: %v", err)
	}
	if _, err := Rotate(path + ".missing"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("rotation of nothing: %v", err)
	}
	if _, err := os.Stat(path + ".missing.new"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a failed rotation leaves its lock: %v", err)
	}
}

func TestLoad(t *testing.T) {
	sealer, good := create1(t)
	_, foreign := create1(t)
	sample := &Sealed{Text: seal(t, sealer, "x"), Row: row}
	dir := t.TempDir()
	damaged := filepath.Join(dir, "damaged.key")
	if err := os.WriteFile(damaged, []byte(`{"primaryKeyId":`), 0o600); err != nil {
		t.Fatal(err)
	}
	absent := filepath.Join(dir, "absent.key")
	for _, c := range []struct {
		name string
		o    Options
		want error  // nil: it loads, unless any
		any  bool   // an error without a name
		says string // part of the message
	}{
		{"the key is there", Options{Path: good}, nil, false, ""},
		{"the key is there and opens a stored secret", Options{Path: good, HaveSecrets: true, Sample: sample}, nil, false, ""},
		{"PostgreSQL without a file named", Options{}, ErrNoKeyFile, false, "TAHTI_SECRET_KEY_FILE"},
		{"PostgreSQL with a file that is not there", Options{Path: absent}, ErrKeyMissing, false, absent},
		{"secrets without their key", Options{Path: absent, MayCreate: true, HaveSecrets: true}, ErrKeyLost, false, absent},
		{"secrets without their key, PostgreSQL", Options{Path: absent, HaveSecrets: true}, ErrKeyLost, false, absent},
		{"another installation's key", Options{Path: foreign, MayCreate: true, HaveSecrets: true, Sample: sample}, ErrWrongKey, false, foreign},
		{"half a key file", Options{Path: damaged, MayCreate: true}, nil, true, "damaged"},
		{"a folder", Options{Path: dir, MayCreate: true}, nil, true, "not a file"},
		{"SQLite at its first start", Options{Path: filepath.Join(dir, "new.key"), MayCreate: true}, nil, false, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			b, err := Load(c.o)
			if c.want == nil && !c.any {
				if err != nil || b == nil {
					t.Fatalf("refused: %v", err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), c.says) || !c.any && !errors.Is(err, c.want) {
				t.Errorf("error %v, want %v saying %q", err, c.want, c.says)
			}
		})
	}
	if _, err := os.Stat(absent); !errors.Is(err, fs.ErrNotExist) {
		t.Error("a refused load made a key")
	}
}
