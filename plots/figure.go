package plots

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"html"
	"image/color"
	"io"
	"math"
	"path/filepath"
	"strings"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/vgimg"
	"gonum.org/v1/plot/vg/vgsvg"

	"github.com/nestnet/nestnet/internal/replace"
)

// Figure is a finished picture. It is safe for use by several goroutines.
type Figure struct {
	inches        [2]float64
	width, height float64 // points, 72 an inch
	title         string
	background    color.Color // nil: none
	draw          func(*pen)
	fonts         *fonts
}

// Size returns the width and the height in inches.
func (f *Figure) Size() (width, height float64) { return f.inches[0], f.inches[1] }

// SVG returns the figure as an SVG element, which is a file of its own or a part of a page.
// It shrinks to the width of what it stands in, loads nothing and has no scripts or ids.
func (f *Figure) SVG() string {
	c := vgsvg.NewWith(vgsvg.UseWH(vg.Length(f.width), vg.Length(f.height)))
	f.drawOn(c)
	var b bytes.Buffer
	if _, err := c.WriteTo(&b); err != nil {
		panic(fmt.Sprintf("plots: SVG into memory: %v", err))
	}
	// The element that vgsvg opens has a fixed size in points and no name.
	_, body, _ := strings.Cut(b.String(), "<svg ")
	_, body, _ = strings.Cut(body, ">\n")
	name := html.EscapeString(clean(cmp.Or(f.title, "figure")))
	head := fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="%.5gpt" height="%.5gpt" viewBox="0 0 %.5g %.5g" role="img" aria-label="%s" style="max-width:100%%;height:auto;font-family:'Liberation Sans',Arial,Helvetica,sans-serif">`+"\n",
		f.width, f.height, f.width, f.height, name)
	// Fonts are said once, above, with others that will do; vgsvg names one, at each text.
	return head + strings.NewReplacer(
		"font-family:Liberation Sans;font-variant:normal;font-weight:normal;font-style:normal;", "",
		"font-family:Liberation Sans;font-variant:normal;font-weight:bold;font-style:normal;", "font-weight:bold;",
		"data:image/jpg;", "data:image/png;", // which it is
		"\n\tstyle=", " style=",
	).Replace(body)
}

// WritePNG writes the figure as a PNG of so many dots per inch, a whole number; 0 for 144.
func (f *Figure) WritePNG(w io.Writer, dpi float64) error {
	dpi = cmp.Or(dpi, 144)
	if !(dpi >= 10 && dpi <= 2400) {
		return fmt.Errorf("plots: %v dots per inch, want 10 to 2400, or 0 for 144", dpi)
	}
	if pixels := f.width * f.height / (72 * 72) * dpi * dpi; pixels > 1<<28 {
		return fmt.Errorf("plots: a PNG of %.0f million pixels is too large; take fewer dots per inch than %v, a smaller figure, or SVG", pixels/1e6, dpi)
	}
	background := f.background
	if background == nil {
		background = color.Transparent
	}
	c := vgimg.NewWith(vgimg.UseWH(vg.Length(f.width), vg.Length(f.height)), vgimg.UseDPI(int(math.Round(dpi))), vgimg.UseBackgroundColor(background))
	f.drawOn(c)
	if _, err := (vgimg.PngCanvas{Canvas: c}).WriteTo(w); err != nil {
		return fmt.Errorf("plots: %w", err)
	}
	return nil
}

// Save writes the figure to a file, whole or not at all, as SVG or PNG by the end of its
// name.
func (f *Figure) Save(path string) error {
	var write func(io.Writer) error
	switch ext := strings.ToLower(filepath.Ext(path)); ext {
	case ".svg":
		write = func(w io.Writer) error {
			_, err := io.WriteString(w, f.SVG())
			return err
		}
	case ".png":
		write = func(w io.Writer) error { return f.WritePNG(w, 0) }
	default:
		return fmt.Errorf("plots: %s: a picture is .svg or .png, not %q", path, ext)
	}
	if err := replace.File(path, write); err != nil {
		return fmt.Errorf("plots: %s: %w", path, err)
	}
	return nil
}

func (f *Figure) drawOn(c vg.Canvas) {
	p := &pen{c: c, fonts: f.fonts}
	_, p.glyphs = c.(*vgimg.Canvas)
	if f.background != nil {
		p.fill(box{0, 0, f.width, f.height}, f.background)
	}
	f.draw(p)
}

// newFigure makes a figure of the size that the style asks for, or else of the default
// one in inches. draw is called with the theme each time the figure is written, and must
// not change what it has captured.
func newFigure(s Style, width, height float64, draw func(p *pen, t *theme, all box)) (*Figure, error) {
	if err := s.check(); err != nil {
		return nil, err
	}
	faces, err := newFonts()
	if err != nil {
		return nil, err
	}
	t := s.theme()
	width, height = cmp.Or(s.Width, width), cmp.Or(s.Height, height)
	f := &Figure{inches: [2]float64{width, height}, width: 72 * width, height: 72 * height, title: s.Title, fonts: faces}
	if !s.Transparent {
		f.background = t.background
	}
	f.draw = func(p *pen) {
		all := box{margin, margin, f.width - margin, f.height - margin}
		if s.Title != "" {
			const size = 13
			p.text(p.fit(s.Title, size, true, all.width()), all.x0, all.y1-size+2, textStyle{size: size, color: t.ink, bold: true})
			all.y1 -= titleHeight
		}
		draw(p, t, all)
	}
	return f, nil
}

const (
	margin      = 10 // left free at each edge, in points
	titleHeight = 22
)

func (s Style) check() error {
	var errs []error
	for _, side := range []struct {
		name string
		size float64
	}{{"Width", s.Width}, {"Height", s.Height}} {
		if side.size != 0 && !(side.size >= 1 && side.size <= 200) {
			errs = append(errs, fmt.Errorf("plots: Style.%s is %v inches, want 1 to 200, or 0 for the default", side.name, side.size))
		}
	}
	return errors.Join(errs...)
}
