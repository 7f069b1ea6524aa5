package safetensors

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"runtime"
	"strings"
	"testing"
)

// mostPerByte bounds what Read allocates in all, garbage included, for a byte
// of the file; allowance is what it may take beside.
const (
	mostPerByte = 32
	allowance   = 1 << 15
)

// allocated returns the bytes allocated while f runs.
func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// Headers made to be costly for their length must stay within the bound.
func TestReadAllocates(t *testing.T) {
	repeat := func(n int, format string) string {
		var b strings.Builder
		for i := range n {
			if i > 0 {
				b.WriteByte(',')
			}
			fmt.Fprintf(&b, format, i)
		}
		return b.String()
	}
	ones := strings.Repeat("1,", 100_000) + "1"
	tests := []struct {
		name, header string
	}{
		// A map is largest for what it holds just after it has grown.
		{"metadata of short strings", `{"__metadata__":{` + repeat(1_800, `"%x":""`) + `}}`},
		{"tensors without values", `{` + repeat(57_345, `"%x":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}`) + `}`},
		{"a shape of many dimensions", `{"a":{"dtype":"F32","shape":[0,` + ones + `],"data_offsets":[0,0]}}`},
		{"an array of commas", `{"a":{"shape":[` + strings.Repeat(",", 100_000) + `]}}`},
		{"many offsets", `{"a":{"data_offsets":[` + ones + `]}}`},
		{"escapes", `{"__metadata__":{"a":"` + strings.Repeat(`\n`, 100_000) + `"}}`},
		{"a long name in an error", `{"` + strings.Repeat(`x`, 100_000) + `":{}}`},
		{"data that is not there", `{"a":{"dtype":"F32","shape":[268435456],"data_offsets":[0,1073741824]}}`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			b := build(test.header, "")
			got := allocated(func() { decode(b) })
			t.Logf("%.1f bytes a byte", float64(got)/float64(len(b)))
			if most := uint64(mostPerByte*len(b) + allowance); got > most {
				t.Errorf("reading %d bytes allocates %d, want at most %d", len(b), got, most)
			}
		})
	}

	// The data itself is held once.
	n := 1 << 20
	b := encode(t, &File{Tensors: []Tensor{{Name: "a", Shape: []int{n}, F64: make([]float64, n)}}})
	if got := allocated(func() { decode(b) }); got > uint64(8*n+2*chunkSize) {
		t.Errorf("reading %d bytes of data allocates %d", 8*n, got)
	}
}

// FuzzRead holds that Read neither panics nor allocates beyond its bound,
// whatever the bytes, and that a file it takes can be written and read again.
func FuzzRead(f *testing.F) {
	f.Add(encode(f, sample()))
	f.Add(encode(f, &File{}))
	f.Add(build(`{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[2,6]}}`, "abcdef"))
	f.Add(build(`{"a":{"dtype":"I64","shape":[4294967296,4294967296],"data_offsets":[0,8]}}`, "abcdefgh"))
	f.Add(build(`{"__metadata__":{"\ud83d\ude00":"\u0000\/"},"":{"data_offsets":[0,0],"shape":[0,1],"dtype":"F64"}} `, ""))
	f.Add([]byte("\xff\xff\xff\xff\xff\xff\xff\x7f{}"))
	f.Fuzz(checkRead)
}

// FuzzReadHeader is FuzzRead with the header's length always right, which a
// mutation of the whole file seldom leaves it.
func FuzzReadHeader(f *testing.F) {
	b := encode(f, sample())
	n := prefixSize + binary.LittleEndian.Uint64(b)
	f.Add(string(b[prefixSize:n]), string(b[n:]))
	f.Add(`{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"I64","shape":[],"data_offsets":[4,12]}}`, "abcdefghijkl")
	f.Add(`{"a":{"dtype":"F64","shape":[2,1],"data_offsets":[0,16]}}`, "abcdefghijklmnop")
	f.Add(`{"__metadata__":{"\ud83d\ude00":"\u0000\/"},"":{"data_offsets":[0,0],"shape":[0,1],"dtype":"F64"}} `, "")
	f.Fuzz(func(t *testing.T, header, data string) { checkRead(t, build(header, data)) })
}

func checkRead(t *testing.T, b []byte) {
	var file *File
	var err error
	if got, most := allocated(func() { file, err = decode(b) }), uint64(mostPerByte*len(b)+allowance); got > most {
		t.Errorf("reading %d bytes allocates %d, want at most %d", len(b), got, most)
	}
	if err != nil {
		if file != nil {
			t.Error("a file beside an error")
		}
		if !strings.HasPrefix(err.Error(), "safetensors: ") {
			t.Errorf("error %q without prefix", err)
		}
		return
	}
	written := encode(t, file)
	again, err := decode(written)
	if err != nil {
		t.Fatalf("written file: %v", err)
	}
	if !bytes.Equal(encode(t, again), written) {
		t.Error("written, read and written again gives other bytes")
	}
}
