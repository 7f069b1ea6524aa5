package bow

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

func readString(text string, o ReaderOptions) ([]Document, error) {
	r, err := NewReader(strings.NewReader(text), "in", o)
	if err != nil {
		return nil, err
	}
	return ReadDocuments(r)
}

// show writes documents as a table of the tests does: line:label|text, then the
// error. Several labels stand in brackets.
func show(docs []Document, err error) string {
	var b strings.Builder
	for _, d := range docs {
		label := d.Label
		if d.Labels != nil {
			label += fmt.Sprintf("%q", d.Labels)
		}
		fmt.Fprintf(&b, "%d:%s|%s\n", d.Line, label, d.Text)
	}
	if err != nil {
		fmt.Fprintf(&b, "%v\n", err)
	}
	return b.String()
}

// readerTests are bytes in, documents and error out, for all formats.
var readerTests = []struct {
	name string
	o    ReaderOptions
	in   string
	want string
	is   error
}{
	{"tsv", ReaderOptions{Format: TSV}, "ham\tsee you\nspam\twin cash\n", "1:ham|see you\n2:spam|win cash\n", nil},
	{"tsv without last line end", ReaderOptions{Format: TSV}, "ham\ta\nspam\tb", "1:ham|a\n2:spam|b\n", nil},
	{"tsv CRLF", ReaderOptions{Format: TSV}, "ham\ta\r\nspam\tb\r\n", "1:ham|a\n2:spam|b\n", nil},
	{"tsv BOM", ReaderOptions{Format: TSV}, "\uFEFFham\ta\n", "1:ham|a\n", nil},
	{"tsv BOM later", ReaderOptions{Format: TSV}, "ham\ta\n\uFEFFham\tb\n", "1:ham|a\n2:\uFEFFham|b\n", nil},
	{"tsv blank lines", ReaderOptions{Format: TSV}, "\n \t\nham\ta\n\r\n\nspam\tb\n\n", "3:ham|a\n6:spam|b\n", nil},
	{"tsv text with tabs", ReaderOptions{Format: TSV}, "ham\ta\tb\t\n", "1:ham|a\tb\t\n", nil},
	{"tsv spaces around the label", ReaderOptions{Format: TSV}, " ham \t a \n", "1:ham| a \n", nil},
	{"tsv empty text", ReaderOptions{Format: TSV}, "ham\t\n", "1:ham|\n", nil},
	{"tsv no tab", ReaderOptions{Format: TSV}, "ham\ta\n\nsee you\nham\tb\n", "1:ham|a\nin:3: no tab between label and text\n", ErrNoTab},
	{"tsv empty label", ReaderOptions{Format: TSV}, "\ta\n", "in:1: empty label\n", ErrEmptyLabel},
	{"tsv bad UTF-8", ReaderOptions{Format: TSV}, "ham\ta\nham\tb\xff\n", "1:ham|a\nin:2: not valid UTF-8 (convert the text first, for example with iconv)\n", ErrInvalidUTF8},
	{"tsv empty", ReaderOptions{Format: TSV}, "", "", nil},
	{"tsv columns", ReaderOptions{Format: TSV, LabelColumn: "3", TextColumn: "1"}, "a\tx\tham\ty\n", "1:ham|a\n", nil},
	{"tsv text column", ReaderOptions{Format: TSV, TextColumn: "3"}, "ham\tx\ta\ty\n", "1:ham|a\n", nil},
	{"tsv column missing", ReaderOptions{Format: TSV, TextColumn: "3"}, "ham\tx\n", "in:1: no such column: the line has no column 3\n", ErrNoColumn},
	{"tsv column by name", ReaderOptions{Format: TSV, TextColumn: "text"}, "ham\tx\n", "bow: ReaderOptions.TextColumn is \"text\"; a tsv file has no header, so give the number of the column, counted from 1\n", nil},
	{"tsv columns equal", ReaderOptions{Format: TSV, TextColumn: "1"}, "ham\tx\n", "bow: ReaderOptions: label and text cannot both be column 1; give LabelColumn and TextColumn\n", nil},
	{"tsv unlabelled", ReaderOptions{Format: TSV, Unlabelled: true}, "see you\nwin\tcash\n", "1:|see you\n2:|win\tcash\n", nil},
	{"tsv unlabelled column", ReaderOptions{Format: TSV, Unlabelled: true, TextColumn: "2"}, "ham\tsee\tx\n", "1:|see\n", nil},
	{"tsv unlabelled columns", ReaderOptions{Format: TSV, Unlabelled: true, TextColumn: "1", LabelColumn: "2"}, "see\nwin\tspam\n", "1:|see\n2:spam|win\n", nil},

	{"csv", ReaderOptions{Format: CSV}, "label,text\nham,see you\nspam,\"win, cash\"\n", "2:ham|see you\n3:spam|win, cash\n", nil},
	{"csv column order and case", ReaderOptions{Format: CSV}, "id,Text, LABEL\n1,a,ham\n", "2:ham|a\n", nil},
	{"csv two columns", ReaderOptions{Format: CSV}, "v1,v2\nham,a\n", "2:ham|a\n", nil},
	{"csv two columns, text known", ReaderOptions{Format: CSV}, "text,class\na,ham\n", "2:ham|a\n", nil},
	{"csv two columns, label known", ReaderOptions{Format: CSV}, "message,label\na,ham\n", "2:ham|a\n", nil},
	{"csv two columns, one named", ReaderOptions{Format: CSV, LabelColumn: "class"}, "message,class\na,ham\n", "2:ham|a\n", nil},
	{"csv named", ReaderOptions{Format: CSV, LabelColumn: "class", TextColumn: "body"}, "id,class,body\n1,ham,a\n", "2:ham|a\n", nil},
	{"csv exact name first", ReaderOptions{Format: CSV}, "LABEL,label,text\n1,ham,a\n", "2:ham|a\n", nil},
	{"csv line breaks in quotes", ReaderOptions{Format: CSV}, "label,text\r\nham,\"a\r\n\r\nb \"\"c\"\"\"\r\n\r\nspam,d\r\n", "2:ham|a\n\nb \"c\"\n6:spam|d\n", nil},
	{"csv without last line end", ReaderOptions{Format: CSV}, "label,text\nham,a", "2:ham|a\n", nil},
	{"csv BOM", ReaderOptions{Format: CSV}, "\uFEFF\"label\",text\nham,a\n", "2:ham|a\n", nil},
	{"csv blank lines", ReaderOptions{Format: CSV}, "\n\nlabel,text\n\n  \nham,a\n", "6:ham|a\n", nil},
	{"csv unknown columns", ReaderOptions{Format: CSV}, "id,a,b\n", "in:1: no such column: \"label\"; the header has \"id\", \"a\", \"b\"\n", ErrNoColumn},
	{"csv no text column", ReaderOptions{Format: CSV, TextColumn: "body"}, "label,text\n", "in:1: no such column: \"body\"; the header has \"label\", \"text\"\n", ErrNoColumn},
	{"csv column twice", ReaderOptions{Format: CSV}, "label,text,text\n", "in:1: two columns are called \"text\"\n", nil},
	{"csv column for both", ReaderOptions{Format: CSV, LabelColumn: "text"}, "id,text\n", "in:1: label and text cannot both be column \"text\"\n", nil},
	{"csv record length", ReaderOptions{Format: CSV}, "label,text\nham,a\nham,a,b\n", "2:ham|a\nin:3: record has 3 columns, the header has 2\n", nil},
	{"csv open quote", ReaderOptions{Format: CSV}, "label,text\nham,a\n\nham,\"a\nb\nc", "2:ham|a\nin:4: extraneous or missing \" in quoted-field (csv: a field with \" in it stands in quotes, with \"\" for each \")\n", nil},
	{"csv bare quote", ReaderOptions{Format: CSV}, "label,text\nham,a\"b\n", "in:2: bare \" in non-quoted-field (csv: a field with \" in it stands in quotes, with \"\" for each \")\n", nil},
	{"csv empty label", ReaderOptions{Format: CSV}, "label,text\n,a\n", "in:2: empty label\n", ErrEmptyLabel},
	{"csv bad UTF-8 in a long record", ReaderOptions{Format: CSV}, "label,text\nham,\"a\n\xff\"\n", "in:3: not valid UTF-8 (convert the text first, for example with iconv)\n", ErrInvalidUTF8},
	{"csv CRLF within quotes", ReaderOptions{Format: CSV}, "label,text\r\nham,\"a\r\n\r\nb\"\r\nspam,c", "2:ham|a\n\nb\n5:spam|c\n", nil},
	{"csv BOM before a quote", ReaderOptions{Format: CSV}, "\uFEFF\"label\",\"text\"\nham,a", "2:ham|a\n", nil},
	{"csv quote at the end of the file", ReaderOptions{Format: CSV}, "label,text\nham,\"a\"", "2:ham|a\n", nil},
	{"csv quote in the middle", ReaderOptions{Format: CSV}, "label,text\nham,say \"a\" twice\n", "in:2: bare \" in non-quoted-field (csv: a field with \" in it stands in quotes, with \"\" for each \")\n", csv.ErrBareQuote},
	{"csv text after a quote", ReaderOptions{Format: CSV}, "label,text\nham,\"a\" b\n", "in:2: extraneous or missing \" in quoted-field (csv: a field with \" in it stands in quotes, with \"\" for each \")\n", csv.ErrQuote},
	{"csv quotes doubled over lines", ReaderOptions{Format: CSV}, "label,text\nham,\"\"\"a\"\"\n,\"\"b\"\"\"\n", "2:ham|\"a\"\n,\"b\"\n", nil},
	{"csv header twice the same", ReaderOptions{Format: CSV}, "label,text,Text,text\nham,a,b,c\n", "in:1: two columns are called \"text\"\n", nil},
	{"csv header in two capitals", ReaderOptions{Format: CSV}, "label,text,Text\nham,a,b\n", "2:ham|a\n", nil},
	{"csv header over two lines", ReaderOptions{Format: CSV, TextColumn: "the\ntext"}, "label,\"the\ntext\"\nham,a\n", "3:ham|a\n", nil},
	{"csv NUL", ReaderOptions{Format: CSV}, "label,text\nham,a\x00b\n", "2:ham|a\x00b\n", nil},
	{"csv empty", ReaderOptions{Format: CSV}, "", "", nil},
	{"csv header only", ReaderOptions{Format: CSV}, "label,text\n", "", nil},
	{"csv record too long", ReaderOptions{Format: CSV, MaxLine: 12}, "label,text\nham,\"12\n4567\nx\"\nham,b", "in:2: line too long: the record has more than 12 bytes; is a closing quote missing? If not, raise MaxLine\n", ErrLineTooLong},
	{"csv record just fits", ReaderOptions{Format: CSV, MaxLine: 12}, "label,text\nham,\"12\n456\"\nham,b", "2:ham|12\n456\n4:ham|b\n", nil},
	{"csv unlabelled", ReaderOptions{Format: CSV, Unlabelled: true}, "id,text\n1,a\n", "2:|a\n", nil},
	{"csv unlabelled with label", ReaderOptions{Format: CSV, Unlabelled: true}, "label,text\n,a\nham,b\n", "2:|a\n3:ham|b\n", nil},
	{"csv unlabelled, one column", ReaderOptions{Format: CSV, Unlabelled: true}, "message\na\n", "2:|a\n", nil},
	{"csv unlabelled, unknown columns", ReaderOptions{Format: CSV, Unlabelled: true}, "id,x,y\n", "in:1: no such column: \"text\"; the header has \"id\", \"x\", \"y\"\n", ErrNoColumn},
	{"csv unlabelled, label named", ReaderOptions{Format: CSV, Unlabelled: true, LabelColumn: "class"}, "id,text\n", "in:1: no such column: \"class\"; the header has \"id\", \"text\"\n", ErrNoColumn},

	{"jsonl", ReaderOptions{Format: JSONL}, `{"label": "ham", "text": "a\nb"}` + "\n" + ` {"text":"c","id":[1,{}],"label":"spam"} `, "1:ham|a\nb\n2:spam|c\n", nil},
	{"jsonl labels", ReaderOptions{Format: JSONL}, `{"label":1,"text":"a"}` + "\n" + `{"label":true,"text":"b"}` + "\n" + `{"label":-1.50,"text":"c"}`, "1:1|a\n2:true|b\n3:-1.50|c\n", nil},
	{"jsonl named", ReaderOptions{Format: JSONL, LabelColumn: "class", TextColumn: "body"}, `{"class":"ham","body":"a"}`, "1:ham|a\n", nil},
	{"jsonl nested", ReaderOptions{Format: JSONL, LabelColumn: "meta.class.id", TextColumn: "doc.body"}, `{"meta":{"class":{"id":7}},"doc":{"body":"a"}}`, "1:7|a\n", nil},
	{"jsonl name with dots", ReaderOptions{Format: JSONL, LabelColumn: "a.b", TextColumn: "a.b.c"}, `{"a.b":"ham","a":{"b":"no","b.c":"x"}}`, "1:ham|x\n", nil},
	{"jsonl BOM, CRLF, blank lines", ReaderOptions{Format: JSONL}, "\uFEFF" + `{"label":"ham","text":"a"}` + "\r\n\r\n" + `{"label":"ham","text":"b"}`, "1:ham|a\n3:ham|b\n", nil},
	{"jsonl nested in a list", ReaderOptions{Format: JSONL, TextColumn: "a.b"}, `{"label":"x","a":[{"b":"c"}]}`, "in:1: no such column: \"a.b\"; the object has \"a\", \"label\"\n", ErrNoColumn},
	{"jsonl nested null", ReaderOptions{Format: JSONL, LabelColumn: "a.b"}, `{"text":"x","a":{"b":null}}`, "in:1: no label: the object has no \"a.b\", it has \"a\", \"text\"\n", ErrNoLabel},
	{"jsonl dots at the ends", ReaderOptions{Format: JSONL, TextColumn: ".a."}, `{"label":"x","":{"a":{"":"y"}}}`, "1:x|y\n", nil},
	{"jsonl key twice", ReaderOptions{Format: JSONL}, `{"label":"x","text":"y","text":"z"}`, "1:x|z\n", nil},
	{"jsonl half a surrogate", ReaderOptions{Format: JSONL}, `{"label":"x","text":"\ud800y"}`, "1:x|\uFFFDy\n", nil},
	{"jsonl null label", ReaderOptions{Format: JSONL}, `{"label":null,"text":"a"}`, "in:1: no label: the object has no \"label\", it has \"label\", \"text\"\n", ErrNoLabel},
	{"jsonl no label", ReaderOptions{Format: JSONL}, `{"text":"a","class":"b"}`, "in:1: no label: the object has no \"label\", it has \"class\", \"text\"\n", ErrNoLabel},
	{"jsonl no text", ReaderOptions{Format: JSONL}, `{"label":"a"}`, "in:1: no such column: \"text\"; the object has \"label\"\n", ErrNoColumn},
	{"jsonl nothing", ReaderOptions{Format: JSONL}, `{}`, "in:1: no such column: \"text\"; the object has no keys\n", ErrNoColumn},
	{"jsonl text not a string", ReaderOptions{Format: JSONL}, `{"label":"a","text":5}`, "in:1: \"text\" is 5, want a string\n", nil},
	{"jsonl label a list", ReaderOptions{Format: JSONL}, `{"label":["a","b"],"text":"x"}`, "in:1: \"label\" is a list: more than one label (\"b\" follows \"a\")\n", ErrManyLabels},
	{"jsonl label an object", ReaderOptions{Format: JSONL}, `{"label":{"a":1},"text":"x"}`, "in:1: \"label\" is an object, want a string, number, true or false\n", nil},
	{"jsonl empty label", ReaderOptions{Format: JSONL}, `{"label":" ","text":"x"}`, "in:1: empty label\n", ErrEmptyLabel},
	{"jsonl list", ReaderOptions{Format: JSONL}, `[{"label":"a","text":"x"}]`, "in:1: line starts with '[', want a JSON object on each line, {…}\n", nil},
	{"jsonl damaged", ReaderOptions{Format: JSONL}, `{"label":"a","text":"x"}` + "\n" + `{"label":"a" "text"}`, "1:a|x\nin:2: not a JSON object: invalid character '\"' after object key:value pair, at byte 14\n", nil},
	{"jsonl over two lines", ReaderOptions{Format: JSONL}, "{\n}", "in:1: not a JSON object: unexpected end of JSON input, at byte 1\n", nil},
	{"jsonl two on a line", ReaderOptions{Format: JSONL}, `{}{}`, "in:1: not a JSON object: invalid character '{' after top-level value, at byte 3\n", nil},
	{"jsonl unlabelled", ReaderOptions{Format: JSONL, Unlabelled: true}, `{"text":"a"}` + "\n" + `{"text":"b","label":"ham"}`, "1:|a\n2:ham|b\n", nil},

	{"fasttext", ReaderOptions{Format: FastText}, "__label__ham see you\n__label__spam win\n", "1:ham|see you\n2:spam|win\n", nil},
	{"fasttext label later", ReaderOptions{Format: FastText}, "see __label__ham you\r\n win __label__spam\n", "1:ham|see  you\n2:spam|win\n", nil},
	{"fasttext within a word", ReaderOptions{Format: FastText}, "__label__ham x__label__y", "1:ham|x__label__y\n", nil},
	{"fasttext tab after label", ReaderOptions{Format: FastText}, "__label__ham\tsee you", "1:ham|see you\n", nil},
	{"fasttext no text", ReaderOptions{Format: FastText}, "__label__ham", "1:ham|\n", nil},
	{"fasttext two labels", ReaderOptions{Format: FastText}, "\n__label__a __label__b x", "in:2: more than one label (\"__label__b\" follows \"__label__a\")\n", ErrManyLabels},
	{"fasttext no label", ReaderOptions{Format: FastText}, "see you", "in:1: no label: no word starts with __label__\n", ErrNoLabel},
	{"fasttext empty label", ReaderOptions{Format: FastText}, "__label__ see you", "in:1: empty label\n", ErrEmptyLabel},
	{"fasttext unlabelled", ReaderOptions{Format: FastText, Unlabelled: true}, "see you\n__label__ham you\n__label__a __label__b x\n", "1:|see you\n2:ham|you\n3:|x\n", nil},
	{"fasttext columns", ReaderOptions{Format: FastText, TextColumn: "2"}, "", "bow: ReaderOptions.LabelColumn and TextColumn must be empty for fasttext, which has no columns\n", nil},

	{"fasttext some labels", ReaderOptions{Format: FastText, Labels: SomeLabels}, "__label__a x\n__label__b y __label__a\n__label__a __label__a z\nw\n",
		"1:a|x\n2:[\"b\" \"a\"]|y\n3:[\"a\" \"a\"]|z\nin:4: no label: no word starts with __label__\n", ErrNoLabel},
	{"fasttext any labels", ReaderOptions{Format: FastText, Labels: AnyLabels}, "__label__a x\ny\n__label__c __label__b __label__a __label__d __label__e z\n",
		"1:a|x\n2:[]|y\n3:[\"c\" \"b\" \"a\" \"d\" \"e\"]|z\n", nil},
	{"fasttext empty label of two", ReaderOptions{Format: FastText, Labels: AnyLabels}, "__label__a __label__ x", "in:1: empty label, the second of 2\n", ErrEmptyLabel},
	{"fasttext separator", ReaderOptions{Format: FastText, Labels: AnyLabels, LabelSeparator: ","}, "", "bow: ReaderOptions.LabelSeparator must be empty for fasttext, whose labels are words with __label__\n", nil},
	{"tsv separator", ReaderOptions{Format: TSV, Labels: AnyLabels, LabelSeparator: ","}, "a, b\tx,y\nc\tz\n \tw\n", "1:[\"a\" \"b\"]|x,y\n2:c|z\n3:[]|w\n", nil},
	{"tsv long separator", ReaderOptions{Format: TSV, Labels: SomeLabels, LabelSeparator: "::", LabelColumn: "2", TextColumn: "1"}, "x\ta::b:c::d\n", "1:[\"a\" \"b:c\" \"d\"]|x\n", nil},
	{"tsv empty part", ReaderOptions{Format: TSV, Labels: AnyLabels, LabelSeparator: ","}, "a,,b\tx\n", "in:1: empty label, the second of 3\n", ErrEmptyLabel},
	{"tsv no labels where some are wanted", ReaderOptions{Format: TSV, Labels: SomeLabels, LabelSeparator: ","}, "\tx\n", "in:1: empty label\n", ErrEmptyLabel},
	{"tsv any without separator", ReaderOptions{Format: TSV, Labels: AnyLabels}, "a,b\tx\n\ty\n", "1:a,b|x\n2:[]|y\n", nil},
	{"tsv separator for one label", ReaderOptions{Format: TSV, LabelSeparator: ","}, "a\tx\n", "bow: ReaderOptions.LabelSeparator is for documents with several labels (Labels some or any)\n", nil},
	{"csv separator", ReaderOptions{Format: CSV, Labels: AnyLabels, LabelSeparator: ","}, "text,label\nx,\"a,b\"\ny,\nz,c\n", "2:[\"a\" \"b\"]|x\n3:[]|y\n4:c|z\n", nil},
	{"csv separator unlabelled", ReaderOptions{Format: CSV, Unlabelled: true, LabelSeparator: ","}, "text,label\nx,\"a,b\"\n", "2:|x\n", nil},
	{"jsonl lists", ReaderOptions{Format: JSONL, Labels: AnyLabels}, `{"label":["a"," b ",1,true],"text":"x"}` + "\n" + `{"label":[],"text":"y"}` + "\n" + `{"label":null,"text":"z"}` + "\n" + `{"text":"w","label":"c, d"}`,
		"1:[\"a\" \"b\" \"1\" \"true\"]|x\n2:[]|y\n3:[]|z\n4:c, d|w\n", nil},
	{"jsonl list of one", ReaderOptions{Format: JSONL}, `{"label":["a"],"text":"x"}`, "1:a|x\n", nil},
	{"jsonl empty list", ReaderOptions{Format: JSONL, Labels: SomeLabels}, `{"label":[],"text":"x"}`, "in:1: \"label\" is a list: no label\n", ErrNoLabel},
	{"jsonl list of lists", ReaderOptions{Format: JSONL, Labels: AnyLabels}, `{"label":["a",["b"]],"text":"x"}`, "in:1: \"label\" has [\"b\"] in it, want strings, numbers, true or false\n", nil},
	{"jsonl list with null", ReaderOptions{Format: JSONL, Labels: AnyLabels}, `{"label":[null],"text":"x"}`, "in:1: \"label\" has null in it, want strings, numbers, true or false\n", nil},
	{"jsonl separator", ReaderOptions{Format: JSONL, Labels: AnyLabels, LabelSeparator: "|"}, `{"label":"a|b","text":"x"}` + "\n" + `{"label":["a|b"],"text":"x"}`, "1:[\"a\" \"b\"]|x\n2:a|b|x\n", nil},
	{"labels", ReaderOptions{Labels: "two"}, "", "bow: unknown number of labels \"two\", want one, some or any\n", nil},

	{"auto tsv", ReaderOptions{}, "\n\nham\ta, b\n", "3:ham|a, b\n", nil},
	{"auto csv", ReaderOptions{}, "id,Label,text\n1,ham,a\n", "2:ham|a\n", nil},
	{"auto csv named", ReaderOptions{LabelColumn: "v1", TextColumn: "v2"}, "v1,v2\nham,a\n", "2:ham|a\n", nil},
	{"auto jsonl", ReaderOptions{Format: Auto}, "\uFEFF\n" + `{"label":"ham","text":"a\tb"}`, "2:ham|a\tb\n", nil},
	{"auto fasttext", ReaderOptions{}, "__label__ham\tx", "1:ham|x\n", nil},
	{"auto unknown", ReaderOptions{}, "\nhello, world\n", "in:2: cannot tell the format by the name or the first line; say which it is: tsv, csv, jsonl or fasttext\n", nil},
	{"auto empty", ReaderOptions{}, "\n", "", nil},
	{"auto with columns that do not fit", ReaderOptions{TextColumn: "body"}, "ham\tx\n", "bow: ReaderOptions.TextColumn is \"body\"; a tsv file has no header, so give the number of the column, counted from 1\n", nil},
	{"auto unlabelled", ReaderOptions{Unlabelled: true}, "hello, world\n{x\n", "1:|hello, world\n2:|{x\n", nil},
	{"auto unlabelled jsonl", ReaderOptions{Unlabelled: true}, `{"text":"a"}`, "1:|a\n", nil},
	{"auto unlabelled brace", ReaderOptions{Unlabelled: true}, "{sigh\n", "1:|{sigh\n", nil},

	{"options", ReaderOptions{Format: "xml", MaxLine: -1}, "", "bow: unknown format \"xml\", want auto, tsv, csv, jsonl, fasttext or folder\nbow: ReaderOptions.MaxLine is -1, want 0 or more\n", nil},
}

