package safetensors

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// encode returns the bytes Write makes of f.
func encode(t testing.TB, f *File) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, f); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// decode reads a file from its bytes.
func decode(b []byte) (*File, error) { return Read(bytes.NewReader(b), int64(len(b))) }

// build puts a file together from a header, unpadded, and data.
func build(header, data string) []byte {
	b := binary.LittleEndian.AppendUint64(nil, uint64(len(header)))
	return append(append(b, header...), data...)
}

// equal compares files, values by their bits.
func equal(a, b *File) bool {
	return maps.Equal(a.Metadata, b.Metadata) && slices.EqualFunc(a.Tensors, b.Tensors, func(a, b Tensor) bool {
		return a.Name == b.Name && slices.Equal(a.Shape, b.Shape) &&
			(a.F32 == nil) == (b.F32 == nil) && (a.F64 == nil) == (b.F64 == nil) && (a.I64 == nil) == (b.I64 == nil) &&
			slices.EqualFunc(a.F32, b.F32, func(x, y float32) bool { return math.Float32bits(x) == math.Float32bits(y) }) &&
			slices.EqualFunc(a.F64, b.F64, func(x, y float64) bool { return math.Float64bits(x) == math.Float64bits(y) }) &&
			slices.Equal(a.I64, b.I64)
	})
}

// sample has a bit of everything, its tensors in the order Write gives them.
func sample() *File {
	return &File{
		Metadata: map[string]string{
			"format": "nestnet", "": "empty key", "labels": "ham\tspam\n<&>\u2028",
			"Wörter": "naïve 日本語 \U0001F600 \x7f \x00 \" \\ /",
		},
		Tensors: []Tensor{
			{Name: "", Shape: []int{1}, F64: []float64{1}},
			{Name: "count", Shape: []int{3}, I64: []int64{math.MinInt64, -1, math.MaxInt64}},
			{Name: "none64", Shape: []int{0}, I64: []int64{}},
			{Name: "special64", Shape: []int{2, 3}, F64: []float64{
				math.Inf(1), math.Inf(-1), math.Copysign(0, -1),
				math.Float64frombits(0x7ff8000000000123), // quiet NaN with a payload
				math.Float64frombits(0xfff4000000000001), // signalling NaN
				math.SmallestNonzeroFloat64}},
			{Name: "none", Shape: []int{2, 0, 3}, F32: []float32{}},
			{Name: "scalar", Shape: []int{}, F32: []float32{2.5}},
			{Name: "special", Shape: []int{5}, F32: []float32{
				float32(math.Inf(1)), float32(math.Inf(-1)),
				math.Float32frombits(0x7fc00123), math.Float32frombits(0xffa00001), 1e-45}},
			{Name: "ünïcode/\U0001F600", Shape: []int{1, 2}, F32: []float32{1, 2}},
		},
	}
}

func TestRoundTrip(t *testing.T) {
	large := make([]float32, 3*chunkSize/4+5) // over several chunks
	large64 := make([]float64, chunkSize/8+1)
	rng := rand.New(rand.NewPCG(1, 2))
	for i := range large {
		large[i] = math.Float32frombits(rng.Uint32())
	}
	for i := range large64 {
		large64[i] = math.Float64frombits(rng.Uint64())
	}
	tests := []struct {
		name string
		file *File
	}{
		{"a bit of everything", sample()},
		{"nothing", &File{Metadata: map[string]string{}, Tensors: []Tensor{}}},
		{"metadata only", &File{Metadata: map[string]string{"a": "b"}}},
		{"one value of 4 bytes", &File{Tensors: []Tensor{{Name: "a", F32: []float32{1}}}}},
		{"only an empty tensor", &File{Tensors: []Tensor{{Name: "a", Shape: []int{0}, F64: []float64{}}}}},
		{"over several chunks", &File{Tensors: []Tensor{
			{Name: "b", Shape: []int{len(large64)}, F64: large64},
			{Name: "a", Shape: []int{len(large)}, F32: large},
		}}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			b := encode(t, test.file)
			got, err := decode(b)
			if err != nil {
				t.Fatal(err)
			}
			if !equal(got, test.file) {
				t.Errorf("read %+v, wrote %+v", got, test.file)
			}
			if got.Metadata == nil {
				t.Error("Metadata is nil after Read")
			}
			if n := binary.LittleEndian.Uint64(b); n%8 != 0 {
				t.Errorf("header of %d bytes, want a multiple of 8", n)
			}
			if again := encode(t, got); !bytes.Equal(again, b) {
				t.Error("writing what was read gives other bytes")
			}
		})
	}
}

