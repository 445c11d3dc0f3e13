package bench

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime/debug"
	"runtime/pprof"
	"strings"
	"syscall"
	"testing"
	"time"
)

// roleKey is the variable that makes this binary one of the measured programs.
const roleKey = "TAHTI_BENCH_ROLE"

// order is what a program is asked to do.
type order struct {
	Op       string
	URL      string // of the calendar
	Password string
	N        int
	From     int // the number of the first of N items
	Text     string
	Profile  string // file for a CPU profile of this order
}

// reply is what it took. CPU is the growth of the process while it carried the order out; Peak the most memory that the
// process has held since its start, in bytes.
type reply struct {
	Error string
	CPU   time.Duration
	Wall  time.Duration
	Run   time.Duration // of connect: the first run alone, without signing in
	Peak  int64
	N     int
	Bytes int64
	Times []time.Time
}

// program is a running process of ours.
type program struct {
	tb  testing.TB
	cmd *exec.Cmd
	in  *json.Encoder
	out *json.Decoder
}

func TestMain(m *testing.M) {
	var err error
	switch os.Getenv(roleKey) {
	case "tahti":
		err = serve(newTahti())
	case "floor":
		err = serve(newFloor(), nil)
	case "standin":
		err = serve(newStandin(), nil)
	default:
		os.Exit(m.Run())
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// start starts a program in a folder of its own; it ends with the test.
func start(tb testing.TB, role string) *program {
	tb.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), roleKey+"="+role)
	cmd.Dir, cmd.Stderr = tb.TempDir(), os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		tb.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		tb.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		in.Close() // the end of its orders ends it
		stuck := time.AfterFunc(20*time.Second, func() { _ = cmd.Process.Kill() })
		defer stuck.Stop()
		if err := cmd.Wait(); err != nil {
			tb.Errorf("%s: %v", role, err)
		}
	})
	return &program{tb: tb, cmd: cmd, in: json.NewEncoder(in), out: json.NewDecoder(out)}
}

// ask gives an order and waits for its reply; the benchmark ends where it went wrong.
func (p *program) ask(o order) reply {
	p.tb.Helper()
	if err := p.in.Encode(o); err != nil {
		p.tb.Fatalf("%s: %v", o.Op, err)
	}
	var r reply
	if err := p.out.Decode(&r); err != nil {
		p.tb.Fatalf("%s: no reply: %v", o.Op, err)
	}
	if r.Error != "" {
		p.tb.Fatalf("%s: %s", o.Op, r.Error)
	}
	return r
}

// serve is the other end of ask.
func serve(obey func(order) (reply, error), err error) error {
	if err != nil {
		return err
	}
	in, out := json.NewDecoder(os.Stdin), json.NewEncoder(os.Stdout)
	for {
		var o order
		if err := in.Decode(&o); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		r, err := measured(o, obey)
		if err != nil {
			r.Error = err.Error()
		}
		if err := out.Encode(r); err != nil {
			return err
		}
	}
}

// measured carries out one order. "profile" and "stop" stand around several that are to be in one profile.
func measured(o order, obey func(order) (reply, error)) (reply, error) {
	if o.Op == "stop" {
		pprof.StopCPUProfile()
		return reply{}, nil
	}
	if o.Profile != "" {
		f, err := os.Create(o.Profile)
		if err != nil {
			return reply{}, err
		}
		if err := pprof.StartCPUProfile(f); err != nil {
			return reply{}, err
		}
		if o.Op == "profile" {
			return reply{}, nil
		}
		defer pprof.StopCPUProfile()
	}
	before, begun := cpu(syscall.RUSAGE_SELF), time.Now()
	r, err := obey(o)
	r.Wall, r.CPU = time.Since(begun), cpu(syscall.RUSAGE_SELF)-before
	r.Peak = peak()
	return r, err
}

// cpu is the time that a process, or its ended children, have spent.
func cpu(who int) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(who, &u); err != nil {
		panic(err) // it has no other reason than a wrong argument
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// peak is the largest resident size so far, in bytes.
func peak() int64 {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(status), "VmHWM:")
	var kb int64
	_, _ = fmt.Sscan(rest, &kb) // 0 where the kernel does not say
	return kb << 10
}

// settle gives back what is not in use, so that two sizes can be compared.
func settle() {
	debug.FreeOSMemory()
	debug.FreeOSMemory()
}
