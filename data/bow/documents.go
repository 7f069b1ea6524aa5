package bow

import "io"

// NewDocuments reads documents from memory, in their order. Like any Reader it is gone
// through once; make another one for another time.
func NewDocuments(documents []Document) Reader { return &listed{documents} }

// listed is what NewDocuments returns.
type listed struct{ rest []Document }

func (l *listed) Read() (Document, error) {
	if len(l.rest) == 0 {
		return Document{}, io.EOF
	}
	d := l.rest[0]
	l.rest = l.rest[1:]
	return d, nil
}

// ReadDocuments reads all documents of r into memory, for who wants their texts as well as
// what an encoder makes of them: to show those that a network got wrong, for example.
// Corpus.ReadAll keeps no texts. With an error come the documents before it.
func ReadDocuments(r Reader) ([]Document, error) {
	var documents []Document
	for {
		d, err := r.Read()
		if err == io.EOF {
			return documents, nil
		}
		if err != nil {
			return documents, err
		}
		documents = append(documents, d)
	}
}