func TestReader(t *testing.T) {
	for _, test := range readerTests {
		t.Run(test.name, func(t *testing.T) {
			docs, err := readString(test.in, test.o)
			if got := show(docs, err); got != test.want {
				t.Errorf("%q\n got %q\nwant %q", test.in, got, test.want)
			}
			if test.is != nil && !errors.Is(err, test.is) {
				t.Errorf("error %v is not %v", err, test.is)
			}
		})
	}
}

// The same bytes in other portions give the same documents.
func TestReaderPortions(t *testing.T) {
	for _, test := range readerTests {
		for name, portion := range map[string]func(io.Reader) io.Reader{
			"one byte": iotest.OneByteReader, "half": iotest.HalfReader, "data with EOF": iotest.DataErrReader,
		} {
			r, err := NewReader(portion(strings.NewReader(test.in)), "in", test.o)
			var docs []Document
			if err == nil {
				docs, err = ReadDocuments(r)
			}
			if got := show(docs, err); got != test.want {
				t.Errorf("%s, %s\n got %q\nwant %q", test.name, name, got, test.want)
			}
		}
	}
}

// When the disk fails, the documents before are delivered, the line that is cut
// short is not, and the error is at that line and stays.
func TestReaderFails(t *testing.T) {
	broken := errors.New("disk is broken")
	for _, test := range []struct{ format, in, want string }{
		{"tsv", "ham\ta\nham\tb", "1:ham|a\nin:2: disk is broken\n"},
		{"csv", "label,text\nham,a\nham,\"b\n", "2:ham|a\nin:4: disk is broken\n"},
		{"csv", "label,te", "in:1: disk is broken\n"},
		{"jsonl", `{"label":1,"text":"a"}` + "\n{", "1:1|a\nin:2: disk is broken\n"},
		{"fasttext", "__label__a x\n__label__b", "1:a|x\nin:2: disk is broken\n"},
		{"", "ha", "in:1: disk is broken\n"},
	} {
		in := io.MultiReader(strings.NewReader(test.in), iotest.ErrReader(broken), strings.NewReader("\nham\tlater\n"))
		r, err := NewReader(in, "in", ReaderOptions{Format: Format(test.format)})
		var docs []Document
		if err == nil {
			docs, err = ReadDocuments(r)
		}
		if got := show(docs, err); got != test.want || !errors.Is(err, broken) {
			t.Errorf("%s %q\n got %q\nwant %q", test.format, test.in, got, test.want)
		}
		if r != nil {
			if _, again := r.Read(); again != err {
				t.Errorf("%s: the next error is %v, want %v again", test.format, again, err)
			}
		}
	}
}