func TestGolden(t *testing.T) {
	// Built by hand from the specification. 1 = 0x3f800000 and -2 = 0xc0000000
	// as float32, 0.5 = 0x3fe0000000000000 as float64. The header has 220 bytes
	// (é takes two) and 4 spaces, which make 224 = 0xe0.
	const golden = "\xe0\x00\x00\x00\x00\x00\x00\x00" +
		`{"__metadata__":{"format":"nestnet","labels":"a,\"b\""},` +
		`"w":{"dtype":"F64","shape":[],"data_offsets":[0,8]},` +
		`"b":{"dtype":"F32","shape":[1,2],"data_offsets":[8,16]},` +
		`"é":{"dtype":"F32","shape":[0],"data_offsets":[16,16]}}` + "    " +
		"\x00\x00\x00\x00\x00\x00\xe0\x3f" +
		"\x00\x00\x80\x3f" + "\x00\x00\x00\xc0"
	want := &File{
		Metadata: map[string]string{"format": "nestnet", "labels": `a,"b"`},
		Tensors: []Tensor{
			{Name: "w", Shape: []int{}, F64: []float64{0.5}},
			{Name: "b", Shape: []int{1, 2}, F32: []float32{1, -2}},
			{Name: "é", Shape: []int{0}, F32: []float32{}},
		},
	}
	if got := string(encode(t, want)); got != golden {
		t.Errorf("Write gives\n%q, want\n%q", got, golden)
	}
	got, err := decode([]byte(golden))
	if err != nil {
		t.Fatal(err)
	}
	if !equal(got, want) {
		t.Errorf("Read gives %+v, want %+v", got, want)
	}
}

// These two byte strings are what the reference implementation's own tests want
// of it (huggingface/safetensors, safetensors/src/tensor.rs, test_empty and
// test_serialization_forced_alignement).
func TestReferenceBytes(t *testing.T) {
	tests := []struct {
		name string
		file *File
		want string
	}{
		{"no tensors", &File{}, "\x08\x00\x00\x00\x00\x00\x00\x00{}      "},
		{"padded", &File{Tensors: []Tensor{{Name: "attn0", Shape: []int{1, 1, 2, 3}, F32: []float32{0, 1, 2, 3, 4, 5}}}},
			"\x48\x00\x00\x00\x00\x00\x00\x00" + `{"attn0":{"dtype":"F32","shape":[1,1,2,3],"data_offsets":[0,24]}}       ` +
				"\x00\x00\x00\x00\x00\x00\x80\x3f\x00\x00\x00\x40\x00\x00\x40\x40\x00\x00\x80\x40\x00\x00\xa0\x40"},
	}
	for _, test := range tests {
		if got := string(encode(t, test.file)); got != test.want {
			t.Errorf("%s: Write gives\n%q, want\n%q", test.name, got, test.want)
		}
	}
}

