// Package show displays values in a notebook, on either kernel for Go: gophernotes shows
// the last value of a cell if it has a method such as HTML, GoNB shows what a cell sends
// through a pipe. Display does both, so that one notebook runs on both:
//
//	show.Display(net, history)
//
// as the last line of a cell. A value shows itself by one or several of these methods,
// the same as gophernotes knows:
//
//	HTML() string
//	Markdown() string
//	Latex() string
//	SVG() string
//	PNG() []byte
//	SimpleRender() map[string]interface{}   // by MIME type
//
// Whatever has none of them is shown as fmt.Print prints it. HTML, Markdown, SVG, PNG and
// Table make values to show.
package show
