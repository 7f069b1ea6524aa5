package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/nestnet/nestnet/data/bow"
	"github.com/spf13/pflag"
)

// english stands for the list of stop words that comes with the program.
const english = "english"

// planWords settles which words of a text become numbers.
func (p *plan) planWords(set *pflag.FlagSet) error {
	p.tokenizer = bow.Tokenizer{NGrams: p.ngrams}
	p.vocabulary = bow.VocabularyOptions{MaxWords: p.maxWords, MinCount: p.minCount}
	var err error
	if p.vocabulary.MinDocuments, p.vocabulary.MinShare, err = documentFrequency("min-df", p.minDF); err != nil {
		return err
	}
	if p.vocabulary.MaxDocuments, p.vocabulary.MaxShare, err = documentFrequency("max-df", p.maxDF); err != nil {
		return err
	}
	for _, flag := range []string{"max-words", "min-count", "min-df", "max-df"} {
		if p.hashBits > 0 && set.Changed(flag) {
			return usagef("--%s is for a dictionary, and --hash-bits makes none", flag)
		}
	}
	if p.stopWords == "" {
		return nil
	}
	if p.tokenizer.StopWords, err = readStopWords(p.stopWords); err != nil {
		return err
	}
	if err := p.tokenizer.Check(); err != nil {
		return fmt.Errorf("%s: %w", p.stopWords, err)
	}
	return nil
}

// readStopWords returns the words of the file, or of the list that name stands for.
func readStopWords(name string) ([]string, error) {
	if name == english {
		return bow.EnglishStopWords(), nil
	}
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("--stop-words: %w", fileError(err))
	}
	return strings.Fields(string(text)), nil
}

// documentFrequency reads a number of documents, 3, or a share of them, 0.5 or 1.0.
// As in scikit-learn, 1 is a document and 1.0 is all of them.
func documentFrequency(flag, text string) (documents int, share float64, err error) {
	if text == "" {
		return 0, 0, nil
	}
	if documents, err = strconv.Atoi(text); err == nil && documents >= 1 {
		return documents, 0, nil
	}
	if share, err = strconv.ParseFloat(text, 64); err == nil && share > 0 && share <= 1 {
		return 0, share, nil
	}
	return 0, 0, usagef("--%s is %q, want a number of documents from 1, or a share of them above 0 and up to 1.0", flag, text)
}