// Files by other writers: any order of keys and tensors, white space, escapes.
func TestReadOthers(t *testing.T) {
	const one = "\x00\x00\x80\x3f"
	tests := []struct {
		name, header, data string
		want               *File
	}{
		{"white space", "{ \"a\" :\t{\r\n\"dtype\" : \"F32\" , \"shape\" : [ 1 , 1 ] , \"data_offsets\" : [ 0 , 4 ] } } \n ", one,
			&File{Tensors: []Tensor{{Name: "a", Shape: []int{1, 1}, F32: []float32{1}}}}},
		{"order of keys", `{"a":{"data_offsets":[0,4],"shape":[],"dtype":"F32"},"__metadata__":{}}`, one,
			&File{Tensors: []Tensor{{Name: "a", F32: []float32{1}}}}},
		{"order of tensors", `{"a":{"dtype":"F32","shape":[],"data_offsets":[8,12]},"b":{"dtype":"I64","shape":[],"data_offsets":[0,8]}}`,
			"\xff\xff\xff\xff\xff\xff\xff\xff" + one,
			&File{Tensors: []Tensor{{Name: "b", I64: []int64{-1}}, {Name: "a", F32: []float32{1}}}}},
		{"not aligned", `{"a":{"dtype":"F32","shape":[],"data_offsets":[0,4]},"b":{"dtype":"I64","shape":[],"data_offsets":[4,12]}}`,
			one + "\x07\x00\x00\x00\x00\x00\x00\x00",
			&File{Tensors: []Tensor{{Name: "a", F32: []float32{1}}, {Name: "b", I64: []int64{7}}}}},
		{"escapes", `{"__metadata__":{"\u0041\"\\\/\b\f\n\r\t":"\u00e9 \ud83d\ude00 \uD83D\uDE00 \uFFFD \u0000"}}`, "",
			&File{Metadata: map[string]string{"A\"\\/\b\f\n\r\t": "é \U0001F600 \U0001F600 \uFFFD \x00"}}},
		{"empty tensor at the start of a full one", `{"b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"z":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}}`, one,
			&File{Tensors: []Tensor{{Name: "z", Shape: []int{0}, F32: []float32{}}, {Name: "b", Shape: []int{1}, F32: []float32{1}}}}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := decode(build(test.header, test.data))
			if err != nil {
				t.Fatal(err)
			}
			if !equal(got, test.want) {
				t.Errorf("read %+v, want %+v", got, test.want)
			}
		})
	}
}

func TestDeterministic(t *testing.T) {
	want := encode(t, sample())
	rng := rand.New(rand.NewPCG(1, 2))
	for range 20 {
		f := sample()
		rng.Shuffle(len(f.Tensors), func(i, j int) { f.Tensors[i], f.Tensors[j] = f.Tensors[j], f.Tensors[i] })
		names := make([]string, len(f.Tensors))
		for i, tensor := range f.Tensors {
			names[i] = tensor.Name
		}
		if !bytes.Equal(encode(t, f), want) {
			t.Fatalf("tensors in the order %q give other bytes", names)
		}
		for i, tensor := range f.Tensors {
			if tensor.Name != names[i] {
				t.Fatal("Write changed the order of f.Tensors")
			}
		}
	}
	a := encode(t, &File{Metadata: nil, Tensors: []Tensor{{Name: "a", Shape: nil, F32: []float32{1}}}})
	b := encode(t, &File{Metadata: map[string]string{}, Tensors: []Tensor{{Name: "a", Shape: []int{}, F32: []float32{1}}}})
	if !bytes.Equal(a, b) {
		t.Error("nil and empty metadata and shape give different bytes")
	}
}

