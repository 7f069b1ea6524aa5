package bow_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"

	"github.com/nestnet/nestnet/data"
	"github.com/nestnet/nestnet/data/bow"
)

const messages = `ham	Lunch at noon?
spam	WIN cash now! Win!
ham	Don't bring cash, lunch is free
spam	Free prize: cash
`

// From lines of text to rows of numbers.
func Example() {
	r, err := bow.NewReader(strings.NewReader(messages), "messages.tsv", bow.ReaderOptions{})
	if err != nil {
		log.Fatal(err)
	}
	corpus, err := bow.NewCorpus(bow.Tokenizer{})
	if err != nil {
		log.Fatal(err)
	}
	if err := corpus.ReadAll(context.Background(), r, nil); err != nil {
		log.Fatal(err)
	}
	words, err := corpus.Vocabulary(nil, bow.VocabularyOptions{MinCount: 2})
	if err != nil {
		log.Fatal(err)
	}
	enc, err := corpus.Encoder(words, bow.Count, nil)
	if err != nil {
		log.Fatal(err)
	}
	set, stats, err := corpus.Set(enc, nil)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("words: ", words.Words())
	fmt.Println("labels:", corpus.Labels())
	for i := range set.Len() {
		columns, counts := set.All.Row(i)
		fmt.Println("class", set.All.Classes[i], "columns", columns, "counts", counts)
	}
	fmt.Println(stats.Documents, "documents,", stats.Empty, "without a known word")
	// Output:
	// words:  [cash free lunch win]
	// labels: [ham spam]
	// class 0 columns [2] counts [1]
	// class 1 columns [0 3] counts [1 2]
	// class 0 columns [0 1 2] counts [1 1 1]
	// class 1 columns [0 1] counts [1 1]
	// 4 documents, 0 without a known word
}

// A corpus that need not fit into memory.
func ExampleCorpus_Examples() {
	corpus, err := bow.NewCorpus(bow.Tokenizer{})
	if err != nil {
		log.Fatal(err)
	}
	corpus.Cache = data.CacheOptions{Bytes: 64} // a gigabyte or more in earnest
	r, err := bow.NewReader(strings.NewReader(messages), "messages.tsv", bow.ReaderOptions{})
	if err != nil {
		log.Fatal(err)
	}
	if err := corpus.ReadAll(context.Background(), r, nil); err != nil {
		log.Fatal(err)
	}
	words, err := corpus.Vocabulary(nil, bow.VocabularyOptions{MinCount: 2})
	if err != nil {
		log.Fatal(err)
	}
	enc, err := corpus.Encoder(words, bow.Presence, nil)
	if err != nil {
		log.Fatal(err)
	}
	examples, _, err := corpus.Examples(enc, nil)
	if err != nil {
		log.Fatal(err)
	}
	defer examples.Close()
	if err := corpus.Close(); err != nil {
		log.Fatal(err)
	}

	_, onDisk := examples.OnDisk()
	fmt.Println(examples.Len(), "examples, on disk:", onDisk)
	pass := examples.Pass(2, nil)
	var batch data.Batch
	for pass.Next(&batch) == nil {
		fmt.Println("classes", batch.Classes, "columns", batch.Indices)
	}
	// Output:
	// 4 examples, on disk: true
	// classes [0 1] columns [2 0 3]
	// classes [0 1] columns [0 1 2 0 1]
}

func ExampleTokenizer_AppendTokens() {
	text := "Don’t miss the ’90s: FREE entry!"
	fmt.Printf("%q\n", bow.Tokenizer{}.AppendTokens(nil, text))
	fmt.Printf("%q\n", bow.Tokenizer{NGrams: 2, StopWords: []string{"the"}}.AppendTokens(nil, "the free entry"))
	// Output:
	// ["don't" "miss" "the" "90s" "free" "entry"]
	// ["free" "entry" "free entry"]
}

func ExampleVocabulary() {
	v, err := bow.NewVocabulary([]string{"zulu", "a", "mike"})
	if err != nil {
		log.Fatal(err)
	}
	i, ok := v.Index("zulu")
	fmt.Println(v.Len(), v.Word(0), i, ok)
	// Output: 3 a 2 true
}

// Encoding messages for prediction, with what a model file keeps.
func ExampleEncoder_Batch() {
	words, err := bow.NewVocabulary([]string{"cash", "lunch", "win"})
	if err != nil {
		log.Fatal(err)
	}
	enc, err := bow.NewEncoder(words, bow.Settings{}, nil)
	if err != nil {
		log.Fatal(err)
	}
	batch, err := enc.Batch("Win! Win cash!", "Lunch?", "hello")
	if err != nil {
		log.Fatal(err)
	}
	for i := range batch.Rows() {
		columns, _ := batch.Row(i)
		fmt.Println(columns)
	}
	// Output:
	// [0 2]
	// [1]
	// []
}

// A label that the model does not know is reported at its line.
func ExampleEncoder_ReadSet() {
	words, err := bow.NewVocabulary([]string{"cash", "lunch"})
	if err != nil {
		log.Fatal(err)
	}
	enc, err := bow.NewEncoder(words, bow.Settings{}, nil)
	if err != nil {
		log.Fatal(err)
	}
	r, err := bow.NewReader(strings.NewReader("ham\tlunch\nsapm\tcash\n"), "sms.test.tsv", bow.ReaderOptions{})
	if err != nil {
		log.Fatal(err)
	}
	_, _, err = enc.ReadSet(r, []string{"ham", "spam"})
	fmt.Println(err)
	fmt.Println(errors.Is(err, bow.ErrUnknownLabel))
	// Output:
	// sms.test.tsv:2: unknown label "sapm" (known: ham, spam)
	// true
}

