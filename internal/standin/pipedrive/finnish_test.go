package pipedrive

import (
	"regexp"
	"testing"
)

func TestThePagesHaveFinnishForAllThatTheySay(t *testing.T) {
	for _, m := range regexp.MustCompile(`\.T "([^"]+)"`).FindAllStringSubmatch(signInHTML, -1) {
		if finnish[m[1]] == "" {
			t.Errorf("no Finnish for %q", m[1])
		}
	}
	for _, words := range scopeTexts {
		if finnish[words] == "" {
			t.Errorf("no Finnish for %q", words)
		}
	}
	if left := regexp.MustCompile(`>\s*[A-Za-z]{3,}[^<{]*<`).FindAllString(regexp.MustCompile(`(?s)<style.*?</style>|\{\{.*?\}\}`).ReplaceAllString(signInHTML, ""), -1); left != nil {
		t.Errorf("said in English only: %q", left)
	}
}
