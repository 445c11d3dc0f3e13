package realserver

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// DavMail starts the gateway of that name in front of an Exchange server, whose web services are at a URL, and answers its own address:
// an independent client there, and a CalDAV server here. People sign in as they do at the server. The test is skipped, with the reason,
// where it is not installed. It is stopped when the test ends.
func DavMail(tb testing.TB, exchange string) string {
	tb.Helper()
	need(tb, "davmail", lacking("davmail-server", "davmail-server"))
	dir := folder(tb)
	port, err := freePort()
	if err != nil {
		tb.Fatal(err)
	}
	s := &Server{Name: "davmail", URL: fmt.Sprintf("http://127.0.0.1:%d/", port), Users: withDefaults(nil), anonymous: true, tb: tb, dir: dir}
	// Ports that are not named are open, and to everybody. The log is what is shown of a failed test.
	settings := []string{
		"davmail.server=true", "log4j.rootLogger=WARN", "log4j.logger.davmail=WARN", "log4j.logger.org.apache.http.wire=WARN", "log4j.logger.org.apache.http=WARN", "davmail.mode=EWS", "davmail.enableEws=true", "davmail.url=" + exchange, "davmail.disableUpdateCheck=true",
		"davmail.bindAddress=127.0.0.1", "davmail.allowRemote=false", fmt.Sprintf("davmail.caldavPort=%d", port),
		"davmail.imapPort=", "davmail.ldapPort=", "davmail.popPort=", "davmail.smtpPort=", "davmail.logFilePath=" + filepath.Join(dir, "davmail.log"),
	}
	file := filepath.Join(dir, "davmail.properties")
	if err := os.WriteFile(file, []byte(strings.Join(settings, "\n")+"\n"), 0o600); err != nil {
		tb.Fatal(err)
	}
	s.commands = []command{{name: "davmail", args: []string{"davmail-server", file}, dir: dir, log: filepath.Join(dir, "davmail.out"), grace: 2 * time.Second}}
	tb.Cleanup(s.Stop)
	tb.Cleanup(func() {
		if tb.Failed() {
			b, _ := os.ReadFile(filepath.Join(dir, "davmail.log")) // none if it did not come so far
			tb.Logf("%s", b[max(0, len(b)-6000):])
		}
	})
	s.Restart()
	return s.URL
}
