package realserver

import (
	"crypto/rand"
	"errors"
	"fmt"
	"math/big"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// command is one process of a server.
type command struct {
	name string
	args []string
	dir  string
	env  []string // added to a small environment of its own
	as   string   // the system user to run as when we are root; empty stays as we are
	log  string   // file for what it prints
	quit syscall.Signal
	// grace is how long an orderly stop may take; 0 means five seconds.
	grace time.Duration
}

// process is a started command. It leads a process group of its own, so that workers end with it.
type process struct {
	command
	cmd  *exec.Cmd
	done chan struct{} // closed when it has ended
}

// nursery is the one thread that starts processes. The parent-death signal is sent when the *thread* that started a
// process ends, and Go ends threads as it likes, but not one that a living goroutine has locked.
var nursery = sync.OnceValue(func() chan<- func() {
	births := make(chan func())
	go func() {
		runtime.LockOSThread()
		for f := range births {
			f()
		}
	}()
	return births
})

func start(c command) (*process, error) {
	log, err := os.OpenFile(c.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return nil, err
	}
	defer log.Close() // the child has its own descriptor
	cmd := exec.Command(c.args[0], c.args[1:]...)
	cmd.Dir = c.dir
	cmd.Env = append([]string{"PATH=" + os.Getenv("PATH") + ":/usr/sbin:/sbin", "HOME=" + c.dir, "LC_ALL=C.UTF-8", "TZ=UTC"},
		c.env...)
	cmd.Stdout, cmd.Stderr = log, log
	if c.quit == 0 {
		c.quit = syscall.SIGTERM
	}
	if c.grace == 0 {
		c.grace = 5 * time.Second
	}
	cmd.SysProcAttr = attributes(c.quit)
	if cmd.SysProcAttr.Credential, err = credential(c.as); err != nil {
		return nil, err
	}
	born := make(chan error)
	nursery() <- func() { born <- cmd.Start() }
	if err := <-born; err != nil {
		return nil, err
	}
	p := &process{command: c, cmd: cmd, done: make(chan struct{})}
	go func() {
		_ = cmd.Wait() // how it ended shows in the log; that it ended is what matters
		close(p.done)
	}()
	return p, nil
}

// stop asks the process to end, and makes it when its grace is over.
func (p *process) stop() error {
	if err := p.signal(p.cmd.Process.Pid, p.quit); err != nil {
		return err
	}
	select {
	case <-p.done:
		return p.signal(-p.cmd.Process.Pid, syscall.SIGKILL) // workers that outlived it
	case <-time.After(p.grace):
		return p.kill()
	}
}

// kill ends the whole group at once.
func (p *process) kill() error {
	if err := p.signal(-p.cmd.Process.Pid, syscall.SIGKILL); err != nil {
		return err
	}
	select {
	case <-p.done:
		return nil
	case <-time.After(5 * time.Second):
		return fmt.Errorf("%s (process %d) outlived SIGKILL", p.name, p.cmd.Process.Pid)
	}
}

// signal takes a missing process for success: it has ended by itself.
func (p *process) signal(pid int, s syscall.Signal) error {
	if err := syscall.Kill(pid, s); err != nil && !errors.Is(err, syscall.ESRCH) {
		return fmt.Errorf("signal %s: %w", p.name, err)
	}
	return nil
}

func (p *process) ended() bool {
	select {
	case <-p.done:
		return true
	default:
		return false
	}
}

// tail is the last two kilobytes of what it printed.
func (p *process) tail() string {
	b, err := os.ReadFile(p.log)
	if err != nil {
		return err.Error()
	}
	return string(b[max(0, len(b)-2000):])
}

// credential looks up whom to run as; nil where we are not root and so cannot change.
func credential(name string) (*syscall.Credential, error) {
	if name == "" || os.Getuid() != 0 {
		return nil, nil
	}
	u, err := user.Lookup(name)
	if err != nil {
		return nil, err
	}
	uid, err := strconv.ParseUint(u.Uid, 10, 32)
	if err != nil {
		return nil, err
	}
	gid, err := strconv.ParseUint(u.Gid, 10, 32)
	if err != nil {
		return nil, err
	}
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, nil
}

// run executes a set-up command to its end, within a minute.
func run(c command) error {
	p, err := start(c)
	if err != nil {
		return err
	}
	select {
	case <-p.done:
	case <-time.After(time.Minute):
		return errors.Join(fmt.Errorf("%s did not end within a minute", c.name), p.kill())
	}
	if !p.cmd.ProcessState.Success() {
		return fmt.Errorf("%s: %s\n%s", c.name, p.cmd.ProcessState, p.tail())
	}
	return nil
}

// folder makes a folder that every system user may enter, with a path short enough for sockets. It goes with the test.
func folder(tb testing.TB) string {
	tb.Helper()
	dir, err := makeFolder()
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			tb.Errorf("remove %s: %v", dir, err)
		}
	})
	return dir
}

// makeFolder names the folder after this process, so that a later one can tell what a killed one has left behind.
func makeFolder() (string, error) {
	sweep()
	dir, err := os.MkdirTemp("", fmt.Sprintf("tahti-%d-", os.Getpid()))
	if err != nil {
		return "", err
	}
	return dir, os.Chmod(dir, 0o755)
}

// sweep removes folders of test processes that were killed. What belongs to another user stays: it is not ours.
var sweep = sync.OnceFunc(func() {
	left, _ := filepath.Glob(filepath.Join(os.TempDir(), "tahti-*-*"))
	for _, dir := range left {
		pid, err := strconv.Atoi(strings.Split(filepath.Base(dir), "-")[1])
		if err == nil && errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) {
			_ = os.RemoveAll(dir)
		}
	}
})

// freePort answers a loopback port that nothing listens on, below the range from which the kernel serves outgoing
// connections, so that none of those can take it before the server does.
func freePort() (int, error) {
	for range 100 {
		n, err := rand.Int(rand.Reader, big.NewInt(16000))
		if err != nil {
			return 0, err
		}
		port := 16000 + int(n.Int64())
		l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err != nil {
			continue
		}
		return port, l.Close()
	}
	return 0, errors.New("find a free port: none among 100 tried")
}

// lacking names the first of the programs that is not installed.
func lacking(pkg string, programs ...string) string {
	for _, p := range programs {
		if _, err := lookPath(p); err != nil {
			return fmt.Sprintf("%s is not installed (Debian: apt-get install %s)", p, pkg)
		}
	}
	return ""
}

// lookPath also looks where daemons live, which is not on everybody's path.
func lookPath(p string) (string, error) {
	if path, err := exec.LookPath(p); err == nil {
		return path, nil
	}
	return exec.LookPath(filepath.Join("/usr/sbin", p))
}
