package safetensors_test

import (
	"bytes"
	"fmt"

	"github.com/nestnet/nestnet/internal/safetensors"
)

func Example() {
	var b bytes.Buffer
	err := safetensors.Write(&b, &safetensors.File{
		Metadata: map[string]string{"labels": "ham spam"},
		Tensors: []safetensors.Tensor{
			{Name: "layer1.weight", Shape: []int{2, 2}, F32: []float32{1, 2, 3, 4}},
			{Name: "layer1.bias", Shape: []int{2}, F32: []float32{0.5, -0.5}},
		},
	})
	if err != nil {
		fmt.Println(err)
		return
	}

	f, err := safetensors.Read(bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(f.Metadata["labels"])
	for _, t := range f.Tensors {
		fmt.Println(t.Name, t.Shape, t.F32)
	}
	// Output:
	// ham spam
	// layer1.bias [2] [0.5 -0.5]
	// layer1.weight [2 2] [1 2 3 4]
}

func ExampleRead_damaged() {
	file := []byte("\x40\x00\x00\x00\x00\x00\x00\x00" +
		`{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}          ` + "four")
	_, err := safetensors.Read(bytes.NewReader(file), int64(len(file)))
	fmt.Println(err)
	// Output:
	// safetensors: byte 9: tensor "a": data_offsets [0, 8] end after the 4 bytes of data
}
