package vectors

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/klauspost/compress/zstd"
	"github.com/nestnet/nestnet/data"
	"github.com/nestnet/nestnet/data/bow"
)

// readAll writes all rows, and the error that ends them.
func readAll(f *File) string {
	var b strings.Builder
	var r Row
	for {
		err := f.Read(&r)
		if err == io.EOF {
			return b.String()
		}
		if err != nil {
			fmt.Fprintf(&b, "%v\n", err)
			return b.String()
		}
		fmt.Fprintf(&b, "%d:%s|", r.Line, r.Label)
		for k, v := range r.Values {
			if r.Indices != nil {
				fmt.Fprintf(&b, " %d:%v", r.Indices[k], v)
			} else {
				fmt.Fprintf(&b, " %v", v)
			}
		}
		b.WriteByte('\n')
	}
}

func readString(in string, o ReaderOptions) string {
	f, err := NewReader(strings.NewReader(in), "in", o)
	if err != nil {
		return err.Error() + "\n"
	}
	return readAll(f)
}

// readerTests are bytes in, rows and error out.
var readerTests = []struct {
	name string
	o    ReaderOptions
	in   string
	want string
	is   error
}{
	{"csv", ReaderOptions{}, "a,label,b\n1,x,-2.5e3\n 3 , y z ,\"4\"\n", "2:x| 1 -2500\n3:y z| 3 4\n", nil},
	{"csv BOM, CRLF, blank lines, no last newline", ReaderOptions{}, "\uFEFFLabel,a\r\n\r\nx,1\r\ny,2", "3:x| 1\n4:y| 2\n", nil},
	{"csv label named", ReaderOptions{LabelColumn: "price"}, "a,label,price\n1,2,3\n", "2:3| 1 2\n", nil},
	{"csv columns of a model", ReaderOptions{Columns: []string{"b", "a"}}, "a,c,label,b\n1,oops,x,2\n", "2:x| 2 1\n", nil},
	{"csv unlabelled", ReaderOptions{Unlabelled: true}, "a,b\n1,2\n", "2:| 1 2\n", nil},
	{"csv unlabelled with label", ReaderOptions{Unlabelled: true}, "a,label\n1,\n2,x\n", "2:| 1\n3:x| 2\n", nil},
	{"csv missing", ReaderOptions{}, "label,age\nx,1\nx,\n", "2:x| 1\nin:3: column \"age\": missing value: it is \"\"; fill it in, with the mean of the column for example, or leave the row out\n", ErrMissing},
	{"csv NaN", ReaderOptions{}, "label,age\nx,NaN\n", "in:2: column \"age\": missing value: it is \"NaN\"; fill it in, with the mean of the column for example, or leave the row out\n", ErrMissing},
	{"csv infinite", ReaderOptions{}, "label,age\nx,-Inf\n", "in:2: column \"age\": missing value: it is \"-Inf\"; fill it in, with the mean of the column for example, or leave the row out\n", ErrMissing},
	{"csv NA", ReaderOptions{}, "label,age\nx, N/A \n", "in:2: column \"age\": missing value: it is \"N/A\"; fill it in, with the mean of the column for example, or leave the row out\n", ErrMissing},
	{"csv word", ReaderOptions{}, "label,city\nx,Berlin\n", "in:2: column \"city\": not a number: it is \"Berlin\"; code it as numbers, or leave the column out\n", ErrNumber},
	{"csv too large", ReaderOptions{}, "label,a\nx,1e999\n", "in:2: column \"a\": not a number: 1e999 is too large\n", ErrNumber},
	{"csv tiny", ReaderOptions{}, "label,a\nx,1e-999\n", "2:x| 0\n", nil},
	{"csv empty label", ReaderOptions{}, "label,a\n ,1\n", "in:2: empty label: column \"label\"\n", bow.ErrEmptyLabel},
	{"csv without label", ReaderOptions{}, "a,b\n1,2\n", "in:1: no such column: \"label\", the label; the header has \"a\", \"b\" (LabelColumn names another one)\n", bow.ErrNoColumn},
	{"csv without the columns of a model", ReaderOptions{Columns: []string{"a", "c"}}, "label,a,b\n", "in:1: no such column: \"c\"; the header has \"label\", \"a\", \"b\"\n", bow.ErrNoColumn},
	{"csv label only", ReaderOptions{}, "label\nx\n", "in:1: no such column: there is none beside the label \"label\"\n", bow.ErrNoColumn},
	{"csv header twice the same", ReaderOptions{}, "label,a, a\n", "in:1: two columns are called \"a\"\n", nil},
	{"csv short record", ReaderOptions{}, "label,a\nx\n", "in:2: record has 1 columns, the header has 2\n", nil},
	{"csv quote in the middle", ReaderOptions{}, "label,a\nx,1\"\n", "in:2: bare \" in non-quoted-field (csv: a field with \" in it stands in quotes, with \"\" for each \")\n", nil},
	{"csv line break within quotes", ReaderOptions{}, "label,a\n\"x\r\ny\",1\nz,2\n", "2:x\ny| 1\n4:z| 2\n", nil},
	{"csv bad UTF-8", ReaderOptions{}, "label,a\n\xff,1\n", "in:2: not valid UTF-8 (convert the text first, for example with iconv)\n", bow.ErrInvalidUTF8},
	{"csv long", ReaderOptions{MaxLine: 10}, "label,a\nx,12345678901\n", "in:2: line too long: more than 10 bytes; if that is meant to be, raise MaxLine\n", bow.ErrLineTooLong},
	{"csv empty", ReaderOptions{Format: CSV}, "", "", nil},

	{"svmlight", ReaderOptions{}, "+1 3:0.5 17:-1.25 # a comment\n\n-1 1:1e2\n", "1:+1| 2:0.5 16:-1.25\n3:-1| 0:100\n", nil},
	{"svmlight label alone", ReaderOptions{Format: SVMLight}, "1\n2 #\n# nothing\n3 # x", "1:1|\n2:2|\n4:3|\n", nil},
	{"svmlight words and numbers", ReaderOptions{}, "spam 1:1\n2.5 2:1", "1:spam| 0:1\n2:2.5| 1:1\n", nil},
	{"svmlight query", ReaderOptions{}, "3 qid:1 1:1\n", "1:3| 0:1\n", nil},
	{"svmlight BOM, CRLF", ReaderOptions{}, "\uFEFF1 1:1\r\n2\t2:2\r\n", "1:1| 0:1\n2:2| 1:2\n", nil},
	{"svmlight unlabelled", ReaderOptions{Format: SVMLight, Unlabelled: true}, "1:1 2:2\n5 3:3\n", "1:| 0:1 1:2\n2:5| 2:3\n", nil},
	{"svmlight no label", ReaderOptions{Format: SVMLight}, "1:1 2:2\n", "in:1: no label\n", bow.ErrNoLabel},
	{"svmlight many labels", ReaderOptions{Format: SVMLight}, "1,3 1:1\n", "", bow.ErrManyLabels},
	{"svmlight zero", ReaderOptions{}, "1 0:1 1:2\n", "in:1: bad index: 0; indices count from 1, so add 1 to all of them\n", ErrIndex},
	{"svmlight order", ReaderOptions{}, "1 2:1 1:1\n", "in:1: bad index: 1 after 2; indices must ascend\n", ErrIndex},
	{"svmlight twice", ReaderOptions{}, "1 2:1 2:1\n", "in:1: bad index: 2 after 2; indices must ascend\n", ErrIndex},
	{"svmlight far out", ReaderOptions{}, "1 16777216:1\n1 16777217:1\n", "1:1| 16777215:1\nin:2: bad index: 16777217, want at most 16777216\n", ErrIndex},
	{"svmlight index", ReaderOptions{Format: SVMLight}, "1 -1:1\n", "in:1: bad index: \"-1\", want a whole number from 1\n", ErrIndex},
	{"svmlight word", ReaderOptions{Format: SVMLight}, "1 1:1 x\n", "in:1: \"x\": want index:value\n", nil},
	{"svmlight missing", ReaderOptions{Format: SVMLight}, "1 1:\n", "in:1: index 1: missing value: it is \"\"; fill it in, with the mean of the column for example, or leave the row out\n", ErrMissing},
	{"svmlight columns", ReaderOptions{Format: SVMLight, LabelColumn: "x"}, "", "vectors: ReaderOptions.LabelColumn must be empty for svmlight, which has the label at the start of a line\n", nil},
	{"svmlight columns, found out late", ReaderOptions{LabelColumn: "x"}, "1 1:1\n", "vectors: ReaderOptions.LabelColumn must be empty for svmlight, which has the label at the start of a line\n", nil},

	{"options", ReaderOptions{Format: "xml", MaxLine: -1}, "", "vectors: unknown format \"xml\", want auto, csv or svmlight\nvectors: ReaderOptions.MaxLine is -1, want 0 or more\n", nil},
}