// Keeping a quarter of each class apart.
func ExampleCorpus_Split() {
	corpus, err := bow.NewCorpus(bow.Tokenizer{})
	if err != nil {
		log.Fatal(err)
	}
	for i := range 12 {
		label := "ham"
		if i%3 == 0 {
			label = "spam"
		}
		if err := corpus.Add(bow.Document{Label: label, Text: "some text"}); err != nil {
			log.Fatal(err)
		}
	}
	rest, part, err := corpus.Split(0.25, nil, rand.New(rand.NewPCG(1, 0)))
	if err != nil {
		log.Fatal(err)
	}
	kept, err := corpus.ClassCounts(part)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(len(rest), len(part), corpus.Labels(), kept)
	// Output: 9 3 [ham spam] [2 1]
}

func ExampleNewReader_jsonLines() {
	in := `{"verdict": {"class": "spam"}, "body": "win cash"}`
	r, err := bow.NewReader(strings.NewReader(in), "tickets.jsonl", bow.ReaderOptions{
		LabelColumn: "verdict.class",
		TextColumn:  "body",
	})
	if err != nil {
		log.Fatal(err)
	}
	d, err := r.Read()
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%d: %s: %s\n", d.Line, d.Label, d.Text)
	// Output: 1: spam: win cash
}

// A folder for each class, a file for each text.
func ExampleOpen_folder() {
	root, err := os.MkdirTemp("", "mail")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(root)
	for path, text := range map[string]string{"ham/1.txt": "Lunch at noon?", "spam/1.txt": "WIN cash now!", "spam/2.txt": "Free prize"} {
		path = filepath.Join(root, path)
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			log.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			log.Fatal(err)
		}
	}
	f, err := bow.Open(root, bow.ReaderOptions{})
	if err != nil {
		log.Fatal(err)
	}
	defer f.Close()
	fmt.Println(f.Detected())
	for {
		d, err := f.Read()
		if err == io.EOF {
			break
		}
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(d.Label, "|", d.Text)
	}
	// Output:
	// folder, a class in each folder of it
	// ham | Lunch at noon?
	// spam | WIN cash now!
	// spam | Free prize
}

// Without a dictionary: the column of a word is a hash of it.
func ExampleSettings_hashing() {
	enc, err := bow.NewEncoder(nil, bow.Settings{HashBits: 18, Weighting: bow.Count}, nil)
	if err != nil {
		log.Fatal(err)
	}
	b, err := enc.Batch("Win cash! Win now!")
	if err != nil {
		log.Fatal(err)
	}
	columns, counts := b.Row(0)
	fmt.Println(columns, counts, "of", enc.Columns())
	// Output: [68115 95979 182662] [1 1 2] of 262144
}

// An answer for each line of a file, whatever stands on it.
func ExampleReaderOptions_everyLine() {
	texts := "Call now!\n\nSee \xff you\nAt six.\n"
	r, err := bow.NewReader(strings.NewReader(texts), "texts.txt", bow.ReaderOptions{Unlabelled: true, EveryLine: true})
	if err != nil {
		log.Fatal(err)
	}
	for {
		d, err := r.Read()
		if err == io.EOF {
			break
		}
		if at, ok := errors.AsType[*bow.LineError](err); ok && at.Skipped {
			fmt.Println(at.Line, "cannot be read")
			continue
		}
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("%d %q\n", d.Line, d.Text)
	}
	// Output:
	// 1 "Call now!"
	// 2 ""
	// 3 cannot be read
	// 4 "At six."
}

// Documents with several labels, or none, become sets of labels.
func ExampleCorpus_MultiLabel() {
	const in = "__label__sport __label__health Run for your heart\n__label__sport Two goals\nNothing new\n"
	r, err := bow.NewReader(strings.NewReader(in), "news.ft", bow.ReaderOptions{Labels: bow.AnyLabels})
	if err != nil {
		log.Fatal(err)
	}
	corpus, err := bow.NewCorpus(bow.Tokenizer{})
	if err != nil {
		log.Fatal(err)
	}
	if err := corpus.ReadAll(context.Background(), r, nil); err != nil {
		log.Fatal(err)
	}
	least, most, all := corpus.LabelsPerDocument()
	corpus.MultiLabel = most > 1 || least == 0
	fmt.Printf("%d to %d labels, %d in all: %s\n", least, most, all, strings.Join(corpus.Labels(), ", "))

	words, err := corpus.Vocabulary(nil, bow.VocabularyOptions{})
	if err != nil {
		log.Fatal(err)
	}
	encoder, err := corpus.Encoder(words, bow.Presence, nil)
	if err != nil {
		log.Fatal(err)
	}
	set, _, err := corpus.Set(encoder, nil)
	if err != nil {
		log.Fatal(err)
	}
	for i := range set.Len() {
		fmt.Println(set.All.Labels(i))
	}
	// Output:
	// 0 to 2 labels, 3 in all: health, sport
	// [0 1]
	// [1]
	// []
}
