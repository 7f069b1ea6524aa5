package feedforward

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nestnet/nestnet/data/bow"
	"github.com/nestnet/nestnet/internal/safetensors"
	"gorgonia.org/tensor"
)

var sentences = []struct{ label, text string }{
	{"spam", "win a free prize now"}, {"ham", "see you at the station"}, {"spam", "claim your free cash prize"},
	{"ham", "the train is late again"}, {"spam", "free entry win cash"}, {"ham", "late for the train see you"},
}

// trained is a classifier trained on six sentences.
func trained(t testing.TB, weighting bow.Weighting, dtype tensor.Dtype) *Classifier {
	t.Helper()
	return trainedOn(t, bow.Tokenizer{StopWords: []string{"a"}}, weighting, dtype)
}

func trainedOn(t testing.TB, words bow.Tokenizer, weighting bow.Weighting, dtype tensor.Dtype) *Classifier {
	t.Helper()
	corpus, err := bow.NewCorpus(words)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range sentences {
		if err := corpus.Add(bow.Document{Label: s.label, Text: s.text}); err != nil {
			t.Fatal(err)
		}
	}
	dictionary, err := corpus.Vocabulary(nil, bow.VocabularyOptions{})
	if err != nil {
		t.Fatal(err)
	}
	enc, err := corpus.Encoder(dictionary, weighting, nil)
	if err != nil {
		t.Fatal(err)
	}
	set, _, err := corpus.Set(enc, nil)
	if err != nil {
		t.Fatal(err)
	}
	n := mustNew(t, Config{Inputs: dictionary.Len(), Seed: 1, Dtype: dtype}, Layer{Units: 8, Activation: "relu", Dropout: 0.1}, Dense(2, "softmax"))
	if _, err := n.Fit(t.Context(), set, Fit{Epochs: 40, Batch: 3}); err != nil {
		t.Fatal(err)
	}
	return &Classifier{Network: n, Encoder: enc, Labels: corpus.Labels()}
}

func TestSaveAndLoad(t *testing.T) {
	for _, w := range []bow.Weighting{bow.Presence, bow.Count, bow.TFIDF} {
		for _, dt := range []tensor.Dtype{tensor.Float32, tensor.Float64} {
			c := trained(t, w, dt)
			path := filepath.Join(t.TempDir(), "model")
			if err := c.Save(path); err != nil {
				t.Fatal(err)
			}
			l, err := Load(path)
			if err != nil {
				t.Fatal(err)
			}
			if !sameWeights(c.Network, l.Network) {
				t.Errorf("%s %v: other weights", w, dt)
			}
			if got, want := l.Network.String(), c.Network.String(); got != want {
				t.Errorf("%s %v: loaded\n%s\nsaved\n%s", w, dt, got, want)
			}
			texts := []string{"free prize", "the train", "", "a word unknown"}
			want, err := c.Classify(texts...)
			if err != nil {
				t.Fatal(err)
			}
			got, err := l.Classify(texts...)
			if err != nil {
				t.Fatal(err)
			}
			for i := range want {
				if got[i] != want[i] {
					t.Errorf("%s %v: %q is %v, was %v", w, dt, texts[i], got[i], want[i])
				}
			}
			again := filepath.Join(t.TempDir(), "again")
			if err := l.Save(again); err != nil {
				t.Fatal(err)
			}
			a, _ := os.ReadFile(path)
			b, _ := os.ReadFile(again)
			if !bytes.Equal(a, b) {
				t.Errorf("%s %v: saved again, the file has other bytes", w, dt)
			}
			if r, err := Read(bytes.NewReader(a), int64(len(a))); err != nil || !sameWeights(c.Network, r.Network) {
				t.Errorf("%s %v: read from memory: other weights, or %v", w, dt, err)
			}
			var written bytes.Buffer
			if err := c.Write(&written); err != nil || !bytes.Equal(written.Bytes(), a) {
				t.Errorf("%s %v: written elsewhere than to a file it has other bytes, or %v", w, dt, err)
			}
			if _, err := l.Network.Fit(t.Context(), randomSet(10, l.Network.cfg.Inputs, 2, 1), Fit{Epochs: 1}); err != nil {
				t.Errorf("a loaded network cannot be trained: %v", err)
			}
		}
	}
}

