package bow

import (
	"fmt"
	"strings"
)

// labelPrefix marks a label in a fastText file.
const labelPrefix = "__label__"

type fastTextParser struct{ labels labelRule }

func (p *fastTextParser) parse(line string) (d Document, err error) {
	rest := line
	var text strings.Builder // used only if a label stands within the text
	var more []string        // labels, if there is more than one
	labels := 0
	for {
		before, label, after := cutLabel(rest)
		if label == "" {
			break
		}
		name := label[len(labelPrefix):]
		switch labels++; {
		case labels == 1:
			d.Label = name
		case p.labels.unlabelled: // which one is not needed
		case p.labels.count == OneLabel:
			return d, fmt.Errorf("%w (%q follows %q)", ErrManyLabels, label, labelPrefix+d.Label)
		case labels == 2:
			more = append(make([]string, 0, 4), d.Label, name)
		default:
			more = append(more, name)
		}
		text.WriteString(before)
		rest = after
	}
	if text.Len() > 0 {
		text.WriteString(rest)
		rest = text.String()
	}
	d.Text = strings.TrimSpace(rest)
	switch {
	case p.labels.unlabelled:
		if labels > 1 {
			d.Label = "" // which one is not known
		}
	case labels > 1:
		d.Label = ""
		err = p.labels.give(&d, more)
	case labels == 1 && d.Label == "":
		err = ErrEmptyLabel
	case labels == 0 && p.labels.count == AnyLabels:
		d.Labels = []string{}
	case labels == 0:
		err = fmt.Errorf("%w: no word starts with %s", ErrNoLabel, labelPrefix)
	}
	return d, err
}

// cutLabel cuts line around its first word that starts with labelPrefix. The label
// is empty if there is none.
func cutLabel(line string) (before, label, after string) {
	for from := 0; ; {
		at := strings.Index(line[from:], labelPrefix)
		if at < 0 {
			return line, "", ""
		}
		at += from
		if at == 0 || isSpace(line[at-1]) {
			end := at
			for end < len(line) && !isSpace(line[end]) {
				end++
			}
			return line[:at], line[at:end], line[end:]
		}
		from = at + len(labelPrefix)
	}
}

// isSpace is what separates words for fastText.
func isSpace(c byte) bool { return c == ' ' || c >= '\t' && c <= '\r' || c == 0 }
