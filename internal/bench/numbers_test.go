package bench

import (
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"testing"
	"time"

	"tahti/internal/faultproxy"
	"tahti/internal/realserver"
)

// lab is one run of all measurements.
type lab struct {
	b      *testing.B
	server *realserver.Server
	proxy  *faultproxy.Proxy
	rows   []row
}

// BenchmarkNumbers measures everything once and prints the table. TAHTI_BENCH_EVENTS changes the size of the large
// calendar (10,000), TAHTI_BENCH_HUGE that of the one on the stand-in (100,000; 0 leaves it out).
func BenchmarkNumbers(b *testing.B) {
	l := &lab{b: b, server: realserver.Start(b, "cyrus", realserver.Options{})}
	l.proxy = faultproxy.Start(b, l.server.URL, faultproxy.Options{})
	b.ResetTimer()
	l.pure()
	l.large(size(b, "TAHTI_BENCH_EVENTS", 10_000))
	l.flat(size(b, "TAHTI_BENCH_HUGE", 100_000))
	l.out(1000)
	l.slow(100)
	l.soon(200)
	l.idle(10_000)
	fmt.Println()
	printTable(os.Stdout, l.rows)
}

func size(b *testing.B, variable string, otherwise int) int {
	text := os.Getenv(variable)
	if text == "" {
		return otherwise
	}
	var n int
	if _, err := fmt.Sscan(text, &n); err != nil {
		b.Fatalf("%s: %v", variable, err)
	}
	return n
}

// add keeps a row for the table, and shows it at once: the whole takes minutes.
func (l *lab) add(r row) {
	l.rows = append(l.rows, r)
	fmt.Printf("%4.0f s  %s: %s (%s): %s\n", l.b.Elapsed().Seconds(), r.what, r.got, r.others, r.reached)
}

func (l *lab) password() string { return l.server.User("alice").Password }

// calendar makes an empty calendar and answers its address at the server.
func (l *lab) calendar(name string) string {
	l.b.Helper()
	url := l.server.HomeURL("alice") + name + "/"
	if r := l.server.Do("alice", "MKCALENDAR", url, ""); r.Status != 201 {
		l.b.Fatalf("make %s: %d\n%s", url, r.Status, r.Body)
	}
	return url
}

// through is the same address by way of a proxy.
func through(p *faultproxy.Proxy, address string) string {
	u, err := url.Parse(address)
	if err != nil {
		panic(err) // we made it
	}
	return p.URL + u.Path
}

// profile names the file for the profile of a measurement; they are kept in TAHTI_BENCH_PROFILES, if that is set.
func (l *lab) profile(name string) string {
	dir := os.Getenv("TAHTI_BENCH_PROFILES")
	if dir == "" {
		dir = l.b.TempDir()
	}
	return filepath.Join(dir, name+".pprof")
}

// requests counts what goes through the proxy while f is at work.
func (l *lab) requests(f func()) int {
	before := l.proxy.Count()
	f()
	return l.proxy.Count() - before
}

// median of several runs of a measurement by its CPU.
func median(n int, f func() reply) reply {
	all := make([]reply, n)
	for i := range all {
		all[i] = f()
		for j := i; j > 0 && all[j].CPU < all[j-1].CPU; j-- {
			all[j], all[j-1] = all[j-1], all[j]
		}
	}
	return all[n/2]
}

func per(r reply, n int) time.Duration { return r.CPU / time.Duration(n) }
