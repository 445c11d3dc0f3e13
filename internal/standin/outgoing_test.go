package standin

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

func TestOnlyThisMachineIsTold(t *testing.T) {
	for host, want := range map[string]bool{
		"localhost": true, "LOCALHOST": true, "127.0.0.1": true, "127.9.9.9": true, "::1": true,
		"": false, "example.com": false, "localhost.example.com": false, "192.168.0.1": false, "0.0.0.0": false, "127.0.0.1.example.com": false,
	} {
		if Local(host) != want {
			t.Errorf("%q is local: %v", host, !want)
		}
	}
	elsewhere := 0
	target := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { elsewhere++ }))
	defer target.Close()
	server := httptest.NewServer(http.RedirectHandler(target.URL, http.StatusTemporaryRedirect))
	defer server.Close()
	client := LocalClient(nil, time.Second)
	resp, err := client.Post(strings.Replace(server.URL, "127.0.0.1", "localhost", 1), "text/plain", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusTemporaryRedirect || elsewhere != 0 {
		t.Errorf("status %d, %d requests elsewhere", resp.StatusCode, elsewhere)
	}
	if resp, err := client.Get("http://192.0.2.1:9/"); err == nil {
		_ = resp.Body.Close()
		t.Error("another machine was asked")
	} else if !strings.Contains(err.Error(), "only this machine") {
		t.Error(err)
	}
}