func TestReaderMaxLine(t *testing.T) {
	// Around the size of the buffer too, where a line takes another way.
	for _, size := range []int{10, 64 << 10, 64<<10 + 1, 200 << 10} {
		for _, end := range []string{"", "\n", "\r\n"} {
			line := "ham\t" + strings.Repeat("x", size-4)
			in := "\uFEFF" + line + end
			docs, err := readString(in, ReaderOptions{Format: TSV, MaxLine: size})
			if err != nil || len(docs) != 1 || docs[0].Text != line[4:] {
				t.Errorf("line of %d bytes and %q: %d documents, %v", size, end, len(docs), err)
			}
			_, err = readString("a\tb\n"+line+end, ReaderOptions{Format: TSV, MaxLine: size - 1})
			want := fmt.Sprintf("in:2: line too long: more than %d bytes; if that is meant to be, raise MaxLine", size-1)
			if !errors.Is(err, ErrLineTooLong) || err.Error() != want {
				t.Errorf("line of %d bytes and %q: error %v, want %s", size, end, err, want)
			}
		}
	}
}

// endless repeats a text for ever.
type endless struct {
	text string
	at   int
}

func (e *endless) Read(p []byte) (int, error) {
	n := copy(p, e.text[e.at:])
	e.at = (e.at + n) % len(e.text)
	return n, nil
}