func TestReadErrors(t *testing.T) {
	const (
		four = "abcd"
		eigh = "abcdefgh"
	)
	// A § in the header marks the place of the error and is taken out.
	headers := []struct {
		name, header, data, want string
	}{
		{"empty header", `§`, "", `header does not begin with '{'`},
		{"space before header", `§ {}`, "", `header does not begin with '{'`},
		{"array", `§[]`, "", `header does not begin with '{'`},
		{"not UTF-8", "{\"é§\xff\":1}", "", `header is not UTF-8`},
		{"unfinished object", `{§`, "", `header ends early, want a string`},
		{"unfinished after key", `{"a"§`, "", `header ends early, want ':'`},
		{"unfinished string", `{§"a`, "", `string without end in header`},
		{"unfinished tensor", `{"a":{"dtype":"F32"§`, "", `tensor "a": header ends early, want ',' or '}'`},
		{"two objects", `{}§{}`, "", `unexpected '{' in header, want only spaces after the last '}'`},
		{"NUL padding", "{}§\x00", "", `unexpected '\x00' in header, want only spaces after the last '}'`},
		{"comma at the end", `{"__metadata__":{},§}`, "", `unexpected '}' in header, want a string`},
		{"no comma", `{"__metadata__":{}§"a":1}`, "", `unexpected '"' in header, want ',' or '}'`},
		{"key no string", `{§1:2}`, "", `unexpected '1' in header, want a string`},
		{"tensor no object", `{"a":§null}`, "", `tensor "a": unexpected 'n' in header, want '{'`},
		{"control character", "{\"a§\n\":1}", "", `control character '\n' in a string of the header`},
		{"unknown escape", `{"a§\x":1}`, "", `bad escape in a string of the header`},
		{"escape at the end", `{"a§\`, "", `bad escape in a string of the header`},
		{"short \\u", `{"a§\u12`, "", `bad escape in a string of the header`},
		{"\\u not hexadecimal", `{"a§\u12g4":1}`, "", `bad escape in a string of the header`},
		{"half a surrogate pair", `{"a§\ud83d":1}`, "", `bad escape in a string of the header`},
		{"surrogates in reverse", `{"a§\ude00\ud83d":1}`, "", `bad escape in a string of the header`},

		{"metadata no object", `{"__metadata__":§[]}`, "", `unexpected '[' in header, want '{'`},
		{"metadata null", `{"__metadata__":§null}`, "", `unexpected 'n' in header, want '{'`},
		{"metadata value no string", `{"__metadata__":{"a":§1}}`, "", `unexpected '1' in header, want a string`},
		{"metadata twice", `{"__metadata__":{},§"__metadata__":{}}`, "", `key "__metadata__" twice in header`},
		{"metadata key twice", `{"__metadata__":{"a":"1",§"\u0061":"2"}}`, "", `key "a" twice in __metadata__`},
		{"tensor twice", `{"a":{"dtype":"F32","shape":[0],"data_offsets":[0,0]},§"a":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}}`, "", `key "a" twice in header`},

		{"no dtype", `{§"a":{"shape":[0],"data_offsets":[0,0]}}`, "", `tensor "a": no dtype`},
		{"no shape", `{§"a":{"dtype":"F32","data_offsets":[0,0]}}`, "", `tensor "a": no shape`},
		{"no data_offsets", `{§"a":{"dtype":"F32","shape":[0]}}`, "", `tensor "a": no data_offsets`},
		{"empty tensor entry", `{§"a":{}}`, "", `tensor "a": no dtype, no shape, no data_offsets`},
		{"unknown key", `{"a":{§"offsets":[0,0]}}`, "", `tensor "a": unknown key "offsets"`},
		{"dtype twice", `{"a":{"dtype":"F32",§"dtype":"F32","shape":[0],"data_offsets":[0,0]}}`, "", `tensor "a": key "dtype" twice`},
		{"shape twice", `{"a":{"shape":[0],§"shape":[1]}}`, "", `tensor "a": key "shape" twice`},
		{"data_offsets twice", `{"a":{"data_offsets":[0,0],§"data_offsets":[0,0]}}`, "", `tensor "a": key "data_offsets" twice`},
		{"dtype not ours", `{"a":{"dtype":§"BF16","shape":[2],"data_offsets":[0,4]}}`, four, `tensor "a": unsupported dtype "BF16", want F32, F64 or I64`},
		{"dtype of no one", `{"a":{"dtype":§"f32","shape":[1],"data_offsets":[0,4]}}`, four, `tensor "a": unsupported dtype "f32", want F32, F64 or I64`},
		{"dtype empty", `{"a":{"dtype":§"","shape":[1],"data_offsets":[0,4]}}`, four, `tensor "a": unsupported dtype "", want F32, F64 or I64`},
		{"dtype no string", `{"a":{"dtype":§32}}`, "", `tensor "a": unexpected '3' in header, want a string`},

		{"shape no array", `{"a":{"shape":§1}}`, "", `tensor "a": unexpected '1' in header, want '['`},
		{"shape unfinished", `{"a":{"shape":[§1,2`, "", `tensor "a": array without ']' in header`},
		{"shape with a fraction", `{"a":{"shape":[1§.0]}}`, "", `tensor "a": unexpected '.' in header, want ',' or ']'`},
		{"shape with an exponent", `{"a":{"shape":[1§e3]}}`, "", `tensor "a": unexpected 'e' in header, want ',' or ']'`},
		{"shape with a leading 0", `{"a":{"shape":[§01]}}`, "", `tensor "a": number with a leading 0 in header`},
		{"shape with a string", `{"a":{"shape":[§"1"]}}`, "", `tensor "a": unexpected '"' in header, want a whole number`},
		{"shape with a comma at the end", `{"a":{"shape":[1,§]}}`, "", `tensor "a": unexpected ']' in header, want a whole number`},
		{"negative dimension", `{"a":{"dtype":"F32","shape":[§-1],"data_offsets":[0,4]}}`, four, `tensor "a": negative number in header`},
		{"dimension over the largest int", `{"a":{"shape":[§9223372036854775808]}}`, "", `tensor "a": number over 9223372036854775807 in header`},
		{"dimension over 2⁶⁴", `{"a":{"shape":[§18446744073709551617]}}`, "", `tensor "a": number over 9223372036854775807 in header`},
		{"product overflows", `{§"a":{"dtype":"F32","shape":[4294967296,4294967297],"data_offsets":[0,4]}}`, four, `tensor "a": shape [4294967296 4294967297] overflows`},
		{"product is 2⁶³", `{§"a":{"dtype":"F32","shape":[4294967296,2147483648],"data_offsets":[0,4]}}`, four, `tensor "a": shape [4294967296 2147483648] overflows`},
		{"product overflows beside a 0", `{§"a":{"dtype":"F32","shape":[0,4294967296,4294967296],"data_offsets":[0,0]}}`, "", `tensor "a": shape [0 4294967296 4294967296] overflows`},
		{"product × size overflows", `{§"a":{"dtype":"F32","shape":[4611686018427387904],"data_offsets":[0,0]}}`, "", `tensor "a": data_offsets [0, 0] hold 0 bytes, want 4611686018427387904 × 4 for F32 of shape [4611686018427387904]`},

		{"one offset", `{"a":{§"data_offsets":[0]}}`, "", `tensor "a": 1 data_offsets, want 2`},
		{"three offsets", `{"a":{§"data_offsets":[0,1,2]}}`, "", `tensor "a": 3 data_offsets, want 2`},
		{"negative offset", `{"a":{"data_offsets":[§-4,0]}}`, "", `tensor "a": negative number in header`},
		{"offsets backwards", `{§"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}`, four, `tensor "a": data_offsets [4, 0] run backwards`},
		{"offsets beyond the file", `{§"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}`, four, `tensor "a": data_offsets [0, 8] end after the 4 bytes of data`},
		{"offsets far beyond the file", `{§"a":{"dtype":"F32","shape":[1000000000000],"data_offsets":[0,4000000000000]}}`, four, `tensor "a": data_offsets [0, 4000000000000] end after the 4 bytes of data`},
		{"too few bytes", `{§"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}`, four, `tensor "a": data_offsets [0, 4] hold 4 bytes, want 2 × 4 for F32 of shape [2]`},
		{"too many bytes", `{§"a":{"dtype":"F32","shape":[1],"data_offsets":[0,8]}}`, eigh, `tensor "a": data_offsets [0, 8] hold 8 bytes, want 1 × 4 for F32 of shape [1]`},
		{"part of a value", `{§"a":{"dtype":"F64","shape":[1],"data_offsets":[0,9]}}`, "abcdefghi", `tensor "a": data_offsets [0, 9] hold 9 bytes, want 1 × 8 for F64 of shape [1]`},
		{"overlap", `{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},§"b":{"dtype":"F32","shape":[1],"data_offsets":[2,6]}}`, "abcdef", `tensor "b": data_offsets [2, 6] overlap another tensor, which ends at 4`},
		{"same place", `{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},§"b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}`, four, `tensor "b": data_offsets [0, 4] overlap another tensor, which ends at 4`},
		{"empty tensor within another", `{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},§"b":{"dtype":"F32","shape":[0],"data_offsets":[2,2]}}`, four, `tensor "b": data_offsets [2, 2] overlap another tensor, which ends at 4`},
		{"gap at the start", `{§"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}`, eigh, `tensor "a": data_offsets [4, 8] leave a gap after 0`},
		{"gap between", `{§"b":{"dtype":"F32","shape":[1],"data_offsets":[6,10]},"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}`, "abcdefghij", `tensor "b": data_offsets [6, 10] leave a gap after 4`},
		{"data left over", `{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}§`, "abcde", `tensors cover 4 bytes of data, the file has 5`},
		{"data without tensors", `{}§`, "x", `tensors cover 0 bytes of data, the file has 1`},
		{"long name is cut", `{§"` + strings.Repeat("é", 200) + `":{}}`, "", `tensor "` + strings.Repeat("é", 50) + `"…: no dtype, no shape, no data_offsets`},
	}
	type row struct {
		name   string
		file   []byte
		offset int64
		want   string
	}
	var rows []row
	for _, h := range headers {
		pos := strings.Index(h.header, "§")
		file := build(strings.Replace(h.header, "§", "", 1), h.data)
		offset := int64(prefixSize + pos)
		if h.name == "data left over" {
			offset += 4 // in the data, after what is covered
		}
		rows = append(rows, row{h.name, file, offset, h.want})
	}
	rows = append(rows,
		row{"empty file", nil, 0, `file of 0 bytes, too short for the header's length`},
		row{"file of 7 bytes", []byte("\x02\x00\x00\x00\x00\x00\x00"), 0, `file of 7 bytes, too short for the header's length`},
		row{"header longer than the file", []byte("\x03\x00\x00\x00\x00\x00\x00\x00{}"), 0, `header of 3 bytes in a file of 10`},
		row{"header over the limit", []byte("\x01\xe1\xf5\x05\x00\x00\x00\x00{}"), 0, `header of 100000001 bytes, want at most 100000000`},
		row{"header of 2⁶⁴-1 bytes", []byte("\xff\xff\xff\xff\xff\xff\xff\xff{}"), 0, `header of 18446744073709551615 bytes, want at most 100000000`},
		row{"not safetensors", []byte("PK\x03\x04 a zip file"), 0, `header of 8800140462016121680 bytes, want at most 100000000`},
	)
	for _, test := range rows {
		t.Run(test.name, func(t *testing.T) {
			f, err := decode(test.file)
			if err == nil {
				t.Fatalf("no error, read %+v", f)
			}
			var at *FormatError
			if !errors.As(err, &at) {
				t.Fatalf("error %v is no *FormatError", err)
			}
			got := strings.TrimPrefix(err.Error(), "safetensors: ")
			if _, rest, ok := strings.Cut(got, ": "); !ok || rest != test.want {
				t.Errorf("error\n%q, want\n%q", rest, test.want)
			}
			if at.Offset != test.offset {
				t.Errorf("at byte %d, want %d", at.Offset, test.offset)
			}
			if got, want := errors.Is(err, ErrDtype), strings.Contains(test.want, "unsupported dtype"); got != want {
				t.Errorf("errors.Is(err, ErrDtype) = %v, want %v", got, want)
			}
		})
	}
}

func TestReadFailingReader(t *testing.T) {
	b := encode(t, sample())
	for n := range len(b) {
		_, err := Read(bytes.NewReader(b[:n]), int64(len(b)))
		if !errors.Is(err, io.ErrUnexpectedEOF) || !strings.HasPrefix(err.Error(), "safetensors: ") {
			t.Fatalf("%d of %d bytes: error %v, want unexpected EOF", n, len(b), err)
		}
	}
	broken := errors.New("disk on fire")
	if _, err := Read(failingReaderAt{broken}, int64(len(b))); !errors.Is(err, broken) {
		t.Errorf("error %v, want %v", err, broken)
	}
	if _, err := Read(bytes.NewReader(b), -1); err == nil {
		t.Error("no error for a negative size")
	}
}

type failingReaderAt struct{ err error }

func (r failingReaderAt) ReadAt([]byte, int64) (int, error) { return 0, r.err }

func TestWriteErrors(t *testing.T) {
	one := []float32{1}
	tests := []struct {
		name string
		file *File
		want string
	}{
		{"no values", &File{Tensors: []Tensor{{Name: "a"}}}, `safetensors: tensor "a": no values: F32, F64 and I64 are all nil`},
		{"two types", &File{Tensors: []Tensor{{Name: "a", F32: one, I64: []int64{}}}}, `safetensors: tensor "a": more than one of F32, F64 and I64 is set`},
		{"too few values", &File{Tensors: []Tensor{{Name: "a", Shape: []int{2, 3}, F32: one}}}, `safetensors: tensor "a": 1 values, want 6 for shape [2 3]`},
		{"too many values", &File{Tensors: []Tensor{{Name: "a", Shape: []int{0}, F32: one}}}, `safetensors: tensor "a": 1 values, want 0 for shape [0]`},
		{"negative dimension", &File{Tensors: []Tensor{{Name: "a", Shape: []int{-1, -1}, F32: one}}}, `safetensors: tensor "a": negative dimension in shape [-1 -1]`},
		{"overflow", &File{Tensors: []Tensor{{Name: "a", Shape: []int{math.MaxInt, 2}, F32: one}}}, `safetensors: tensor "a": shape [9223372036854775807 2] overflows`},
		{"many dimensions", &File{Tensors: []Tensor{{Name: "a", Shape: make([]int, 20), F32: one}}}, `safetensors: tensor "a": 1 values, want 0 for shape of 20 dimensions`},
		{"name twice", &File{Tensors: []Tensor{{Name: "a", F32: one}, {Name: "b", F32: one}, {Name: "a", F32: one}}}, `safetensors: tensor "a": name occurs twice`},
		{"name twice in two types", &File{Tensors: []Tensor{{Name: "a", F32: one}, {Name: "a", F64: []float64{1}}}}, `safetensors: tensor "a": name occurs twice`},
		{"reserved name", &File{Tensors: []Tensor{{Name: "__metadata__", F32: one}}}, `safetensors: tensor "__metadata__": name is reserved for the metadata`},
		{"name not UTF-8", &File{Tensors: []Tensor{{Name: "a\xff", F32: one}}}, `safetensors: tensor "a\xff": name is not UTF-8`},
		{"metadata not UTF-8", &File{Metadata: map[string]string{"a": "\xff"}}, `safetensors: metadata "a": not UTF-8`},
		{"metadata key not UTF-8", &File{Metadata: map[string]string{"\xff": ""}}, `safetensors: metadata "\xff": not UTF-8`},
		{"header too long", &File{Metadata: map[string]string{"a": strings.Repeat("x", maxHeader)}}, `safetensors: header over 100000000 bytes, which cannot be read again`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var b bytes.Buffer
			err := Write(&b, test.file)
			if err == nil || err.Error() != test.want {
				t.Errorf("error\n%v, want\n%s", err, test.want)
			}
			if b.Len() > 0 {
				t.Errorf("%d bytes written before the error", b.Len())
			}
		})
	}
}

func TestWriteFailingWriter(t *testing.T) {
	full := errors.New("disk full")
	b := encode(t, sample())
	for n := range len(b) {
		err := Write(&limitedWriter{n, full}, sample())
		if !errors.Is(err, full) || !strings.HasPrefix(err.Error(), "safetensors: ") {
			t.Fatalf("writer of %d bytes: error %v, want %v", n, err, full)
		}
	}
}

// limitedWriter takes n bytes and then fails.
type limitedWriter struct {
	n   int
	err error
}

func (w *limitedWriter) Write(p []byte) (int, error) {
	if len(p) > w.n {
		return w.n, w.err
	}
	w.n -= len(p)
	return len(p), nil
}

// What Write allocates must not grow with the data.
func TestWriteAllocates(t *testing.T) {
	f := &File{Tensors: []Tensor{{Name: "a", Shape: []int{1 << 22}, F32: make([]float32, 1<<22)}}}
	if got := allocated(func() { Write(io.Discard, f) }); got > 2*chunkSize {
		t.Errorf("writing 16 MiB allocates %d bytes, want at most %d", got, 2*chunkSize)
	}
}
