package google

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sort"
	"strings"
	"testing"
)

// property is a field in the discovery document.
type property struct {
	Type       string              `json:"type"`
	Ref        string              `json:"$ref"`
	Repeated   bool                `json:"repeated"`
	Format     string              `json:"format"`
	Location   string              `json:"location"`
	Items      *property           `json:"items"`
	Properties map[string]property `json:"properties"`
	Additional *property           `json:"additionalProperties"`
}

// document is the part of the discovery document that is compared.
type document struct {
	BatchPath  string              `json:"batchPath"`
	Parameters map[string]property `json:"parameters"`
	Schemas    map[string]property `json:"schemas"`
	Resources  map[string]struct {
		Methods map[string]struct {
			ID         string              `json:"id"`
			HTTPMethod string              `json:"httpMethod"`
			Path       string              `json:"path"`
			Parameters map[string]property `json:"parameters"`
			Scopes     []string            `json:"scopes"`
		} `json:"methods"`
	} `json:"resources"`
}

// discovery reads the document that comes with Google's Go client.
func discovery(t *testing.T) document {
	t.Helper()
	cmd := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "google.golang.org/api")
	cmd.Dir = filepath.Join("testdata", "goclient")
	dir, err := cmd.Output()
	if err != nil || strings.TrimSpace(string(dir)) == "" {
		t.Skipf("left out: the module google.golang.org/api is not here: %v", err)
	}
	b, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(dir)), "calendar", "v3", "calendar-api.json"))
	if err != nil {
		t.Skipf("left out: %v", err)
	}
	var d document
	if err := json.Unmarshal(b, &d); err != nil {
		t.Fatal(err)
	}
	return d
}

// TestMethodsAreThoseOfTheReference holds paths, parameters and scopes to the discovery document.
func TestMethodsAreThoseOfTheReference(t *testing.T) {
	t.Parallel()
	d := discovery(t)
	for _, m := range methods {
		resource, name, _ := strings.Cut(m.id, ".")
		want, ok := d.Resources[resource].Methods[name]
		if !ok || want.HTTPMethod != m.verb || want.Path != m.path {
			t.Errorf("%s is %s %s, in the reference %s %s", m.id, m.verb, m.path, want.HTTPMethod, want.Path)
			continue
		}
		var params []string
		for name, p := range want.Parameters {
			if p.Location == "query" {
				params = append(params, name+":"+paramKind(name, p))
			}
		}
		if got := sorted(strings.Fields(m.params)); !slices.Equal(got, sorted(params)) {
			t.Errorf("%s takes %v, in the reference %v", m.id, got, sorted(params))
		}
		var scopes []string
		for _, s := range want.Scopes {
			scopes = append(scopes, strings.TrimPrefix(s, scopePrefix))
		}
		if got := sorted(strings.Fields(m.scopes)); !slices.Equal(got, sorted(scopes)) {
			t.Errorf("%s needs one of %v, in the reference %v", m.id, got, sorted(scopes))
		}
	}
	var all []string
	for name, p := range d.Parameters {
		all = append(all, name+":"+paramKind(name, p))
	}
	if got := sorted(strings.Fields(paramsAll)); !slices.Equal(got, sorted(all)) {
		t.Errorf("every call takes %v, in the reference %v", got, sorted(all))
	}
}

func paramKind(name string, p property) string {
	switch {
	case p.Repeated:
		return "r"
	case p.Type == "boolean":
		return "b"
	case p.Type == "integer":
		return "i"
	case p.Format == "date-time":
		return "t"
	case name == "sendUpdates":
		return "m"
	}
	return "s"
}

func sorted(list []string) []string {
	list = slices.Clone(list)
	sort.Strings(list)
	return list
}

// TestFieldsAreThoseOfTheReference holds the shapes of bodies to the schemas.
func TestFieldsAreThoseOfTheReference(t *testing.T) {
	t.Parallel()
	d := discovery(t)
	for schema, s := range map[string]shape{
		"Event": eventShape, "Calendar": calendarShape, "FreeBusyRequest": freeBusyShape, "Channel": channelShape,
	} {
		compare(t, d, schema, property{Ref: schema}, s)
	}
}

// compare walks both; what is kept as it is ends the walk.
func compare(t *testing.T, d document, path string, p property, s shape) {
	t.Helper()
	if p.Ref != "" {
		p = d.Schemas[p.Ref]
	}
	want := kindStruct
	switch {
	case s.kind == kindAny:
		return
	case p.Type == "string":
		want = kindText
	case p.Type == "boolean":
		want = kindFlag
	case p.Type == "integer":
		want = kindNumber
	case p.Type == "array":
		want = kindList
	case p.Additional != nil:
		want = kindTexts
	}
	if s.kind != want {
		t.Errorf("%s is of kind %d, in the reference %d (%s)", path, s.kind, want, p.Type)
		return
	}
	switch want {
	case kindList:
		compare(t, d, path+"[]", *p.Items, *s.item)
	case kindStruct:
		for name, inner := range p.Properties {
			x, ok := s.fields[name]
			if !ok {
				t.Errorf("%s.%s is in the reference only", path, name)
				continue
			}
			compare(t, d, path+"."+name, inner, x)
		}
		for name := range s.fields {
			if _, ok := p.Properties[name]; !ok {
				t.Errorf("%s.%s is not in the reference", path, name)
			}
		}
	}
}
