package realserver

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// cluster is a running PostgreSQL of ours. Everybody on the machine may sign in without a password: it listens on
// loopback only and holds test data.
type cluster struct {
	port    int
	command command
	process *process
}

// postgresBin is the folder of the newest PostgreSQL installed, or where Debian has it.
func postgresBin() string {
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin") // a bad pattern is the only error
	if len(found) > 0 {
		return slices.Max(found)
	}
	if path, err := lookPath("initdb"); err == nil {
		return filepath.Dir(path)
	}
	return "/usr/lib/postgresql/15/bin"
}

func postgresMissing() string {
	for _, program := range []string{"initdb", "postgres", "psql"} {
		if reason := lacking("postgresql", filepath.Join(postgresBin(), program)); reason != "" {
			return reason
		}
	}
	if _, err := credential("postgres"); err != nil {
		return fmt.Sprintf("PostgreSQL refuses to run as root, and there is no user to run it as: %v", err)
	}
	return ""
}

// newCluster makes a cluster in dir and starts it. It need not survive the machine (fsync is off), but what was committed
// survives the process.
func newCluster(dir string) (*cluster, error) {
	if err := give(dir, "postgres"); err != nil {
		return nil, err
	}
	data, log := filepath.Join(dir, "data"), filepath.Join(dir, "log")
	err := run(command{
		name: "initdb", as: "postgres", dir: dir, log: filepath.Join(dir, "initdb.log"),
		args: []string{
			filepath.Join(postgresBin(), "initdb"), "-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale=C.UTF-8",
			"--no-sync", "-D", data,
		},
	})
	if err != nil {
		return nil, err
	}
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	c := &cluster{port: port, command: command{
		name: "postgres", as: "postgres", dir: dir, log: log, quit: syscall.SIGQUIT,
		args: []string{
			filepath.Join(postgresBin(), "postgres"), "-D", data, "-p", fmt.Sprint(port),
			"-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=", "-c", "max_connections=300",
			"-c", "fsync=off", "-c", "full_page_writes=off", "-c", "shared_buffers=64MB",
		},
	}}
	return c, c.start()
}

// start starts it and waits until it answers. After a kill -9 its children, which lead sessions of their own, notice the
// death of their parent a moment later; until then the memory that they share keeps a new one from starting.
func (c *cluster) start() (err error) {
	if c.process, err = start(c.command); err != nil {
		return err
	}
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		if err = c.exec("postgres", "select 1"); err == nil {
			return nil
		}
		late := time.Now().After(end)
		if c.process.ended() && !late && strings.Contains(c.process.tail(), "shared memory block") {
			if c.process, err = start(c.command); err != nil {
				return err
			}
			continue
		}
		if c.process.ended() || late {
			return errors.Join(fmt.Errorf("start PostgreSQL: %w\n%s", err, c.process.tail()), c.process.kill())
		}
	}
}

func (c *cluster) dsn(database string) string {
	return fmt.Sprintf("postgres://postgres@127.0.0.1:%d/%s?sslmode=disable", c.port, url.PathEscape(database))
}

// exec runs statements in one database, each by itself, with PostgreSQL's own client: tests that need no database
// driver then build none.
func (c *cluster) exec(database string, statements ...string) error {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	args := []string{"-qXAt", "-v", "ON_ERROR_STOP=1", "-d", c.dsn(database)}
	for _, s := range statements {
		args = append(args, "-c", s)
	}
	out, err := exec.CommandContext(ctx, filepath.Join(postgresBin(), "psql"), args...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("psql: %w: %s", err, bytes.TrimSpace(out))
	}
	return nil
}

// shared is the one cluster of this test process. It ends with the process, by its parent-death signal; its folder is
// removed by the last test that uses it, or by the next process.
var shared struct {
	sync.Mutex
	cluster *cluster
	dir     string
	users   int
	next    atomic.Int64 // numbers the databases
}

// borrow answers the shared cluster, started if it was not. It is stopped when nobody has used it for the rest of the
// tests that are under way: starting takes under a second.
func borrow(tb testing.TB) *cluster {
	tb.Helper()
	need(tb, "postgres", postgresMissing())
	shared.Lock()
	defer shared.Unlock()
	if shared.cluster == nil {
		dir, err := makeFolder()
		if err != nil {
			tb.Fatal(err)
		}
		c, err := newCluster(dir)
		if err != nil {
			tb.Fatal(errors.Join(err, os.RemoveAll(dir)))
		}
		shared.cluster, shared.dir = c, dir
	}
	shared.users++
	tb.Cleanup(func() {
		shared.Lock()
		defer shared.Unlock()
		if shared.users--; shared.users > 0 {
			return
		}
		if err := errors.Join(shared.cluster.process.stop(), os.RemoveAll(shared.dir)); err != nil {
			tb.Errorf("stop PostgreSQL: %v", err)
		}
		shared.cluster = nil
	})
	return shared.cluster
}

// Database makes an empty database and answers its address. Tests that overlap share one PostgreSQL; a test with
// subtests that each want a database does well to call it once itself, so that the server stays up for all of them.
func Database(tb testing.TB) (dsn string) {
	tb.Helper()
	c := borrow(tb)
	return c.dsn(newDatabase(tb, c))
}

func newDatabase(tb testing.TB, c *cluster) (name string) {
	tb.Helper()
	name = fmt.Sprintf("tahti%d", shared.next.Add(1))
	if err := c.exec("postgres", "create database "+name); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := c.exec("postgres", "drop database if exists "+name+" with (force)"); err != nil {
			tb.Error(err)
		}
	})
	return name
}

// Postgres is a PostgreSQL that belongs to one test, which may kill it.
type Postgres struct {
	DSN string

	tb      testing.TB
	cluster *cluster
}

// StartPostgres starts a PostgreSQL for this test alone.
func StartPostgres(tb testing.TB) *Postgres {
	tb.Helper()
	need(tb, "postgres", postgresMissing())
	c, err := newCluster(folder(tb))
	if err != nil {
		tb.Fatal(err)
	}
	p := &Postgres{DSN: c.dsn("postgres"), tb: tb, cluster: c}
	tb.Cleanup(p.Stop)
	return p
}

// Stop ends it in an orderly way.
func (p *Postgres) Stop() { p.check(p.cluster.process.stop()) }

// Kill9 ends it at once.
func (p *Postgres) Kill9() { p.check(p.cluster.process.kill()) }

// Restart starts it again on the same port, with what it held.
func (p *Postgres) Restart() {
	p.Stop()
	p.check(p.cluster.start())
}

func (p *Postgres) check(err error) {
	p.tb.Helper()
	if err != nil {
		p.tb.Errorf("PostgreSQL: %v", err)
	}
}

// give hands a folder and all that is in it to a system user, when we are root.
func give(dir, name string) error {
	c, err := credential(name)
	if err != nil || c == nil {
		return err
	}
	return filepath.WalkDir(dir, func(path string, _ os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return os.Lchown(path, int(c.Uid), int(c.Gid))
	})
}
