package bow

// Document is one example as it stands in a file.
type Document struct {
	Label string // without white space around it; empty if there is none
	Text  string
	Line  int // where the record starts, counted from 1

	// Labels holds the labels of a document that does not have exactly one, and then
	// Label is empty. Nil means that Label is all; not nil and empty, that the document
	// has none, and may have none (AnyLabels). A label that is there twice counts once.
	Labels []string
}

// Stats counts what became of documents when they were encoded.
type Stats struct {
	Documents int // encoded, the empty ones too
	Empty     int // documents without any word of the dictionary: rows of zeroes

	// Before is how many of the documents ranks below this one have encoded; 0 without
	// ranks. The other fields count those of all ranks.
	Before int
}
