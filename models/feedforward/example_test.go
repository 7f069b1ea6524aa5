package feedforward_test

import (
	"context"
	"fmt"
	"log"
	"math"
	"os"
	"path/filepath"
	"slices"

	"github.com/nestnet/nestnet/data"
	"github.com/nestnet/nestnet/data/bow"
	"github.com/nestnet/nestnet/losses"
	"github.com/nestnet/nestnet/models/feedforward"
	"github.com/nestnet/nestnet/solvers"
	"gorgonia.org/gorgonia"
)

// Train on six sentences and label a seventh.
func Example() {
	corpus, err := bow.NewCorpus(bow.Tokenizer{})
	if err != nil {
		log.Fatal(err)
	}
	for _, d := range []bow.Document{
		{Label: "spam", Text: "Win a free prize now!"},
		{Label: "ham", Text: "See you at the station."},
		{Label: "spam", Text: "Claim your free cash prize."},
		{Label: "ham", Text: "The train is late again."},
		{Label: "spam", Text: "Free entry: win cash!"},
		{Label: "ham", Text: "Late for the train, see you."},
	} {
		if err := corpus.Add(d); err != nil {
			log.Fatal(err)
		}
	}
	words, err := corpus.Vocabulary(nil, bow.VocabularyOptions{})
	if err != nil {
		log.Fatal(err)
	}
	encoder, err := corpus.Encoder(words, bow.Presence, nil)
	if err != nil {
		log.Fatal(err)
	}
	train, _, err := corpus.Set(encoder, nil)
	if err != nil {
		log.Fatal(err)
	}

	net, err := feedforward.New(feedforward.Config{Inputs: words.Len(), Seed: 1, Loss: losses.CrossEntropy{}},
		feedforward.Dense(8, "relu"), feedforward.Dense(2, "softmax"))
	if err != nil {
		log.Fatal(err)
	}
	if _, err := net.Fit(context.Background(), train, feedforward.Fit{Epochs: 50, Batch: 3, Solver: &solvers.Adam{LearningRate: 0.01}}); err != nil {
		log.Fatal(err)
	}

	classifier := feedforward.Classifier{Network: net, Encoder: encoder, Labels: corpus.Labels()}
	labels, err := classifier.Classify("A free prize for you: claim it!")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(labels[0].Name)
	// Output: spam
}

// Texts with several labels, or none: a sigmoid for each label.
func ExampleClassifier_AllLabels() {
	corpus, err := bow.NewCorpus(bow.Tokenizer{})
	if err != nil {
		log.Fatal(err)
	}
	corpus.MultiLabel = true
	for _, d := range []bow.Document{
		{Labels: []string{"billing", "delivery"}, Text: "The parcel is late and the invoice is wrong."},
		{Label: "billing", Text: "Please send the invoice again."},
		{Label: "delivery", Text: "Where is the parcel?"},
		{Labels: []string{}, Text: "Please send the catalogue."},
	} {
		if err := corpus.Add(d); err != nil {
			log.Fatal(err)
		}
	}
	words, err := corpus.Vocabulary(nil, bow.VocabularyOptions{})
	if err != nil {
		log.Fatal(err)
	}
	encoder, err := corpus.Encoder(words, bow.Presence, nil)
	if err != nil {
		log.Fatal(err)
	}
	train, _, err := corpus.Set(encoder, nil)
	if err != nil {
		log.Fatal(err)
	}
	net, err := feedforward.New(feedforward.Config{Inputs: words.Len(), Seed: 1, MultiLabel: true},
		feedforward.Dense(8, "tanh"), feedforward.Dense(len(corpus.Labels()), "sigmoid"))
	if err != nil {
		log.Fatal(err)
	}
	if _, err := net.Fit(context.Background(), train, feedforward.Fit{Epochs: 200, Solver: &solvers.Adam{LearningRate: 0.01}}); err != nil {
		log.Fatal(err)
	}

	classifier := feedforward.Classifier{Network: net, Encoder: encoder, Labels: corpus.Labels()}
	labels, err := classifier.AllLabels(feedforward.DefaultThreshold, "Send the invoice again. Where is the parcel?", "Please send the catalogue!")
	if err != nil {
		log.Fatal(err)
	}
	for _, text := range labels {
		fmt.Print(len(text), " labels:")
		for _, l := range text {
			fmt.Print(" ", l.Name)
		}
		fmt.Println()
	}
	// Output:
	// 2 labels: billing delivery
	// 0 labels:
}

// The guide's example: three layers, 2000 inputs, two classes.
func ExampleNetwork_String() {
	net, err := feedforward.New(feedforward.Config{Inputs: 2000, Seed: 1, Loss: losses.CrossEntropy{}},
		feedforward.Dense(64, "relu"), feedforward.Dense(64, "relu"), feedforward.Dense(2, "softmax"))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Print(net)
	// Output:
	// y = f3(f2(f1(x))),  f_i(z) = nonlinear_i(a_i·z + b_i)
	//
	//    layer   nonlinear          a    b   parameters
	//       f1        relu   2,000×64   64      128,064
	//       f2        relu      64×64   64        4,160
	//       f3     softmax       64×2    2          130
	//
	// 132,354 parameters (float32, 529.4 kB), loss crossentropy
}

