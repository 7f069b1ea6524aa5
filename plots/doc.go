// Package plots draws what Nestnet makes: the course of a training, confusion matrices,
// curves of rankings, activations, loss surfaces, the words that decide, and expression
// graphs. A Figure is an SVG or a PNG.
//
//	history, err := net.Fit(ctx, train, feedforward.Fit{Valid: valid})
//	figure, err := plots.History(history, plots.Style{})
//	err = figure.Save("history.svg")
//
// In a notebook a Figure shows itself when it is the last value of a cell, as it has a
// method SVG.
//
// # Looks
//
// The zero Style is a figure of a documented size in light colours on white. Dark is for
// dark pages, Transparent leaves the page's own background. Series have the colours of
// Okabe and Ito, which people with any kind of colour blindness can tell apart, and
// different dashes besides, so that they survive a black and white print.
//
// Names of any length will do: what does not fit ends in "…", and figures grow with the
// number of classes, words or nodes unless the Style fixes their size.
//
// # Letters
//
// Text in an SVG is text: it can be searched, copied and read aloud, and the browser draws
// it, in Liberation Sans, Arial or Helvetica, which are equally wide, or whatever the
// machine has. A PNG has the glyphs of Liberation Sans, which is embedded: Latin, Greek,
// Cyrillic, Hebrew, arrows and mathematical signs, but no Chinese, Japanese, Korean,
// Arabic, Indian letters or emoji, in whose place stand boxes (and ◦ for ⊙). Take SVG for
// them.
//
// # Sameness
//
// The same input gives the same bytes, on processors of one kind. There is no clock and no
// chance in it.
//
// The palette: M. Okabe, K. Ito, "Color Universal Design", 2008,
// https://jfly.uni-koeln.de/color/.
package plots
