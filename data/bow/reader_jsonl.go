package bow

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"strings"
)

type jsonlReader struct {
	*lineReader
	unlabelled  bool
	label, text string
}

func newJSONLReader(l *lineReader, o ReaderOptions) *jsonlReader {
	r := &jsonlReader{lineReader: l, unlabelled: o.Unlabelled, label: o.LabelColumn, text: o.TextColumn}
	if r.label == "" {
		r.label = "label"
	}
	if r.text == "" {
		r.text = "text"
	}
	return r
}

func (r *jsonlReader) Read() (Document, error) {
	b, err := r.next()
	if err != nil {
		return Document{}, err
	}
	d := Document{Line: r.line}
	if c := bytes.TrimSpace(b)[0]; c != '{' {
		return d, r.errorf("line starts with %q, want a JSON object on each line, {…}", c)
	}
	var object map[string]json.RawMessage
	if err := json.Unmarshal(b, &object); err != nil {
		if bad, ok := errors.AsType[*json.SyntaxError](err); ok {
			return d, r.errorf("not a JSON object: %w, at byte %d", err, bad.Offset)
		}
		return d, r.errorf("not a JSON object: %w", err)
	}
	text := lookUp(object, r.text)
	if text == nil {
		return d, r.errorf("%w: %q; the object has %s", ErrNoColumn, r.text, keys(object))
	}
	if text[0] != '"' {
		return d, r.errorf("%q is %.40s, want a string", r.text, text)
	}
	if err := json.Unmarshal(text, &d.Text); err != nil {
		return d, r.error(err)
	}
	label := lookUp(object, r.label)
	switch {
	case label == nil:
		if r.unlabelled {
			return d, nil
		}
		return d, r.errorf("%w: the object has no %q, it has %s", ErrNoLabel, r.label, keys(object))
	case label[0] == '"':
		if err := json.Unmarshal(label, &d.Label); err != nil {
			return d, r.error(err)
		}
		d.Label = strings.TrimSpace(d.Label)
	case label[0] == '{':
		return d, r.errorf("%q is an object, want a string, number, true or false", r.label)
	case label[0] == '[':
		return d, r.errorf("%q is a list: %w", r.label, ErrManyLabels)
	default: // number, true, false: as it is written
		d.Label = string(label)
	}
	if d.Label == "" && !r.unlabelled {
		return d, r.error(ErrEmptyLabel)
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