// Learn y = 3x − 1 from numbers, with plain gradient descent on the whole set.
func ExampleNetwork_Fit() {
	line := &data.Set{All: data.Batch{
		Columns: 1,
		Dense:   []float64{-1, -0.5, 0, 0.5, 1},
		Targets: []float64{-4, -2.5, -1, 0.5, 2},
	}}
	net, err := feedforward.New(feedforward.Config{Inputs: 1, Numbers: true, Loss: losses.Squared{}, Seed: 1},
		feedforward.Dense(1, "linear"))
	if err != nil {
		log.Fatal(err)
	}
	history, err := net.Fit(context.Background(), line, feedforward.Fit{
		Epochs: 1000, Batch: feedforward.Whole, Solver: &solvers.SGD{LearningRate: 0.2}, TargetLoss: 1e-10,
	})
	if err != nil {
		log.Fatal(err)
	}
	a, b, err := net.Weights(1)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("stopped by", history.Stopped)
	fmt.Printf("f(x) = %.3f·x + %.3f\n", a.Data().([]float32)[0], b.Data().([]float32)[0])
	// Output:
	// stopped by target-loss
	// f(x) = 3.000·x + -1.000
}

// A training that is stopped, and goes on from its last checkpoint to the same weights.
func ExampleCheckpoints() {
	folder, err := os.MkdirTemp("", "")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(folder)
	path := filepath.Join(folder, "run.ckpt")
	wave := &data.Set{All: data.Batch{Columns: 1}}
	for x := -3.0; x <= 3; x += 0.05 {
		wave.All.Dense = append(wave.All.Dense, x)
		wave.All.Targets = append(wave.All.Targets, math.Sin(2*x))
	}
	fit := func(resume *feedforward.Checkpoint, stopAt int) (*feedforward.Network, *feedforward.History) {
		net, err := feedforward.New(feedforward.Config{Inputs: 1, Numbers: true, Loss: losses.Squared{}, Seed: 1},
			feedforward.Dense(16, "tanh"), feedforward.Dense(1, "linear"))
		if err != nil {
			log.Fatal(err)
		}
		ctx, stop := context.WithCancel(context.Background())
		defer stop()
		history, err := net.Fit(ctx, wave, feedforward.Fit{
			Epochs: 30, Batch: 16, Resume: resume,
			Checkpoints: feedforward.Checkpoints{Path: path, EverySteps: 50},
			OnStep: func(s feedforward.Step) {
				if s.Step == stopAt {
					stop() // Ctrl-C, for example
				}
			},
		})
		if err != nil && ctx.Err() == nil {
			log.Fatal(err)
		}
		return net, history
	}
	whole, _ := fit(nil, 0)
	_, history := fit(nil, 123)
	fmt.Println(history.Stopped, "after", history.Steps, "steps")

	checkpoint, err := feedforward.LoadCheckpoint(path)
	if err != nil {
		log.Fatal(err)
	}
	resumed, history := fit(checkpoint, 0)
	fmt.Println("at the end after", history.Steps, "steps")
	a, _, err := whole.Weights(1)
	if err != nil {
		log.Fatal(err)
	}
	b, _, err := resumed.Weights(1)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("the same weights:", slices.Equal(a.Data().([]float32), b.Data().([]float32)))
	// Output:
	// interrupted after 123 steps
	// at the end after 240 steps
	// the same weights: true
}

// A nonlinear function and a loss of one's own, as Gorgonia nodes. Gorgonia
// differentiates them.
func ExampleLayer() {
	sine := func(z *gorgonia.Node) (*gorgonia.Node, error) { return gorgonia.Sin(z) }
	absolute := losses.Custom{Label: "absolute", Func: func(f, y *gorgonia.Node) (*gorgonia.Node, error) {
		d, err := gorgonia.Sub(y, f)
		if err != nil {
			return nil, err
		}
		return gorgonia.Abs(d)
	}}
	net, err := feedforward.New(feedforward.Config{Inputs: 1, Numbers: true, Loss: absolute, Seed: 1},
		feedforward.Layer{Units: 16, Activation: "sine", Func: sine}, feedforward.Dense(1, "linear"))
	if err != nil {
		log.Fatal(err)
	}
	wave := &data.Set{All: data.Batch{Columns: 1}}
	for x := -3.0; x <= 3; x += 0.05 {
		wave.All.Dense = append(wave.All.Dense, x)
		wave.All.Targets = append(wave.All.Targets, math.Sin(2*x))
	}
	_, err = net.Fit(context.Background(), wave, feedforward.Fit{Epochs: 300, Batch: 16, Solver: &solvers.Adam{LearningRate: 0.01}})
	if err != nil {
		log.Fatal(err)
	}
	result, err := net.Evaluate(wave)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("mean absolute error below 0.05:", result.Loss < 0.05)
	// Output: mean absolute error below 0.05: true
}

