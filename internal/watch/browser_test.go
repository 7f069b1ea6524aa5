package watch

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/nestnet/nestnet/internal/browser"
)

// The script puts together what it is sent as TestNews does, and follows a program that was
// killed and is started again at the same port.
func TestBrowser(t *testing.T) {
	b := browser.New(t)
	s, err := listen(":0", time.Now, time.Millisecond)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	s.Begin(small)
	p := b.Open(s.URL(), browser.View{})
	n := 0
	for _, steps := range []int{1, 30, 1000, 1024, 5000, 5001, 12345} {
		for n < steps {
			n++
			s.Step(Step{Epoch: 1, Step: n, Loss: float64(n % 7)})
		}
		u := s.since(&reader{}).Trainings[0].Steps
		all := append(u.Points, u.Tip...)
		want := fmt.Sprintf("%d points to %g, %.4f", len(all), all[len(all)-1][0], all[len(all)-1][1])
		p.WaitFor(fmt.Sprintf(`(points => points.length + " points to " + (points.at(-1)?.[0] ?? 0) + ", " + (points.at(-1)?.[1] ?? 0).toFixed(4))(
			pick(current()?.steps ?? Object.assign([], {tip: []}), 1)) == %q`, want))
	}
	if p.Visible("#lost") {
		t.Error("it says that the program does not answer")
	}
	if problems := p.Problems(); problems != nil {
		t.Errorf("problems: %s", strings.Join(problems, "; "))
	}

	_ = s.http.Close() // nothing is said, as when a program is killed
	p.WaitFor(`!document.querySelector("#lost").hidden`)
	again, err := listen(strings.TrimSuffix(strings.TrimPrefix(s.URL(), "http://"), "/"), time.Now, time.Millisecond)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(again.Close)
	next := small
	next.Name, next.Scheduled = "", false
	again.Begin(next)
	epoch(again, 1)
	p.WaitFor(`document.querySelector("#name").textContent == "" && document.querySelector("#lost").hidden && current().now.step == 4`)
	p.WaitFor(`document.querySelectorAll("#charts figure").length == 3`)
	again.Tell(Finished, "the second one")
	p.WaitFor(`document.querySelector("#text").textContent == "the second one"`)
}
