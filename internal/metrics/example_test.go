package metrics_test

import (
	"fmt"

	"github.com/nestnet/nestnet/internal/metrics"
)

func ExampleConfusion() {
	const ham, spam = 0, 1
	c := metrics.NewConfusion(2)
	for _, m := range []struct{ actual, predicted int }{
		{ham, ham}, {ham, ham}, {ham, ham}, {ham, spam}, {spam, spam}, {spam, ham},
	} {
		c.Add(m.actual, m.predicted)
	}
	s := c.Class(spam)
	fmt.Printf("accuracy %.3f\n", c.Accuracy())
	fmt.Printf("spam: precision %.2f, recall %.2f, F1 %.2f, %d messages\n", s.Precision, s.Recall, s.F1, s.Support)
	// Output:
	// accuracy 0.667
	// spam: precision 0.50, recall 0.50, F1 0.50, 2 messages
}

func ExampleROCAUC() {
	scores := []float64{0.1, 0.4, 0.35, 0.8}
	spam := []bool{false, false, true, true}
	fmt.Println(metrics.ROCAUC(scores, spam))
	// Output: 0.75
}

func ExampleRanking() {
	scores := []float64{0.1, 0.4, 0.35, 0.8}
	spam := []bool{false, false, true, true}
	r := metrics.NewRanking(scores, spam)
	fmt.Printf("average precision %.4f\n", r.AveragePrecision())
	for _, p := range r.Curve() {
		fmt.Printf("at %.2f recall %.1f, precision %.2f\n", p.Threshold, p.Recall, p.Precision)
	}
	// Output:
	// average precision 0.8333
	// at +Inf recall 0.0, precision 1.00
	// at 0.80 recall 0.5, precision 1.00
	// at 0.40 recall 0.5, precision 0.50
	// at 0.35 recall 1.0, precision 0.67
	// at 0.10 recall 1.0, precision 0.50
}
