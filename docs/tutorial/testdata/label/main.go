// Command label labels each line of standard input. The model is in the program.
package main

import (
	"bufio"
	"bytes"
	_ "embed"
	"fmt"
	"log"
	"os"

	"github.com/nestnet/nestnet/models/feedforward"
)

//go:embed spam.model
var model []byte

func main() {
	classifier, err := feedforward.Read(bytes.NewReader(model), int64(len(model)))
	if err != nil {
		log.Fatal(err)
	}
	predictor, err := classifier.Predictor()
	if err != nil {
		log.Fatal(err)
	}
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		label, err := predictor.Classify(lines.Text())
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("%s\t%.4f\t%s\n", label.Name, label.Probability, lines.Text())
	}
	if err := lines.Err(); err != nil {
		log.Fatal(err)
	}
}
