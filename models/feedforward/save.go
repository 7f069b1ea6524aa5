package feedforward

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"

	"github.com/nestnet/nestnet/data/bow"
	"github.com/nestnet/nestnet/data/vectors"
	"github.com/nestnet/nestnet/graph"
	"github.com/nestnet/nestnet/internal/safetensors"
	"github.com/nestnet/nestnet/losses"
	"gorgonia.org/tensor"
)

// A model file is one safetensors file. Its tensors are layer1.weight, of shape
// (inputs, outputs), layer1.bias and so on, idf with tf-idf weighting, and counts. The rest
// stands in __metadata__, under the keys below. docs/model-file.md specifies it.
const (
	modelVersion = 1

	keyVersion    = "nestnet.version"
	keyNetwork    = "nestnet.network"
	keyEncoder    = "nestnet.encoder"
	keyDictionary = "nestnet.dictionary"
	keyLabels     = "nestnet.labels"
	keyNumbers    = "nestnet.numbers"
	keyTraining   = "nestnet.training"

	idfTensor    = "idf"
	countsTensor = "counts"
	meanTensor   = "inputs.mean"
	scaleTensor  = "inputs.scale"
)

// networkJSON is the declaration of a network in a model file.
type networkJSON struct {
	Inputs  int         `json:"inputs"`
	Numbers bool        `json:"numbers,omitempty"`
	Multi   bool        `json:"multi_label,omitempty"`
	Layers  []layerJSON `json:"layers"`
	Loss    string      `json:"loss"`
	Dtype   string      `json:"dtype"`
	Init    string      `json:"init,omitempty"`
	Seed    uint64      `json:"seed"`
}

type layerJSON struct {
	Units      int     `json:"units"`
	Activation string  `json:"activation"`
	Dropout    float64 `json:"dropout,omitempty"`
}

// Save writes the model to a file, whole or not at all. The same model gives the same
// bytes.
func (c *Classifier) Save(path string) error {
	f, err := c.file()
	if err != nil {
		return err
	}
	return safetensors.WriteFile(path, f)
}

// Write writes what Save puts into a file. All of the model is checked before the first
// byte; w needs no buffer of its own.
func (c *Classifier) Write(w io.Writer) error {
	f, err := c.file()
	if err != nil {
		return err
	}
	return safetensors.Write(w, f)
}

func (c *Classifier) file() (*safetensors.File, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	n := c.Network
	if _, err := losses.New(n.cfg.Loss.Name()); err != nil || isCustom(n.cfg.Loss) {
		return nil, fmt.Errorf("feedforward: loss %s is a function and cannot be saved", n.cfg.Loss.Name())
	}
	net := networkJSON{
		Inputs: n.cfg.Inputs, Numbers: n.cfg.Numbers, Multi: n.cfg.MultiLabel, Loss: n.cfg.Loss.Name(), Dtype: n.cfg.Dtype.String(),
		Init: string(n.cfg.Init), Seed: n.cfg.Seed,
	}
	f := &safetensors.File{Metadata: map[string]string{keyVersion: strconv.Itoa(modelVersion)}}
	for i, l := range n.layers {
		if l.Func != nil {
			return nil, fmt.Errorf("feedforward: layer %d (%s) is a function and cannot be saved", i+1, l.Activation)
		}
		net.Layers = append(net.Layers, layerJSON{Units: l.Units, Activation: l.Activation, Dropout: l.Dropout})
		for k, kind := range []string{"weight", "bias"} {
			f.Tensors = append(f.Tensors, tensorOf(fmt.Sprintf("layer%d.%s", i+1, kind), n.params[2*i+k]))
		}
	}
	put := func(key string, v any) error {
		b, err := json.Marshal(v)
		f.Metadata[key] = string(b)
		return err
	}
	err := put(keyNetwork, net)
	if c.Labels != nil {
		err = errors.Join(err, put(keyLabels, c.Labels))
	}
	if c.Training != nil {
		err = errors.Join(err, put(keyTraining, c.Training))
	}
	if c.Encoder != nil {
		err = errors.Join(err, put(keyEncoder, c.Encoder.Settings()))
		if v := c.Encoder.Vocabulary(); v != nil {
			words, e := v.MarshalText()
			err = errors.Join(err, e)
			f.Metadata[keyDictionary] = string(words)
			if t := countsOf(v); t != nil {
				f.Tensors = append(f.Tensors, *t)
			}
		}
		if idf := c.Encoder.IDF(); idf != nil {
			f.Tensors = append(f.Tensors, safetensors.Tensor{Name: idfTensor, Shape: []int{len(idf)}, F32: idf})
		}
	}
	if e := c.Numbers; e != nil {
		err = errors.Join(err, put(keyNumbers, e))
		for _, t := range []safetensors.Tensor{{Name: meanTensor, F64: e.Mean}, {Name: scaleTensor, F64: e.Scale}} {
			if t.Shape = []int{len(t.F64)}; t.F64 != nil {
				f.Tensors = append(f.Tensors, t)
			}
		}
	}
	if err != nil {
		return nil, fmt.Errorf("feedforward: %w", err)
	}
	return f, nil
}