// How sure the accuracy is, what the probabilities are worth, and what went wrong.
func ExampleNetwork_EvaluateEach() {
	// The network is given: it takes x for the log-odds of class 1.
	net, err := feedforward.New(feedforward.Config{Inputs: 1, Numbers: true, Loss: losses.BinaryCrossEntropy{}},
		feedforward.Dense(1, "sigmoid"))
	if err != nil {
		log.Fatal(err)
	}
	a, _, err := net.Weights(1)
	if err != nil {
		log.Fatal(err)
	}
	a.Data().([]float32)[0] = 1
	test := &data.Set{All: data.Batch{
		Columns: 1,
		Dense:   []float64{-3, -2, -2, -1, -1, 2, 1, 1, 2, 3},
		Classes: []int32{0, 0, 0, 0, 1, 0, 1, 1, 1, 1},
	}}
	e, err := net.EvaluateEach(test)
	if err != nil {
		log.Fatal(err)
	}
	intervals, err := e.Intervals(context.Background(), feedforward.Bootstrap{Seed: 1, Positive: 1})
	if err != nil {
		log.Fatal(err)
	}
	ranking, err := e.Ranking(1)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("accuracy %.2f, %.2f to %.2f\n", e.Accuracy, intervals.Accuracy.Low, intervals.Accuracy.High)
	fmt.Printf("average precision %.3f, log loss %.3f\n", ranking.AveragePrecision, e.LogLoss())
	for _, i := range e.Mistakes(10) {
		fmt.Printf("x = %v is of class %d, taken for %d with %.2f\n", test.All.Dense[i], e.Truth[i], e.Answers[i].Class, e.Answers[i].Probability)
	}
	// Output:
	// accuracy 0.80, 0.50 to 1.00
	// average precision 0.796, log loss 0.486
	// x = 2 is of class 0, taken for 1 with 0.88
	// x = -1 is of class 1, taken for 0 with 0.73
}

// Which words of a text pushed towards its class.
func ExampleClassifier_Explain() {
	words, err := bow.NewVocabulary([]string{"free", "prize", "station", "train"})
	if err != nil {
		log.Fatal(err)
	}
	encoder, err := bow.NewEncoder(words, bow.Settings{}, nil)
	if err != nil {
		log.Fatal(err)
	}
	net, err := feedforward.New(feedforward.Config{Inputs: words.Len(), Seed: 1}, feedforward.Dense(1, "sigmoid"))
	if err != nil {
		log.Fatal(err)
	}
	a, _, err := net.Weights(1)
	if err != nil {
		log.Fatal(err)
	}
	copy(a.Data().([]float32), []float32{1.5, 2, -1, -2}) // instead of training

	c := feedforward.Classifier{Network: net, Encoder: encoder, Labels: []string{"ham", "spam"}}
	x, err := c.Explain("A free prize at the station!", "", feedforward.Explain{Method: feedforward.IntegratedGradients})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s, log-odds %.1f\n", x.Class.Name, x.Value)
	for _, w := range x.Words {
		fmt.Printf("%+.1f %s\n", w.Contribution, w.Word)
	}
	fmt.Println("not known:", x.Unknown)
	// Output:
	// spam, log-odds 2.5
	// +2.0 prize
	// +1.5 free
	// -1.0 station
	// not known: [a at the]
}

// The probabilities of all classes, for texts by the thousand.
func ExamplePredictor_AnswerAll() {
	words, err := bow.NewVocabulary([]string{"prize", "station"})
	if err != nil {
		log.Fatal(err)
	}
	encoder, err := bow.NewEncoder(words, bow.Settings{}, nil)
	if err != nil {
		log.Fatal(err)
	}
	net, err := feedforward.New(feedforward.Config{Inputs: words.Len()}, feedforward.Dense(2, "softmax"))
	if err != nil {
		log.Fatal(err)
	}
	a, _, err := net.Weights(1)
	if err != nil {
		log.Fatal(err)
	}
	copy(a.Data().([]float32), []float32{-1, 1 /* prize: rather spam */, 1, -1 /* station: rather ham */})

	c := feedforward.Classifier{Network: net, Encoder: encoder, Labels: []string{"ham", "spam"}}
	p, err := c.Predictor()
	if err != nil {
		log.Fatal(err)
	}
	texts := []string{"A prize!", "At the station.", "A prize at the station"}
	answers := make([]feedforward.Answer, len(texts))
	if err := p.AnswerAll(answers, texts); err != nil {
		log.Fatal(err)
	}
	for _, answer := range answers {
		best := answer.Top(nil, 2)
		fmt.Printf("%s %.2f, then %s %.2f\n", c.Labels[best[0]], answer.Probabilities[best[0]], c.Labels[best[1]], answer.Probabilities[best[1]])
	}
	// Output:
	// spam 0.88, then ham 0.12
	// ham 0.88, then spam 0.12
	// ham 0.50, then spam 0.50
}
