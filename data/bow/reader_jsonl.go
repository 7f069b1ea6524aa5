package bow

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
)

type jsonlParser struct {
	unlabelled  bool
	label, text string
}

func newJSONLParser(o ReaderOptions) *jsonlParser {
	return &jsonlParser{
		unlabelled: o.Unlabelled, label: cmp.Or(o.LabelColumn, "label"), text: cmp.Or(o.TextColumn, "text"),
	}
}

func (p *jsonlParser) parse(line string) (d Document, err error) {
	b := []byte(line)
	if c := bytes.TrimSpace(b)[0]; c != '{' {
		return d, fmt.Errorf("line starts with %q, want a JSON object on each line, {…}", c)
	}
	var object map[string]json.RawMessage
	if err := json.Unmarshal(b, &object); err != nil {
		if bad, ok := errors.AsType[*json.SyntaxError](err); ok {
			return d, fmt.Errorf("not a JSON object: %w, at byte %d", err, bad.Offset)
		}
		return d, fmt.Errorf("not a JSON object: %w", err)
	}
	text := lookUp(object, p.text)
	if text == nil {
		return d, fmt.Errorf("%w: %q; the object has %s", ErrNoColumn, p.text, keys(object))
	}
	if text[0] != '"' {
		return d, fmt.Errorf("%q is %.40s, want a string", p.text, text)
	}
	if err := json.Unmarshal(text, &d.Text); err != nil {
		return d, err
	}
	label := lookUp(object, p.label)
	switch {
	case label == nil:
		if p.unlabelled {
			return d, nil
		}
		return d, fmt.Errorf("%w: the object has no %q, it has %s", ErrNoLabel, p.label, keys(object))
	case label[0] == '"':
		if err := json.Unmarshal(label, &d.Label); err != nil {
			return d, err
		}
		d.Label = strings.TrimSpace(d.Label)
	case label[0] == '{':
		return d, fmt.Errorf("%q is an object, want a string, number, true or false", p.label)
	case label[0] == '[':
		return d, fmt.Errorf("%q is a list: %w", p.label, ErrManyLabels)
	default: // number, true, false: as it is written
		d.Label = string(label)
	}
	if d.Label == "" && !p.unlabelled {
		return d, ErrEmptyLabel
	}
	return d, nil
}

// lookUp returns the value called name, and nil if it is missing or null. A name
// with a dot is tried as it stands, then as a path.
func lookUp(object map[string]json.RawMessage, name string) json.RawMessage {
	if v, ok := object[name]; ok {
		if v = bytes.TrimSpace(v); bytes.Equal(v, []byte("null")) {
			return nil
		}
		return v
	}
	for i := range len(name) {
		if name[i] != '.' {
			continue
		}
		inner, ok := object[name[:i]]
		if !ok {
			continue
		}
		var next map[string]json.RawMessage
		if json.Unmarshal(inner, &next) != nil {
			continue // no object: nothing is in it
		}
		if v := lookUp(next, name[i+1:]); v != nil {
			return v
		}
	}
	return nil
}

func keys(object map[string]json.RawMessage) string {
	if len(object) == 0 {
		return "no keys"
	}
	names := make([]string, 0, len(object))
	for k := range object {
		names = append(names, k)
	}
	slices.Sort(names)
	return quoted(names)
}