// A file without line ends, or a csv file with an open quote, must not be read to
// its end.
func TestReaderStopsEarly(t *testing.T) {
	for _, test := range []struct {
		format      Format
		start, rest string // rest is repeated for ever
	}{
		{TSV, "ham\t", "xxxx"},
		{CSV, "label,text\nham,\"", "x\n\n"},
		{CSV, "", "label,"},
		{JSONL, "{", "x"},
		{FastText, "", "x"},
		{Auto, "", "x"},
	} {
		in := io.MultiReader(strings.NewReader(test.start), &endless{text: test.rest})
		r, err := NewReader(in, "in", ReaderOptions{Format: test.format, MaxLine: 1 << 20})
		if err == nil {
			_, err = r.Read()
		}
		if !errors.Is(err, ErrLineTooLong) {
			t.Errorf("%s: error %v, want ErrLineTooLong", test.format, err)
		}
	}
}

func TestReaderBlank(t *testing.T) {
	for format, in := range map[Format]string{
		TSV:      "\nham\ta\n\t\n\r\nham\tb\n\n",
		CSV:      "\nlabel,text\n\nham,\"\n\n\"\n\r\n  \n",
		JSONL:    "\n\n" + `{"label":1,"text":""}` + "\n\n\n",
		FastText: "\n__label__a\n\n\n \n",
	} {
		r, err := NewReader(strings.NewReader(in), "in", ReaderOptions{Format: format})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := ReadDocuments(r); err != nil {
			t.Fatal(err)
		}
		if n := r.(interface{ Blank() int }).Blank(); n != 4 {
			t.Errorf("%s: %d blank lines, want 4", format, n)
		}
	}
}