func TestReader(t *testing.T) {
	for _, test := range readerTests {
		t.Run(test.name, func(t *testing.T) {
			if got := readString(test.in, test.o); test.want != "" && got != test.want || test.want == "" && test.is == nil && got != "" {
				t.Errorf("%q\n got %q\nwant %q", test.in, got, test.want)
			}
			f, err := NewReader(iotest.OneByteReader(strings.NewReader(test.in)), "in", test.o)
			var r Row
			for err == nil {
				err = f.Read(&r)
			}
			if test.is != nil && !errors.Is(err, test.is) {
				t.Errorf("error %v is not %v", err, test.is)
			}
			if f != nil && f.Read(&r) != err {
				t.Error("the error is not final")
			}
		})
	}
}

func TestOpen(t *testing.T) {
	z, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	const csv, svm = "label,a,b\nx,1,2\n", "x 1:1 2:2\n"
	for _, test := range []struct {
		name, content, detected string
		numbers                 bool
	}{
		{"a.csv", csv, "csv, by its extension", true},
		{"a", csv, "csv, by its first line", true},
		{"a.svm", svm, "svmlight, by its extension", true},
		{"a.libsvm", svm, "svmlight, by its extension", true},
		{"a.txt", svm, "svmlight, by its first line", true},
		{"a.svmlight.zst", string(z.EncodeAll([]byte(svm), nil)), "svmlight in zstd, by its extension", true},
		// What may well be texts.
		{"text.csv", "label,id,text\nx,1,2\n", "csv, by its extension", false},
		{"two.csv", "label,a\nx,1\n", "csv, by its extension", false},
		{"words.csv", "label,a,b\nx,1,hello\n", "csv, by its extension", false},
	} {
		path := filepath.Join(t.TempDir(), test.name)
		if err := os.WriteFile(path, []byte(test.content), 0o600); err != nil {
			t.Fatal(err)
		}
		f, err := Open(path, ReaderOptions{})
		if err != nil {
			t.Errorf("%s: %v", test.name, err)
			continue
		}
		if f.Detected() != test.detected || f.Name() != path || f.Close() != nil {
			t.Errorf("%s: detected %q, want %q", test.name, f.Detected(), test.detected)
		}
		if got := LooksLikeNumbers(path, ReaderOptions{}); got != test.numbers {
			t.Errorf("%s: looks like numbers: %v", test.name, got)
		}
	}
	for line, want := range map[string]bool{
		"+1 1:2": true, "1 qid:3 1:2 # x": true, "spam 7:0.5": true,
		"": false, "1": false, "ham see you at 10:30": false, "1 1:x": false, "1:2 2:3": false, "x y:1": false,
	} {
		if got := LooksLikeSVMLight([]byte(line)); got != want {
			t.Errorf("%q looks like svmlight: %v", line, got)
		}
	}
}