func TestLoadRefuses(t *testing.T) {
	dir := t.TempDir()
	for _, test := range []struct {
		name   string
		change func(f *safetensors.File)
		want   string
	}{
		{"not ours", func(f *safetensors.File) { f.Metadata = nil }, "is not a model of Nestnet"},
		{"newer", func(f *safetensors.File) { f.Metadata[keyVersion] = "2" }, "model version 2 is newer than this program knows (1): update Nestnet"},
		{"version no number", func(f *safetensors.File) { f.Metadata[keyVersion] = "one" }, `"one" is not a number`},
		{"no network", func(f *safetensors.File) { delete(f.Metadata, keyNetwork) }, "no nestnet.network"},
		{"network no JSON", func(f *safetensors.File) { f.Metadata[keyNetwork] = "{" }, "nestnet.network: unexpected end"},
		{"huge", func(f *safetensors.File) { edit(f, func(n *networkJSON) { n.Inputs = 1 << 50 }) }, "tensor layer1.weight has shape"},
		{"huge layer", func(f *safetensors.File) { edit(f, func(n *networkJSON) { n.Layers[0].Units = 1 << 50 }) }, "tensor layer1.weight has shape"},
		{"negative", func(f *safetensors.File) { edit(f, func(n *networkJSON) { n.Inputs = -1 }) }, "Config.Inputs is -1"},
		{"loss", func(f *safetensors.File) { edit(f, func(n *networkJSON) { n.Loss = "gain" }) }, `unknown loss "gain"`},
		{"activation", func(f *safetensors.File) { edit(f, func(n *networkJSON) { n.Layers[0].Activation = "lu" }) }, `unknown activation "lu"`},
		{"dtype", func(f *safetensors.File) { edit(f, func(n *networkJSON) { n.Dtype = "float16" }) }, `dtype "float16"`},
		{"other dtype", func(f *safetensors.File) { edit(f, func(n *networkJSON) { n.Dtype = "float64" }) }, "not of type float64"},
		{"tensor missing", func(f *safetensors.File) { f.Tensors = f.Tensors[1:] }, "no tensor layer1.weight"},
		{"labels", func(f *safetensors.File) { f.Metadata[keyLabels] = `["a","b","c"]` }, "3 labels for a network that tells 2 classes"},
		{"no labels", func(f *safetensors.File) { delete(f.Metadata, keyLabels) }, "without Labels"},
		{"dictionary", func(f *safetensors.File) { f.Metadata[keyDictionary] += "zulu\n" }, "dictionary of"},
		{"dictionary unsorted", func(f *safetensors.File) { f.Metadata[keyDictionary] = "b\na\n" }, "a"},
		{"encoder", func(f *safetensors.File) { f.Metadata[keyEncoder] = `{"weighting":"loud"}` }, "loud"},
		{"idf missing", func(f *safetensors.File) { f.Metadata[keyEncoder] = `{"weighting":"tfidf"}` }, "idf"},
	} {
		f, err := trained(t, bow.Presence, tensor.Float32).file()
		if err != nil {
			t.Fatal(err)
		}
		test.change(f)
		path := filepath.Join(dir, strings.ReplaceAll(test.name, " ", "-"))
		if err := safetensors.WriteFile(path, f); err != nil {
			t.Fatal(err)
		}
		if _, err := Load(path); err == nil || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: error %v, want %q and the path", test.name, err, test.want)
		}
		var b bytes.Buffer
		if err := safetensors.Write(&b, f); err != nil {
			t.Fatal(err)
		}
		if _, err := Read(bytes.NewReader(b.Bytes()), int64(b.Len())); err == nil || !strings.Contains(err.Error(), test.want) || !strings.HasPrefix(err.Error(), "feedforward: model: ") {
			t.Errorf("%s: from memory the error is %v, want %q", test.name, err, test.want)
		}
	}
	if _, err := Load(filepath.Join(dir, "missing")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("missing file: %v", err)
	}
}

func edit(f *safetensors.File, change func(*networkJSON)) {
	var n networkJSON
	if err := json.Unmarshal([]byte(f.Metadata[keyNetwork]), &n); err != nil {
		panic(err)
	}
	change(&n)
	b, _ := json.Marshal(n)
	f.Metadata[keyNetwork] = string(b)
}

// The size is given by the caller, and the model must have exactly that.
func TestReadOfAnotherSize(t *testing.T) {
	var b bytes.Buffer
	if err := trained(t, bow.Presence, tensor.Float32).Write(&b); err != nil {
		t.Fatal(err)
	}
	r, size := bytes.NewReader(b.Bytes()), int64(b.Len())
	for _, row := range []struct {
		size int64
		want string
	}{
		{0, "file of 0 bytes, too short"}, {-1, "too short"}, {size / 4, "in a file of"}, {size - 1, "end after the"},
		{size + 1, fmt.Sprintf("the file has %d", size+1-8-int64(binary.LittleEndian.Uint64(b.Bytes())))},
	} {
		if _, err := Read(r, row.size); err == nil || !strings.Contains(err.Error(), row.want) {
			t.Errorf("%d bytes of %d: error %v, want %q", row.size, size, err, row.want)
		}
	}
	if _, err := Read(bytes.NewReader(b.Bytes()[:size-4]), size); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("4 bytes missing: error %v, want %v", err, io.ErrUnexpectedEOF)
	}
	if err := (&Classifier{}).Write(io.Discard); err == nil {
		t.Error("a classifier without a network can be written")
	}
}

// FuzzLoad feeds Read, and so what Load does with a file, bytes that are damaged or hostile: it may refuse
// them, and never panics. What it takes can be written, and read again.
func FuzzLoad(f *testing.F) {
	for _, w := range []bow.Weighting{bow.Presence, bow.TFIDF} {
		var b bytes.Buffer
		if err := trained(f, w, tensor.Float32).Write(&b); err != nil {
			f.Fatal(err)
		}
		f.Add(b.Bytes())
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		c, err := Read(bytes.NewReader(b), int64(len(b)))
		if err != nil {
			return
		}
		var first, second bytes.Buffer
		if err := c.Write(&first); err != nil {
			t.Fatalf("read, but cannot be written: %v", err)
		}
		again, err := Read(bytes.NewReader(first.Bytes()), int64(first.Len()))
		if err != nil {
			t.Fatalf("written, but cannot be read: %v", err)
		}
		if err := again.Write(&second); err != nil || !bytes.Equal(first.Bytes(), second.Bytes()) {
			t.Errorf("written, read and written again it has other bytes, or %v", err)
		}
		if c.Encoder == nil {
			return
		}
		if _, err := c.Classify("free prize"); err != nil {
			t.Errorf("loaded, but cannot classify: %v", err)
		}
	})
}
