package bow

import (
	"errors"
	"strconv"
)

// The reasons why a document cannot be used; test for them with errors.Is. Those
// that belong to a place in a file come inside a *LineError.
var (
	// ErrEmpty says that there was no document to read.
	ErrEmpty = errors.New("no documents")

	// ErrOneClass says that every document has the same label, so that there is
	// nothing to learn.
	ErrOneClass = errors.New("only one class")

	// ErrNoWords says that no word is left for the dictionary.
	ErrNoWords = errors.New("no words")

	// ErrNoTab says that a line of a tsv file has no tab.
	ErrNoTab = errors.New("no tab between label and text")

	// ErrNoLabel says that a record has no place where the label stands.
	ErrNoLabel = errors.New("no label")

	// ErrEmptyLabel says that the label is there but has no letters.
	ErrEmptyLabel = errors.New("empty label")

	// ErrManyLabels says that a document has two labels or more where one is wanted.
	ErrManyLabels = errors.New("more than one label")

	// ErrUnknownLabel says that a label is none of those the model was trained on.
	ErrUnknownLabel = errors.New("unknown label")

	// ErrNoColumn says that a column, named or numbered, is not there.
	ErrNoColumn = errors.New("no such column")

	// ErrInvalidUTF8 says that the bytes are no UTF-8 text.
	ErrInvalidUTF8 = errors.New("not valid UTF-8 (convert the text first, for example with iconv)")

	// ErrLineTooLong says that a line, or a csv record of several lines, is longer
	// than ReaderOptions.MaxLine.
	ErrLineTooLong = errors.New("line too long")
)

// LineError is an error at a line of a file, where the record that is wrong
// starts.
type LineError struct {
	Name string // of the file; may be empty
	Line int    // counted from 1; 0 if the error is about the whole file
	Err  error  // the reason

	// Skipped says that the record was left out, and that Read goes on behind it
	// (ReaderOptions.EveryLine).
	Skipped bool
}

// skipped says whether reading goes on after err.
func skipped(err error) bool {
	at, ok := err.(*LineError)
	return ok && at.Skipped
}

// Error puts the place before the reason, as compilers do:
// "train.tsv:1042: no tab between label and text".
func (e *LineError) Error() string {
	switch {
	case e.Name == "" && e.Line == 0:
		return e.Err.Error()
	case e.Name == "":
		return "line " + strconv.Itoa(e.Line) + ": " + e.Err.Error()
	case e.Line == 0:
		return e.Name + ": " + e.Err.Error()
	}
	return e.Name + ":" + strconv.Itoa(e.Line) + ": " + e.Err.Error()
}

// Unwrap returns the reason.
func (e *LineError) Unwrap() error { return e.Err }
