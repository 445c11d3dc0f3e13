package push

import (
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strconv"

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
		return heard{changed: true, calendars: owners(http.MaxBytesReader(w, r.Body, maxBody))}
	})
}

// owners are the users whose activity it is and was; none where that cannot be told for certain.
func owners(body io.Reader) (list []string) {
	type owned struct {
		Owner *int64 `json:"owner_id"`
	}
	var said struct {
		Data, Previous *owned
	}
	if json.NewDecoder(body).Decode(&said) != nil {
		return nil
	}
	if said.Data != nil && said.Data.Owner == nil {
		return nil
	}
	for _, o := range []*owned{said.Data, said.Previous} {
		if o == nil || o.Owner == nil {
			continue
		}
		if id := strconv.FormatInt(*o.Owner, 10); !slices.Contains(list, id) {
			list = append(list, id)
		}
	}
	return list
}
