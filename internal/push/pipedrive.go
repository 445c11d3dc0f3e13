package push

import (
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strconv"

	"tahti/internal/provider"
	"tahti/internal/store"
)

// pipedriveUser is the user's name that a webhook shows beside the secret; see provider/pipedrive.
const pipedriveUser = "tahti"

// pipedrive hears a webhook: it signs in as it was told to, and its body names what has changed as it is and as it was (providers.md 5). Of
// that nothing is taken but whose it is, to wake them and not everybody.
func (s *Service) pipedrive(w http.ResponseWriter, r *http.Request) {
	s.answer(w, r, Pipedrive, http.StatusOK, func(k store.Watch) heard {
		user, secret, shown := r.BasicAuth()
		if !shown || user != pipedriveUser || !fits(secret, k.Secret) {
			return heard{refused: true}
		}
		h := readHook(http.MaxBytesReader(w, r.Body, maxBody))
		h.changed = true
		return h
	})
}

// readHook reads the users whose activity it is and was; none where that cannot be told for certain. Of a deletion it also reads which one
// it was, as no list tells of it: that is a reason to ask for it by its number, and proves nothing.
func readHook(body io.Reader) (h heard) {
	type owned struct {
		Owner *int64 `json:"owner_id"`
	}
	var said struct {
		Meta struct {
			Action string `json:"action"`
			ID     string `json:"entity_id"`
		} `json:"meta"`
		Data, Previous *owned
	}
	if json.NewDecoder(body).Decode(&said) != nil {
		return h
	}
	if said.Meta.Action == "delete" && provider.Named(said.Meta.ID) != "" {
		h.gone = provider.RemoteID(said.Meta.ID)
	}
	if said.Data != nil && said.Data.Owner == nil {
		return h
	}
	for _, o := range []*owned{said.Data, said.Previous} {
		if o == nil || o.Owner == nil {
			continue
		}
		if id := strconv.FormatInt(*o.Owner, 10); !slices.Contains(h.calendars, id) {
			h.calendars = append(h.calendars, id)
		}
	}
	return h
}
