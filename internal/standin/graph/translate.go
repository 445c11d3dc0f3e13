package graph

import (
	"net/http"
	"slices"
)

// maxTranslate is how many ids can be translated at a time.
const maxTranslate = 1000

// translateIDs turns ids of one kind into those of the other; ids that name nothing have no translation.
func (c *call) translateIDs() *failure {
	var v struct {
		InputIDs []string `json:"inputIds"`
		Target   string   `json:"targetIdType"`
		Source   string   `json:"sourceIdType"`
	}
	if f := strict(c.body, &v, "translateExchangeIds"); f != nil {
		return f
	}
	kinds := []string{"restId", "restImmutableEntryId"}
	if len(v.InputIDs) > maxTranslate || !slices.Contains(kinds, v.Source) || !slices.Contains(kinds, v.Target) {
		return refManyIDs.because("The request is invalid: at most 1000 ids, of the types restId and restImmutableEntryId.")
	}
	list := []object{}
	for _, id := range v.InputIDs {
		x, f := c.findEvent(id, nil, false)
		if f != nil {
			continue
		}
		list = append(list, object{{"sourceId", id}, {"targetId", x.it.id(x.original, v.Target == "restImmutableEntryId")}})
	}
	return c.send(http.StatusOK, object{{"@odata.context", c.base() + "/v1.0/$metadata#Collection(microsoft.graph.convertIdResult)"}, {"value", list}})
}
