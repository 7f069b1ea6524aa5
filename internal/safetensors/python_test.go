package safetensors

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// script reads a file with nothing but Python's standard library and prints
// what it finds.
const script = `
import json, math, struct, sys

def no_twins(pairs):
    keys = [k for k, _ in pairs]
    assert len(keys) == len(set(keys)), keys
    return dict(pairs)

with open(sys.argv[1], "rb") as f:
    (n,) = struct.unpack("<Q", f.read(8))
    text = f.read(n).decode("utf-8")
    data = f.read()
assert text[0] == "{" and n % 8 == 0, text
header = json.loads(text, object_pairs_hook=no_twins)
print(ascii(header.pop("__metadata__")))
covered = 0
for name, t in header.items():
    begin, end = t["data_offsets"]
    code, size = {"F32": ("f", 4), "F64": ("d", 8), "I64": ("q", 8)}[t["dtype"]]
    assert begin == covered and begin % size == 0, name
    assert end - begin == math.prod(t["shape"]) * size, name
    print(ascii(name), t["dtype"], t["shape"], struct.unpack("<%d%s" % ((end - begin) // size, code), data[begin:end]))
    covered = end
assert covered == len(data)
`

func TestPython(t *testing.T) {
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("There is no python3 here to open the file with.")
	}
	path := filepath.Join(t.TempDir(), "model.safetensors")
	f := &File{
		Metadata: map[string]string{"format": "nestnet", "labels": "ham\tspäm"},
		Tensors: []Tensor{
			{Name: "layer1.weight", Shape: []int{2, 3}, F32: []float32{1, -2, 0.5, 0, 1e10, 0.25}},
			{Name: "layer1.bias", Shape: []int{0}, F32: []float32{}},
			{Name: "größe", Shape: nil, I64: []int64{-1 << 62}},
			{Name: "loss", Shape: []int{1, 1}, F64: []float64{0.1}},
		},
	}
	if err := WriteFile(path, f); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(python, "-I", "-c", script, path).CombinedOutput()
	if err != nil {
		t.Fatalf("python3: %v\n%s", err, out)
	}
	const want = `{'format': 'nestnet', 'labels': 'ham\tsp\xe4m'}
'gr\xf6\xdfe' I64 [] (-4611686018427387904,)
'loss' F64 [1, 1] (0.1,)
'layer1.bias' F32 [0] ()
'layer1.weight' F32 [2, 3] (1.0, -2.0, 0.5, 0.0, 10000000000.0, 0.25)
`
	if got := strings.ReplaceAll(string(out), "\r\n", "\n"); got != want {
		t.Errorf("python3 finds\n%s, want\n%s", got, want)
	}
}
