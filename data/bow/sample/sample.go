// Package sample holds a small collection of messages, spam and ham (not spam), so
// that everything can be tried without data of one's own. The messages were written
// for this project and fall under its licence. About a third of either class is hard on
// purpose: notices of honest shops, banks and couriers as ham, spam that chats. A model
// that is right about all of them has seen them before.
//
// It is too small to train a filter for real mail.
package sample

import (
	_ "embed"
	"strings"

	"github.com/nestnet/nestnet/data/bow"
)

//go:embed messages.tsv
var messages string

// Name is what messages and errors call the collection.
const Name = "sample.tsv"

// Text returns the collection in the form label<TAB>text, a message a line.
func Text() string { return messages }

// Documents reads the collection from its beginning.
func Documents() (bow.Reader, error) {
	return bow.NewReader(strings.NewReader(messages), Name, bow.ReaderOptions{Format: bow.TSV})
}
