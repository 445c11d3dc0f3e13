package web

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"net/http"
	"path"
	"strings"
)

//go:embed assets
var assetFiles embed.FS

// asset is a file that browsers keep: its address changes with its content.
type asset struct {
	body []byte
	kind string
}

// assets are by address; names leads from a file's name to it.
type assets struct {
	files map[string]asset
	names map[string]string
}

var kinds = map[string]string{".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}

func loadAssets() assets {
	a := assets{files: map[string]asset{}, names: map[string]string{}}
	list, err := assetFiles.ReadDir("assets")
	if err != nil {
		panic(fmt.Sprintf("the embedded assets cannot be read: %v", err))
	}
	for _, e := range list {
		body, err := assetFiles.ReadFile("assets/" + e.Name())
		if err != nil {
			panic(fmt.Sprintf("the embedded asset %s cannot be read: %v", e.Name(), err))
		}
		sum, ext := sha256.Sum256(body), path.Ext(e.Name())
		name := strings.TrimSuffix(e.Name(), ext) + "." + hex.EncodeToString(sum[:6]) + ext
		a.files[name], a.names[e.Name()] = asset{body, kinds[ext]}, "/assets/"+name
	}
	return a
}

func (a assets) serve(w http.ResponseWriter, r *http.Request) {
	f, ok := a.files[r.PathValue("name")]
	if !ok {
		http.NotFound(w, r)
		return
	}
	h := w.Header()
	h.Set("Content-Type", f.kind)
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	_, _ = w.Write(f.body) // the browser went away: nobody is there to be told
}
