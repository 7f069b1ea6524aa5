package vectors_test

import (
	"context"
	"fmt"
	"io"
	"log"
	"strings"

	"github.com/nestnet/nestnet/data/vectors"
)

const houses = `rooms,area,price
2,50,150
4,110,330
3,80,240
`

// From a table to standardised rows, with the label as a number.
func Example() {
	f, err := vectors.NewReader(strings.NewReader(houses), "houses.csv", vectors.ReaderOptions{LabelColumn: "price"})
	if err != nil {
		log.Fatal(err)
	}
	table, err := vectors.ReadTable(context.Background(), f, nil)
	if err != nil {
		log.Fatal(err)
	}
	enc, err := vectors.NewEncoder(table, nil, vectors.Options{Regression: true})
	if err != nil {
		log.Fatal(err)
	}
	set, err := enc.Set(table, nil)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(enc.Columns, "→", enc.Label)
	for i := range set.Len() {
		fmt.Printf("%5.2f → %5.2f, which is %.0f\n", set.All.Dense[2*i:2*i+2], set.All.Targets[i], enc.Restore(set.All.Targets[i]))
	}
	// Output:
	// [rooms area] → price
	// [-1.22 -1.22] → -1.22, which is 150
	// [ 1.22  1.22] →  1.22, which is 330
	// [ 0.00  0.00] →  0.00, which is 240
}

// Rows of a svmlight file, with what is wrong reported at its line.
func ExampleFile_Read() {
	const features = "+1 3:0.5 17:1.25 # the first\n-1 3:2\n-1 4:1 3:2\n"
	f, err := vectors.NewReader(strings.NewReader(features), "train.svm", vectors.ReaderOptions{})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(f.Detected())
	var r vectors.Row
	for {
		err := f.Read(&r)
		if err == io.EOF {
			break
		}
		if err != nil {
			fmt.Println(err)
			break
		}
		fmt.Println(r.Line, r.Label, r.Indices, r.Values)
	}
	// Output:
	// svmlight, by its extension
	// 1 +1 [2 16] [0.5 1.25]
	// 2 -1 [2] [2]
	// train.svm:3: bad index: 3 after 4; indices must ascend
}