func TestParseFormat(t *testing.T) {
	for s, want := range map[string]Format{"": Auto, "auto": Auto, "tsv": TSV, "csv": CSV, "jsonl": JSONL, "fasttext": FastText} {
		if got, err := ParseFormat(s); got != want || err != nil {
			t.Errorf("ParseFormat(%q) = %q, %v", s, got, err)
		}
	}
	if _, err := ParseFormat("xml"); err == nil {
		t.Error(`ParseFormat("xml") is no error`)
	}
}

func TestLineError(t *testing.T) {
	for _, test := range []struct {
		e    LineError
		want string
	}{
		{LineError{Name: "train.tsv", Line: 1042, Err: ErrNoTab}, "train.tsv:1042: no tab between label and text"},
		{LineError{Name: "train.tsv", Line: 0, Err: ErrEmpty}, "train.tsv: no documents"},
		{LineError{Name: "", Line: 3, Err: ErrNoTab}, "line 3: no tab between label and text"},
		{LineError{Name: "", Line: 0, Err: ErrEmpty}, "no documents"},
	} {
		if got := test.e.Error(); got != test.want {
			t.Errorf("%q, want %q", got, test.want)
		}
		if !errors.Is(&test.e, test.e.Err) {
			t.Errorf("%v does not unwrap", test.e)
		}
	}
}

