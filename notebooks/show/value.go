package show

import (
	"fmt"
	"html"
	"strconv"
	"strings"
	"unicode/utf8"
)

// HTML is a piece of a page.
func HTML(page string) Output {
	return Output{map[string]any{mimeHTML: page, mimeText: page}}
}

// Markdown is a text with headings, lists and formulas ($…$).
func Markdown(text string) Output {
	return Output{map[string]any{mimeMarkdown: text, mimeText: text}}
}

// SVG is a drawing.
func SVG(drawing string) Output {
	return Output{map[string]any{mimeSVG: drawing, mimeText: "SVG"}}
}

// PNG is a picture, the bytes of the file.
func PNG(picture []byte) Output {
	return Output{map[string]any{mimePNG: picture, mimeText: "PNG"}}
}

// Table is a table: a heading for each column, and rows of values, as fmt.Print prints
// them. A column of numbers stands to the right, formatted or not.
func Table(heading []string, rows ...[]any) Output {
	lines := [][]string{heading}
	right := map[int]bool{} // columns that hold numbers only
	for i := range heading {
		right[i] = len(rows) > 0
	}
	for _, row := range rows {
		var line []string
		for i, v := range row {
			line = append(line, fmt.Sprint(v))
			right[i] = right[i] && isNumber(v)
		}
		lines = append(lines, line)
	}
	return Output{map[string]any{mimeHTML: tableHTML(lines, right), mimeText: tableText(lines, right)}}
}

func tableHTML(lines [][]string, right map[int]bool) string {
	var b strings.Builder
	b.WriteString("<table>\n")
	for n, line := range lines {
		element := "td"
		if n == 0 {
			element = "th"
		}
		b.WriteString("<tr>")
		for i, cell := range line {
			align := "left"
			if right[i] {
				align = "right"
			}
			fmt.Fprintf(&b, `<%s style="text-align:%s">%s</%s>`, element, align, html.EscapeString(cell), element)
		}
		b.WriteString("</tr>\n")
	}
	b.WriteString("</table>")
	return b.String()
}

func tableText(lines [][]string, right map[int]bool) string {
	widths := map[int]int{}
	for _, line := range lines {
		for i, cell := range line {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	var b strings.Builder
	for _, line := range lines {
		var text string
		for i, cell := range line {
			pad := strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell))
			if right[i] {
				cell, pad = pad+cell, ""
			}
			text += cell + pad + "  "
		}
		b.WriteString(strings.TrimRight(text, " ") + "\n")
	}
	return b.String()
}

func isNumber(v any) bool {
	switch v := v.(type) {
	case int, int8, int16, int32, int64, uint, uint8, uint16, uint32, uint64, float32, float64:
		return true
	case string: // a number that was formatted, as 1,910 or 98.6%
		_, err := strconv.ParseFloat(strings.ReplaceAll(strings.TrimSuffix(v, "%"), ",", ""), 64)
		return err == nil
	}
	return false
}