func isCustom(l losses.Loss) bool {
	_, ok := l.(losses.Custom)
	return ok
}

func tensorOf(name string, d *tensor.Dense) safetensors.Tensor {
	t := safetensors.Tensor{Name: name, Shape: d.Shape().Clone()}
	switch data := d.Data().(type) {
	case []float32:
		t.F32 = data
	case []float64:
		t.F64 = data
	}
	return t
}

// Load reads a model file. It trusts nothing in it: all parts are checked against
// each other and against the size of the file.
func Load(path string) (*Classifier, error) {
	f, err := safetensors.ReadFile(path)
	if err != nil {
		return nil, err
	}
	c, err := fromFile(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return c, nil
}

// Read is Load for a model that is no file by itself: embedded in the program, or fetched
// from somewhere into memory. Its size, in bytes, is the measure of all that the model
// says of itself, so it must not come from the model; a file of another size is an error.
//
//	//go:embed spam.model
//	var model []byte
//
//	c, err := feedforward.Read(bytes.NewReader(model), int64(len(model)))
func Read(r io.ReaderAt, size int64) (*Classifier, error) {
	f, err := safetensors.Read(r, size)
	if err != nil {
		return nil, err
	}
	c, err := fromFile(f)
	if err != nil {
		return nil, fmt.Errorf("feedforward: model: %w", err)
	}
	return c, nil
}

func fromFile(f *safetensors.File) (*Classifier, error) {
	version := f.Metadata[keyVersion]
	switch v, err := strconv.Atoi(version); {
	case version == "":
		return nil, errors.New("this safetensors file is not a model of Nestnet (it has no nestnet.version)")
	case err != nil || v < 1:
		return nil, fmt.Errorf("model version %q is not a number", version)
	case v > modelVersion:
		return nil, fmt.Errorf("model version %d is newer than this program knows (%d): update Nestnet, or save the model with the older one", v, modelVersion)
	}
	var net networkJSON
	if err := decode(f, keyNetwork, &net); err != nil {
		return nil, err
	}
	n, err := net.network(f)
	if err != nil {
		return nil, err
	}
	c := &Classifier{Network: n}
	if _, ok := f.Metadata[keyTraining]; ok {
		if err := decode(f, keyTraining, &c.Training); err != nil {
			return nil, err
		}
	}
	if _, ok := f.Metadata[keyLabels]; ok {
		if err := decode(f, keyLabels, &c.Labels); err != nil {
			return nil, err
		}
	}
	if _, ok := f.Metadata[keyEncoder]; ok {
		var s bow.Settings
		if err := decode(f, keyEncoder, &s); err != nil {
			return nil, err
		}
		words, err := dictionary(f, s, n.cfg.Inputs)
		if err != nil {
			return nil, err
		}
		var idf []float32
		if t := find(f, idfTensor); t != nil {
			idf = t.F32
		}
		if c.Encoder, err = bow.NewEncoder(words, s, idf); err != nil {
			return nil, err
		}
		c.Encoder.MultiLabel = n.cfg.MultiLabel
	}
	if _, ok := f.Metadata[keyNumbers]; ok {
		c.Numbers = &vectors.Encoder{}
		if err := decode(f, keyNumbers, c.Numbers); err != nil {
			return nil, err
		}
		if t := find(f, meanTensor); t != nil {
			c.Numbers.Mean = t.F64
		}
		if t := find(f, scaleTensor); t != nil {
			c.Numbers.Scale = t.F64
		}
	}
	return c, c.check()
}

// dictionary reads the words, unless they are hashed. The encoder gets memory for as many
// columns as there are, so they are counted before.
func dictionary(f *safetensors.File, s bow.Settings, inputs int) (*bow.Vocabulary, error) {
	if s.HashBits != 0 {
		if err := s.Check(); err != nil {
			return nil, err
		}
		if columns := 1 << s.HashBits; columns != inputs {
			return nil, fmt.Errorf("%s: words hashed into %d columns for a network of %d inputs", keyEncoder, columns, inputs)
		}
		return nil, nil
	}
	var words bow.Vocabulary
	if err := words.UnmarshalText([]byte(f.Metadata[keyDictionary])); err != nil {
		return nil, err
	}
	if words.Len() != inputs {
		return &words, nil // which check refuses
	}
	return withCounts(&words, find(f, countsTensor))
}

func decode(f *safetensors.File, key string, v any) error {
	text, ok := f.Metadata[key]
	if !ok {
		return fmt.Errorf("the model has no %s", key)
	}
	if err := json.Unmarshal([]byte(text), v); err != nil {
		return fmt.Errorf("%s: %w", key, err)
	}
	return nil
}

func find(f *safetensors.File, name string) *safetensors.Tensor {
	for i := range f.Tensors {
		if f.Tensors[i].Name == name {
			return &f.Tensors[i]
		}
	}
	return nil
}

// network makes the declared network with the weights of f, whose sizes are known to
// fit the file: nothing else is allocated before the two agree.
func (j *networkJSON) network(f *safetensors.File) (*Network, error) {
	loss, err := losses.New(j.Loss)
	if err != nil {
		return nil, err
	}
	cfg := Config{Inputs: j.Inputs, Numbers: j.Numbers, MultiLabel: j.Multi, Loss: loss, Seed: j.Seed, Init: graph.Init(j.Init)}
	switch j.Dtype {
	case tensor.Float32.String():
		cfg.Dtype = tensor.Float32
	case tensor.Float64.String():
		cfg.Dtype = tensor.Float64
	default:
		return nil, fmt.Errorf("%s: dtype %q, want float32 or float64", keyNetwork, j.Dtype)
	}
	var layers []Layer
	for _, l := range j.Layers {
		layers = append(layers, Layer{Units: l.Units, Activation: l.Activation, Dropout: l.Dropout})
	}
	n, err := declared(cfg, layers)
	if err != nil {
		return nil, err
	}
	in := j.Inputs
	for i, l := range j.Layers {
		for _, part := range []struct {
			kind  string
			shape tensor.Shape
		}{{"weight", tensor.Shape{in, l.Units}}, {"bias", tensor.Shape{l.Units}}} {
			d, err := weights(f, fmt.Sprintf("layer%d.%s", i+1, part.kind), cfg.Dtype, part.shape)
			if err != nil {
				return nil, err
			}
			n.params = append(n.params, d)
		}
		in = l.Units
	}
	if _, err := n.trainProgram(n.trainCapacity()); err != nil {
		return nil, err
	}
	return n, nil
}

func weights(f *safetensors.File, name string, dtype tensor.Dtype, shape tensor.Shape) (*tensor.Dense, error) {
	t := find(f, name)
	if t == nil {
		return nil, fmt.Errorf("the model has no tensor %s", name)
	}
	if !shape.Eq(tensor.Shape(t.Shape)) {
		return nil, fmt.Errorf("tensor %s has shape %v, the network wants %v", name, t.Shape, shape)
	}
	switch {
	case dtype == tensor.Float32 && t.F32 != nil:
		return tensor.New(tensor.WithShape(shape...), tensor.WithBacking(t.F32)), nil
	case dtype == tensor.Float64 && t.F64 != nil:
		return tensor.New(tensor.WithShape(shape...), tensor.WithBacking(t.F64)), nil
	}
	return nil, fmt.Errorf("tensor %s is not of type %v", name, dtype)
}