// fuzzReader checks what holds for every format: no panic, an error only at a
// line of the file, documents that are UTF-8 with ascending lines, and the same in
// portions of one byte.
func fuzzReader(f *testing.F, format Format) {
	for _, test := range readerTests {
		if test.o.Format == format {
			f.Add([]byte(test.in), test.o.Unlabelled)
		}
	}
	f.Fuzz(func(t *testing.T, in []byte, unlabelled bool) {
		o := ReaderOptions{Format: format, Unlabelled: unlabelled, MaxLine: 1000}
		read := func(r io.Reader) ([]Document, error) {
			rd, err := NewReader(r, "in", o)
			if err != nil {
				return nil, err
			}
			return ReadDocuments(rd)
		}
		docs, err := read(bytes.NewReader(in))
		lines := bytes.Count(in, []byte("\n")) + 1
		last := 0
		for _, d := range docs {
			if d.Line <= last || d.Line > lines {
				t.Fatalf("line %d after %d, of %d", d.Line, last, lines)
			}
			last = d.Line
			if d.Label == "" && !unlabelled {
				t.Fatalf("line %d has no label", d.Line)
			}
			if strings.ToValidUTF8(d.Label+d.Text, "") != d.Label+d.Text {
				t.Fatalf("line %d is not UTF-8", d.Line)
			}
		}
		if err != nil {
			at, ok := errors.AsType[*LineError](err)
			if !ok || at.Line < 1 || at.Line > lines || at.Name != "in" || at.Line < last {
				t.Fatalf("error %#v (%v) is not at one of %d lines", err, err, lines)
			}
		}
		docs2, err2 := read(iotest.OneByteReader(bytes.NewReader(in)))
		if a, b := show(docs, err), show(docs2, err2); a != b {
			t.Fatalf("one byte at a time:\n%s\nat once:\n%s", b, a)
		}
	})
}

func FuzzReaderTSV(f *testing.F)      { fuzzReader(f, TSV) }
func FuzzReaderCSV(f *testing.F)      { fuzzReader(f, CSV) }
func FuzzReaderJSONL(f *testing.F)    { fuzzReader(f, JSONL) }
func FuzzReaderFastText(f *testing.F) { fuzzReader(f, FastText) }
func FuzzReaderAuto(f *testing.F) {
	for _, test := range readerTests {
		f.Add([]byte(test.in), test.o.Unlabelled)
	}
	fuzzReader(f, Auto)
}
