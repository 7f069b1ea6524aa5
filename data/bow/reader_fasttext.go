package bow

import (
	"fmt"
	"strings"
)

// labelPrefix marks a label in a fastText file.
const labelPrefix = "__label__"

type fastTextParser struct{ unlabelled bool }

func (p *fastTextParser) parse(line string) (d Document, err error) {
	rest := line
	var text strings.Builder // used only if a label stands within the text
	labels := 0
	for {
		before, label, after := cutLabel(rest)
		if label == "" {
			break
		}
		labels++
		if labels > 1 && !p.unlabelled {
			return d, fmt.Errorf("%w (%q follows %q)", ErrManyLabels, label, labelPrefix+d.Label)
		}
		d.Label = label[len(labelPrefix):]
		text.WriteString(before)
		rest = after
	}
	if text.Len() > 0 {
		text.WriteString(rest)
		rest = text.String()
	}
	d.Text = strings.TrimSpace(rest)
	switch {
	case p.unlabelled:
		if labels > 1 {
			d.Label = "" // which one is not known
		}
	case labels == 0:
		return d, fmt.Errorf("%w: no word starts with %s", ErrNoLabel, labelPrefix)
	case d.Label == "":
		return d, ErrEmptyLabel
	}
	return d, nil
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
