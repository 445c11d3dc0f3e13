package client_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"tahti/client"
)

func TestRefusalsAreProblems(t *testing.T) {
	for _, c := range []struct{ name, body, code, says string }{
		{
			"one of the server", `{"status":422,"code":"wrong_password","title":"Wrong","detail":"It was refused.","next":"Check it."}`,
			"wrong_password", "Wrong. It was refused. Check it.",
		},
		{"one of something in between", `<html>Bad gateway</html>`, "http", "The server answered 422 Unprocessable Entity"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.Header.Get("Authorization") != "Bearer tok" || r.URL.Path != "/api/tahti/v1/status" {
					t.Errorf("asked %s as %q", r.URL.Path, r.Header.Get("Authorization"))
				}
				w.WriteHeader(422)
				_, _ = w.Write([]byte(c.body))
			}))
			defer s.Close()
			x, err := client.New(s.URL+"/", "tok")
			if err != nil {
				t.Fatal(err)
			}
			_, err = x.Status(t.Context())
			p, ok := errors.AsType[*client.Problem](err)
			if !ok || p.Status != 422 || client.CodeOf(err) != c.code || err.Error() != c.says {
				t.Errorf("%+v: %v", p, err)
			}
		})
	}
}

func TestAddressIsChecked(t *testing.T) {
	for _, address := range []string{"", "tahti.example.com", "ftp://tahti.example.com", "://"} {
		if _, err := client.New(address, "tok"); err == nil || !strings.Contains(err.Error(), "server address") {
			t.Errorf("%q: %v", address, err)
		}
	}
}
