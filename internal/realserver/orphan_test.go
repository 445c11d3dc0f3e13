//go:build linux

package realserver

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// A test process that is killed cannot stop anything: the kernel has to.
func TestAKilledTestProcessLeavesNoServerBehind(t *testing.T) {
	if os.Getenv("TAHTI_ORPHAN") != "" {
		s := Start(t, "radicale", Options{})
		fmt.Printf("pid %d\n", s.running[0].cmd.Process.Pid)
		time.Sleep(time.Minute) // until it is killed
		return
	}
	need(t, "radicale", radicale.missing())
	cmd := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$")
	cmd.Env = append(os.Environ(), "TAHTI_ORPHAN=1")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	server := 0
	for lines := bufio.NewScanner(out); server == 0 && lines.Scan(); {
		if text, ok := strings.CutPrefix(lines.Text(), "pid "); ok {
			if server, err = strconv.Atoi(text); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // it was killed
	if server == 0 {
		t.Fatal("the process started no server")
	}
	eventually(t, "the server ends with the process that started it", func() bool { return !alive(server) })
}

// alive reports whether a process runs; one that has ended and that nobody has fetched does not.
func alive(pid int) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil || syscall.Kill(pid, 0) != nil {
		return false
	}
	_, rest, _ := strings.Cut(string(stat), ") ")
	return !strings.HasPrefix(rest, "Z")
}
