package hub

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// standard is what encoding/json makes of a value.
func standard(t *rapid.T, v any) string {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		t.Fatal(err)
	}
	return strings.TrimSuffix(b.String(), "\n")
}

func TestValuesAreWrittenAsTheStandardLibraryWritesThem(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(rapid.String(), rapid.StringMatching(`[ -~]{0,20}`), rapid.Just("a\u2028b\x7f<&>\"\\")).Draw(t, "text")
		n, number, truth := rapid.Int64().Draw(t, "n"), rapid.Int().Draw(t, "number"), rapid.Bool().Draw(t, "truth")
		for _, v := range []any{&text, &n, &number, &truth, truth} {
			if got, want := string(encode(v)), standard(t, v); got != want {
				t.Errorf("%T: %s, want %s", v, got, want)
			}
		}
		all := values{"subject": encode(&text), "done": encode(&truth), "subject@20260102": encode(&n), "left out": encode(&n)}
		some := values{"subject": all["subject"], "done": all["done"], "subject@20260102": all["subject@20260102"]}
		got := string(all.object([]string{"subject@20260102", "not there", "subject", "done"}))
		if want := standard(t, some); got != want {
			t.Errorf("object %s, want %s", got, want)
		}
	})
}
