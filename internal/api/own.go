package api

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"reflect"
	"strings"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"tahti/internal/engine"
	"tahti/internal/text"
)

// tahti is our own part: huma reads requests by the document that it makes from the types, and serves that document.
func (s *server) tahti() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		p := problemOf(text.Match("", r.Header.Get("Accept-Language")), errNoSuchPath)
		s.write(w, r, p.Status, "application/problem+json", p)
	})
	s.register(humago.NewWithPrefix(mux, ownPrefix, ownConfig()))
	return s.guarded(mux)
}

var errNoSuchPath = &Problem{Status: 404, Code: "not_found", Title: "Not found", Detail: "There is nothing at this path."}

func ownConfig() huma.Config {
	c := huma.DefaultConfig("Tahti", "1")
	c.Info.Description = "Accounts, connections, runs, what waits, history and conflicts of Tahti, a calendar sync. " +
		"Activities themselves have the shapes of Pipedrive's API, at /api/v2/activities. Errors are problem details (RFC 9457)."
	c.OpenAPIPath, c.DocsPath, c.SchemasPath = "/openapi", "", ""
	c.CreateHooks = nil // no $schema in answers
	c.Formats = map[string]huma.Format{}
	for name, f := range huma.DefaultFormats {
		f.Unmarshal = readJSON
		c.Formats[name] = f
	}
	c.RejectUnknownQueryParameters = true
	c.Servers = []*huma.Server{{URL: ownPrefix}}
	c.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"token":  {Type: "apiKey", In: "header", Name: "x-api-token", Description: "An API token, as tahti token create prints it."},
		"bearer": {Type: "http", Scheme: "bearer", Description: "The same token."},
	}
	c.Security = []map[string][]string{{"token": {}}, {"bearer": {}}}
	return c
}

var errNotUTF8 = errors.New("the body is not UTF-8")

// readJSON refuses what encoding/json would take and silently replace: bytes that are no text.
func readJSON(b []byte, v any) error {
	if !utf8.Valid(b) {
		return errNotUTF8
	}
	return json.Unmarshal(b, v)
}

func (s *server) register(api huma.API) {
	s.accountRoutes(api)
	s.connectionRoutes(api)
	s.companyRoutes(api)
	s.settingsRoutes(api)
	s.runRoutes(api)
	s.workRoutes(api)
	s.takeOverRoutes(api)
	s.historyRoutes(api)
	s.activityRoutes(api)
	s.explainRoutes(api)
	s.exchangeRoutes(api)
	s.statusRoutes(api)
}

// Document is the OpenAPI document of our own part, as YAML: what docs/openapi.yaml holds.
func Document() ([]byte, error) {
	s := &server{}
	api := humago.NewWithPrefix(http.NewServeMux(), ownPrefix, ownConfig())
	s.register(api)
	return api.OpenAPI().YAML()
}

// guarded lets in who shows a token or, from our own pages, has a session.
func (s *server) guarded(next http.Handler) http.Handler {
	sameSite := s.CrossOrigin(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, ownPrefix+"/openapi.") {
			next.ServeHTTP(w, r)
			return
		}
		who, err := s.identify(r, true)
		if err != nil {
			p := s.problem(text.Match("", r.Header.Get("Accept-Language")), err, "method", r.Method, "path", r.URL.Path)
			s.write(w, r, p.Status, "application/problem+json", p)
			return
		}
		r = withCaller(r, who)
		if hasToken(r) {
			next.ServeHTTP(w, r)
			return
		}
		sameSite.ServeHTTP(w, r)
	})
}

// body is an answer with a JSON body.
type body[T any] struct{ Body T }

func answer[T any](v T, err error) (*body[T], error) {
	if err != nil {
		return nil, err
	}
	return &body[T]{v}, nil
}

// ByID is a request that names a row in its path.
type ByID struct {
	ID int64 `path:"id" minimum:"1"`
}

// refusals are the statuses that every call may answer besides success.
var refusals = []int{400, 401, 403, 404, 409, 413, 415, 422, 429, 500}

// route registers a call. id names it in the document, words are what it does.
func route[I, O any](s *server, api huma.API, method, path, id, words string, status int, f func(*caller, context.Context, *I) (*O, error)) {
	huma.Register(api, huma.Operation{
		OperationID: id, Method: method, Path: path, Summary: words, DefaultStatus: status, Errors: refusals, MaxBodyBytes: maxBody,
	}, func(ctx context.Context, in *I) (*O, error) {
		out, err := f(callerOf(ctx), ctx, in)
		if err != nil {
			return nil, s.fail(ctx, err)
		}
		return out, nil
	})
}

// statused is an answer whose status depends on what happened.
type statused[T any] struct {
	Status int
	Body   T
}

// accepted registers a call that answers 202 with the same body where a person has to go on elsewhere first; words are for that case.
func accepted[I, T any](s *server, api huma.API, method, path, id, summary string, status int, words string, f func(*caller, context.Context, *I) (T, bool, error)) {
	schema := api.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[T](), true, "")
	huma.Register(api, huma.Operation{
		OperationID: id, Method: method, Path: path, Summary: summary, DefaultStatus: status, Errors: refusals, MaxBodyBytes: maxBody,
		Responses: map[string]*huma.Response{"202": {Description: words, Content: map[string]*huma.MediaType{"application/json": {Schema: schema}}}},
	}, func(ctx context.Context, in *I) (*statused[T], error) {
		out, elsewhere, err := f(callerOf(ctx), ctx, in)
		if err != nil {
			return nil, s.fail(ctx, err)
		}
		if elsewhere {
			return &statused[T]{http.StatusAccepted, out}, nil
		}
		return &statused[T]{status, out}, nil
	})
}

func (s *server) view(ctx context.Context, c *caller, f func(tx engine.Tx) error) error {
	return s.House.Store.View(ctx, c.Company, f)
}

func (s *server) change(ctx context.Context, c *caller, f func(tx engine.Tx) error) error {
	return s.House.Store.Tx(ctx, c.Company, f)
}