func table(t *testing.T, in string, o ReaderOptions) *Table {
	t.Helper()
	f, err := NewReader(strings.NewReader(in), "in", o)
	if err != nil {
		t.Fatal(err)
	}
	tab, err := ReadTable(t.Context(), f, nil)
	if err != nil {
		t.Fatal(err)
	}
	return tab
}

func TestTable(t *testing.T) {
	tab := table(t, "label,a,b\nx,1,2\ny,3,4\nx,5,6\n", ReaderOptions{})
	if tab.Len() != 3 || tab.Width() != 2 || !slices.Equal(tab.Labels(), []string{"x", "y"}) || !slices.Equal(tab.ClassCounts([]int{0, 2}), []int{2, 0}) {
		t.Errorf("%+v", tab)
	}
	for in, want := range map[string][2]bool{"x": {}, "1": {true, true}, "1\n2.5": {true, false}, "1\n-3\n4e2": {true, true}, "1\nNaN": {}} {
		var b strings.Builder
		b.WriteString("label,a\n")
		for l := range strings.FieldsSeq(in) {
			b.WriteString(l + ",1\n")
		}
		if all, whole := table(t, b.String(), ReaderOptions{}).Numbers(); [2]bool{all, whole} != want {
			t.Errorf("labels %q: numbers %v, whole %v; want %v", in, all, whole, want)
		}
	}
	for in, want := range map[string]string{"": "in: no documents", "label,a\n": "in: no documents", "1\n2 # x\n": "in: no such column: no row has a number"} {
		format := CSV
		if strings.Contains(in, "#") {
			format = SVMLight
		}
		f, err := NewReader(strings.NewReader(in), "in", ReaderOptions{Format: format})
		if err == nil {
			_, err = ReadTable(t.Context(), f, nil)
		}
		if err == nil || err.Error() != want {
			t.Errorf("%q: error %v, want %s", in, err, want)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	f, err := NewReader(strings.NewReader("label,a\nx,1\n"), "in", ReaderOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ReadTable(ctx, f, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: error %v", err)
	}
}

func TestSplit(t *testing.T) {
	var b strings.Builder
	b.WriteString("label,a\n")
	for i := range 100 {
		fmt.Fprintf(&b, "%s,%d\n", []string{"x", "y", "y", "y"}[i%4], i)
	}
	tab := table(t, b.String()+"once,7\n", ReaderOptions{})
	for _, classes := range []bool{true, false} {
		rest, part, err := tab.Split(0.2, nil, classes, rand.New(rand.NewPCG(1, 2)))
		if err != nil {
			t.Fatal(err)
		}
		again, _, _ := tab.Split(0.2, nil, classes, rand.New(rand.NewPCG(1, 2)))
		all := append(slices.Clone(rest), part...)
		slices.Sort(all)
		if !slices.Equal(again, rest) || !slices.IsSorted(rest) || !slices.IsSorted(part) || len(part) != 20 || !slices.Equal(all, tab.rows(nil)) {
			t.Errorf("classes %v: %d and %d rows", classes, len(rest), len(part))
		}
		if counts := tab.ClassCounts(part); classes && !slices.Equal(counts, []int{0, 5, 15}) {
			t.Errorf("the part has %v of the classes %v", counts, tab.Labels())
		}
	}
	if _, _, err := tab.Split(1, nil, true, rand.New(rand.NewPCG(1, 2))); err == nil {
		t.Error("a fraction of 1 is no error")
	}
	if _, _, err := tab.Split(0.5, nil, true, nil); err == nil {
		t.Error("no source of randomness is no error")
	}
}

func near(a, b []float64) bool {
	return slices.EqualFunc(a, b, func(x, y float64) bool { return math.Abs(x-y) <= 1e-6*(1+math.Abs(y)) })
}

// The numbers of sklearn.preprocessing.StandardScaler for the training rows, worked out
// by hand.
func TestStandardise(t *testing.T) {
	tab := table(t, "price,a,b,c\n10,1,7,1e9\n20,3,7,1000000002\n30,100,8,5\n", ReaderOptions{LabelColumn: "price"})
	enc, err := NewEncoder(tab, []int{0, 1}, Options{Regression: true})
	if err != nil {
		t.Fatal(err)
	}
	if !near(enc.Mean, []float64{2, 7, 1e9 + 1}) || !near(enc.Scale, []float64{1, 1, 1}) || enc.Sparse || *enc.Target != (Target{15, 5}) {
		t.Errorf("encoder %+v, target %+v", enc, enc.Target)
	}
	set, err := enc.Set(tab, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := set.All.Check(); err != nil {
		t.Fatal(err)
	}
	if !near(set.All.Dense, []float64{-1, 0, -1, 1, 0, 1, 98, 1, 4 - 1e9}) || !near(set.All.Targets, []float64{-1, 1, 3}) || set.All.Classes != nil {
		t.Errorf("set %+v", set.All)
	}
	if enc.Restore(-1) != 10 || enc.Restore(3) != 30 {
		t.Errorf("restored %v, %v", enc.Restore(-1), enc.Restore(3))
	}
	// A file gives what the table does, whatever the order of its columns.
	f, err := NewReader(strings.NewReader("c,b,x,price,a\n1e9,7,z,10,1\n"), "in", ReaderOptions{LabelColumn: "price", Columns: enc.Columns})
	if err != nil {
		t.Fatal(err)
	}
	read, unknown, err := enc.ReadSet(t.Context(), f, nil)
	if err != nil || unknown != 0 || !near(read.All.Dense, set.All.Dense[:3]) || !near(read.All.Targets, []float64{-1}) {
		t.Errorf("read %+v, %d, %v", read, unknown, err)
	}
}

func TestSparse(t *testing.T) {
	var b strings.Builder
	for i := range 20 {
		fmt.Fprintf(&b, "%d %d:%d 100:-4\n", i%2, i+1, i+1)
	}
	tab := table(t, b.String(), ReaderOptions{})
	enc, err := NewEncoder(tab, nil, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if !enc.Sparse || enc.Width() != 100 || enc.Scale[4] != 7.25 || enc.Scale[19] != 20 || enc.Scale[99] != 4 || enc.Scale[50] != 7.25 || enc.Mean != nil {
		t.Errorf("encoder %+v", enc)
	}
	set, err := enc.Set(tab, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := set.All.Check(); err != nil {
		t.Fatal(err)
	}
	if indices, values := set.All.Row(19); !slices.Equal(indices, []int32{19, 99}) || !slices.Equal(values, []float32{1, -1}) || set.All.Classes[5] != 1 {
		t.Errorf("row 19: %v %v", indices, values)
	}
	// Columns that training had not are left out, and counted.
	var batch data.Batch
	unknown, err := enc.AppendRow(&batch, &Row{Indices: []int32{0, 100, 7000}, Values: []float64{2, 3, 4}})
	if err != nil || unknown != 2 || !slices.Equal(batch.Indices, []int32{0}) {
		t.Errorf("%d unknown, %v, %+v", unknown, err, batch)
	}
	// The same file is dense when most of it is filled, and then zeroes count.
	dense := table(t, "1 1:2 2:1\n2 2:3\n", ReaderOptions{})
	if enc, err = NewEncoder(dense, nil, Options{}); err != nil || enc.Sparse || !near(enc.Mean, []float64{1, 2}) || !near(enc.Scale, []float64{1, 1}) {
		t.Errorf("dense encoder %+v, %v", enc, err)
	}
	// Constant columns, also where rounding says otherwise.
	b.Reset()
	for range 1000 {
		b.WriteString("1 1:0.1\n")
	}
	if enc, err = NewEncoder(table(t, b.String(), ReaderOptions{}), nil, Options{}); err != nil || enc.Scale[0] != 1 {
		t.Errorf("a constant column: scale %v, %v", enc.Scale, err)
	}
}

func TestEncoderErrors(t *testing.T) {
	csv := table(t, "label,a\n1,1\nx,2\n", ReaderOptions{})
	enc, err := NewEncoder(csv, nil, Options{})
	if err != nil {
		t.Fatal(err)
	}
	large := table(t, "label,a\n1,1e308\n2,-1e308\n", ReaderOptions{})
	for want, f := range map[string]func() error{
		`in:3: label "x", column "label": not a number`: func() error { _, err := NewEncoder(csv, nil, Options{Regression: true}); return err },
		"encoder of 0 rows: no documents":               func() error { _, err := NewEncoder(csv, []int{}, Options{}); return err },
		`column "a" has numbers too large`:              func() error { _, err := NewEncoder(large, nil, Options{}); return err },
		"a row of another form":                         func() error { _, err := enc.AppendRow(&data.Batch{}, &Row{Values: []float64{1, 2}}); return err },
		"a row of another form: 1 numbers by 1": func() error {
			_, err := enc.AppendRow(&data.Batch{}, &Row{Indices: []int32{0}, Values: []float64{1}})
			return err
		},
		`column "a": 1e+300 is too far`: func() error { _, err := enc.AppendRow(&data.Batch{}, &Row{Values: []float64{1e300}}); return err },
		`in:2: unknown label "y"`: func() error {
			f, err := NewReader(strings.NewReader("label,a\ny,1\n"), "in", ReaderOptions{})
			if err == nil {
				_, _, err = enc.ReadSet(t.Context(), f, []string{"1", "x"})
			}
			return err
		},
		"in: no documents": func() error {
			f, err := NewReader(strings.NewReader("label,a\n"), "in", ReaderOptions{})
			if err == nil {
				_, _, err = enc.ReadSet(t.Context(), f, []string{"1", "x"})
			}
			return err
		},
		"2 names for 1 columns": func() error {
			return (&Encoder{Columns: []string{"a", "b"}, Mean: []float64{0}, Scale: []float64{1}}).Check(1)
		},
		"0 means for 1 columns":    func() error { return (&Encoder{Scale: []float64{1}}).Check(1) },
		"1 scales for 2 columns":   func() error { return (&Encoder{Scale: []float64{1}}).Check(2) },
		"neither names nor means":  func() error { return (&Encoder{Sparse: true, Mean: []float64{1}, Scale: []float64{1}}).Check(1) },
		"column 1 has numbers too": func() error { return (&Encoder{Sparse: true, Scale: []float64{-1}}).Check(1) },
		"label \"y\" has numbers": func() error {
			return (&Encoder{Sparse: true, Scale: []float64{1}, Label: "y", Target: &Target{}}).Check(1)
		},
	} {
		if err := f(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
}

func fuzzReader(f *testing.F, format Format) {
	for _, test := range readerTests {
		f.Add([]byte(test.in), test.o.Unlabelled)
	}
	f.Fuzz(func(t *testing.T, in []byte, unlabelled bool) {
		o := ReaderOptions{Format: format, Unlabelled: unlabelled, MaxLine: 1000}
		show := func(r io.Reader) string {
			file, err := NewReader(r, "in", o)
			if err != nil {
				return err.Error()
			}
			return readAll(file)
		}
		at, one := show(bytes.NewReader(in)), show(iotest.OneByteReader(bytes.NewReader(in)))
		if at != one {
			t.Fatalf("one byte at a time:\n%s\nat once:\n%s", one, at)
		}
		file, err := NewReader(bytes.NewReader(in), "in", o)
		if err != nil {
			return
		}
		tab, err := ReadTable(t.Context(), file, nil)
		if err != nil {
			if _, ok := errors.AsType[*bow.LineError](err); !ok {
				t.Fatalf("error %v without a place", err)
			}
			return
		}
		if tab.Width() > 1<<12 { // valid, and slow
			return
		}
		for _, regression := range []bool{false, true} {
			enc, err := NewEncoder(tab, nil, Options{Regression: regression})
			if err != nil {
				continue
			}
			set, err := enc.Set(tab, nil)
			if err != nil {
				if !errors.Is(err, ErrNumber) {
					t.Fatal(err)
				}
				continue
			}
			if err := set.All.Check(); err != nil || set.Len() != tab.Len() {
				t.Fatalf("%d rows of %d, %v", set.Len(), tab.Len(), err)
			}
			for _, x := range set.All.Dense {
				if math.IsNaN(x) || math.IsInf(x, 0) {
					t.Fatalf("x is %v", x)
				}
			}
			again, err := NewReader(bytes.NewReader(in), "in", o)
			if err != nil {
				t.Fatal(err)
			}
			read, unknown, err := enc.ReadSet(t.Context(), again, tab.Labels())
			if err != nil || unknown != 0 || !reflect.DeepEqual(read, set) {
				t.Fatalf("the file gives\n%+v (%d unknown, %v)\nthe table\n%+v", read, unknown, err, set)
			}
		}
	})
}

func FuzzCSV(f *testing.F)      { fuzzReader(f, CSV) }
func FuzzSVMLight(f *testing.F) { fuzzReader(f, SVMLight) }
func FuzzAuto(f *testing.F)     { fuzzReader(f, Auto) }
