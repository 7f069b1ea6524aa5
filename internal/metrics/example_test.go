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
