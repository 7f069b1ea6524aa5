package bow

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
)

type jsonlParser struct {
	labels      labelRule
	label, text string
}

func newJSONLParser(o ReaderOptions) *jsonlParser {
	return &jsonlParser{
		labels: o.labelRule(), label: cmp.Or(o.LabelColumn, "label"), text: cmp.Or(o.TextColumn, "text"),
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
		switch {
		case p.labels.unlabelled:
			return d, nil
		case p.labels.count == AnyLabels:
			return d, p.labels.give(&d, []string{})
		}
		return d, fmt.Errorf("%w: the object has no %q, it has %s", ErrNoLabel, p.label, keys(object))
	case label[0] == '"':
		if err := json.Unmarshal(label, &d.Label); err != nil {
			return d, err
		}
		return d, p.labels.column(&d, d.Label)
	case label[0] == '{':
		return d, fmt.Errorf("%q is an object, want a string, number, true or false", p.label)
	case label[0] == '[':
		return d, p.list(&d, label)
	}
	d.Label = string(label) // number, true, false: as it is written
	return d, nil
}

// list reads a list of labels.
func (p *jsonlParser) list(d *Document, list json.RawMessage) error {
	var values []json.RawMessage
	if err := json.Unmarshal(list, &values); err != nil {
		return err
	}
	labels := make([]string, len(values))
	for i, v := range values {
		switch v[0] {
		case '"':
			if err := json.Unmarshal(v, &labels[i]); err != nil {
				return err
			}
		case '{', '[', 'n':
			return fmt.Errorf("%q has %.40s in it, want strings, numbers, true or false", p.label, v)
		default:
			labels[i] = string(v)
		}
	}
	if err := p.labels.give(d, labels); err != nil {
		return fmt.Errorf("%q is a list: %w", p.label, err)
	}
	return nil
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
