package show

import (
	"fmt"
	"html"
	"strings"
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
// them. Columns of numbers stand to the right.
func Table(heading []string, rows ...[]any) Output {
	return Output{map[string]any{mimeHTML: tableHTML(heading, rows), mimeText: tableText(heading, rows)}}
}

func tableHTML(heading []string, rows [][]any) string {
	var b strings.Builder
	b.WriteString("<table>\n<tr>")
	for _, h := range heading {
		fmt.Fprintf(&b, "<th>%s</th>", html.EscapeString(h))
	}
	b.WriteString("</tr>\n")
	for _, row := range rows {
		b.WriteString("<tr>")
		for _, v := range row {
			align := "left"
			if isNumber(v) {
				align = "right"
			}
			fmt.Fprintf(&b, `<td style="text-align:%s">%s</td>`, align, html.EscapeString(fmt.Sprint(v)))
		}
		b.WriteString("</tr>\n")
	}
	b.WriteString("</table>")
	return b.String()
}

func tableText(heading []string, rows [][]any) string {
	lines := [][]string{heading}
	for _, row := range rows {
		var line []string
		for _, v := range row {
			line = append(line, fmt.Sprint(v))
		}
		lines = append(lines, line)
	}
	widths := []int{}
	for _, line := range lines {
		for i, cell := range line {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], len([]rune(cell)))
		}
	}
	var b strings.Builder
	for n, line := range lines {
		for i, cell := range line {
			if i > 0 {
				b.WriteString("  ")
			}
			pad := strings.Repeat(" ", widths[i]-len([]rune(cell)))
			if n > 0 && isNumber(rows[n-1][i]) {
				cell, pad = pad+cell, ""
			}
			b.WriteString(cell + pad)
		}
		b.WriteString("\n")
	}
	return b.String()
}

func isNumber(v any) bool {
	switch v.(type) {
	case int, int8, int16, int32, int64, uint, uint8, uint16, uint32, uint64, float32, float64:
		return true
	}
	return false
}
