package text

import (
	"bytes"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"golang.org/x/text/feature/plural"
	"golang.org/x/text/language"
)

//go:embed languages/*.json
var files embed.FS

// catalog is one language.
type catalog struct {
	tag      language.Tag
	name     string // in the language itself
	messages map[string]message
}

// message is a text, or one for each plural form of the language.
type message struct {
	plain template
	forms map[plural.Form]template // nil unless it depends on {n}
}

var pluralForms = map[string]plural.Form{
	"zero": plural.Zero, "one": plural.One, "two": plural.Two, "few": plural.Few, "many": plural.Many, "other": plural.Other,
}

// catalogs are all languages, English first: it is what is spoken where nothing else fits.
var catalogs = mustLoad(files)

// mustLoad panics on a bad file: they are part of the program, and the tests read them all.
func mustLoad(f fs.FS) []*catalog {
	names, err := fs.Glob(f, "languages/*.json")
	if err != nil {
		panic(fmt.Sprintf("list languages: %v", err))
	}
	var out []*catalog
	for _, name := range names {
		b, err := fs.ReadFile(f, name)
		if err != nil {
			panic(fmt.Sprintf("read language: %v", err))
		}
		c, err := load(strings.TrimSuffix(name[len("languages/"):], ".json"), b)
		if err != nil {
			panic(fmt.Sprintf("read language %s: %v", name, err))
		}
		out = append(out, c)
	}
	slices.SortFunc(out, func(a, b *catalog) int {
		switch {
		case a.tag == language.English:
			return -1
		case b.tag == language.English:
			return 1
		}
		return strings.Compare(a.tag.String(), b.tag.String())
	})
	return out
}

func load(tag string, b []byte) (*catalog, error) {
	parsed, err := language.Parse(tag)
	if err != nil {
		return nil, fmt.Errorf("file name is no language: %w", err)
	}
	c := &catalog{tag: parsed, messages: map[string]message{}}
	d := json.NewDecoder(bytes.NewReader(b))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil, fmt.Errorf("want an object, got %v", t)
	}
	if err := c.group(d, ""); err != nil {
		return nil, err
	}
	if d.More() {
		return nil, errors.New("something follows the object")
	}
	c.name = c.messages["language.name"].plain.render(nil)
	return c, nil
}

// group reads an object whose brace has been read. Unlike json.Unmarshal it refuses a key that stands there twice: one
// of the two texts would be lost unseen.
func (c *catalog) group(d *json.Decoder, path string) error {
	texts := map[string]string{}
	seen := map[string]bool{}
	for d.More() {
		t, err := d.Token()
		if err != nil {
			return err
		}
		key, ok := t.(string)
		if !ok || seen[key] {
			return fmt.Errorf("%s%v stands there twice or is no key", path, t)
		}
		seen[key] = true
		value, err := d.Token()
		if err != nil {
			return fmt.Errorf("%s%s: %w", path, key, err)
		}
		switch {
		case value == json.Delim('{'):
			if err := c.group(d, path+key+"."); err != nil {
				return err
			}
		default:
			s, ok := value.(string)
			if !ok || s == "" {
				return fmt.Errorf("%s%s: want a text or a group, got %v", path, key, value)
			}
			texts[key] = s
		}
	}
	if _, err := d.Token(); err != nil {
		return err
	}
	return c.add(path, texts, len(texts) == len(seen))
}

// add files the texts of a group: as plural forms of one message if that is what the keys are, else each by itself.
func (c *catalog) add(path string, texts map[string]string, textsOnly bool) error {
	forms := map[plural.Form]template{}
	for key, s := range texts {
		t, err := parseTemplate(s)
		if err != nil {
			return fmt.Errorf("%s%s: %w", path, key, err)
		}
		if form, ok := pluralForms[key]; ok {
			forms[form] = t
		}
		c.messages[path+key] = message{plain: t}
	}
	if _, ok := texts["other"]; !ok || !textsOnly || len(forms) != len(texts) {
		return nil
	}
	for key := range texts {
		delete(c.messages, path+key)
	}
	c.messages[strings.TrimSuffix(path, ".")] = message{forms: forms}
	return nil
}
