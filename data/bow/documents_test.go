package bow

import (
	"context"
	"errors"
	"io"
	"reflect"
	"strings"
	"testing"
)

func TestReadDocumentsAndBack(t *testing.T) {
	text := "spam\tWin now\n\nham\tSee you at six\nham\tsix\n"
	reader := func() Reader {
		r, err := NewReader(strings.NewReader(text), "mail.tsv", ReaderOptions{})
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	documents, err := ReadDocuments(reader())
	if err != nil {
		t.Fatal(err)
	}
	want := []Document{{Label: "spam", Text: "Win now", Line: 1}, {Label: "ham", Text: "See you at six", Line: 3}, {Label: "ham", Text: "six", Line: 4}}
	if !reflect.DeepEqual(documents, want) {
		t.Fatalf("got %+v, want %+v", documents, want)
	}

	// From memory they come as from the file, to the rows that are made of them.
	var sets []any
	for _, r := range []Reader{reader(), NewDocuments(documents)} {
		corpus, err := NewCorpus(Tokenizer{})
		if err != nil {
			t.Fatal(err)
		}
		if err := corpus.ReadAll(context.Background(), r, nil); err != nil {
			t.Fatal(err)
		}
		words, err := corpus.Vocabulary(nil, VocabularyOptions{})
		if err != nil {
			t.Fatal(err)
		}
		encoder, err := corpus.Encoder(words, Count, nil)
		if err != nil {
			t.Fatal(err)
		}
		set, _, err := corpus.Set(encoder, nil)
		if err != nil {
			t.Fatal(err)
		}
		sets = append(sets, set.All)
		if _, err := r.Read(); err != io.EOF {
			t.Errorf("after the last document: %v, want io.EOF", err)
		}
	}
	if !reflect.DeepEqual(sets[0], sets[1]) {
		t.Errorf("from memory %+v, from the file %+v", sets[1], sets[0])
	}
}

func TestReadDocumentsStopsAtAnError(t *testing.T) {
	r, err := NewReader(strings.NewReader("spam\tWin now\nno tab\nham\tsix\n"), "mail.tsv", ReaderOptions{})
	if err != nil {
		t.Fatal(err)
	}
	documents, err := ReadDocuments(r)
	if !errors.Is(err, ErrNoTab) || len(documents) != 1 {
		t.Errorf("got %d documents and %v, want 1 and ErrNoTab", len(documents), err)
	}
}

func TestNewDocumentsOfNone(t *testing.T) {
	if _, err := NewDocuments(nil).Read(); err != io.EOF {
		t.Errorf("got %v, want io.EOF", err)
	}
}
