package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-zeromq/zmq4"
)

// TestKernel builds the kernel and runs cells on it as Jupyter does. A package that
// does not work in the interpreter shows only when something in it is called.
func TestKernel(t *testing.T) {
	k := begin(t)
	listed, err := listed(list)
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range listed {
		c, ok := calls[path]
		if !ok {
			t.Errorf("package %s is linked in and has no row in this test", path)
			continue
		}
		if got := k.run(fmt.Sprintf("import %q", path)); got.err != "" {
			t.Errorf("import %q: %s", path, got.err)
			continue
		}
		if got := k.run(c.cell); got.err != "" || got.text != c.want {
			t.Errorf("%s: got %q, error %q, want %q", c.cell, got.text, got.err, c.want)
		}
	}
	for path := range calls {
		if !slices.Contains(listed, path) {
			t.Errorf("this test has a row for %s, which is not linked in", path)
		}
	}

	for _, c := range []struct{ name, cell, want, err string }{
		{"an import that is not linked in", `import "example.com/none"`, "", `package "example.com/none" is not in this kernel`},
		{"and what it lists", `import "example.com/none"`, "", "\n  github.com/nestnet/nestnet/models/feedforward\n"},
		{"the result of Println", `fmt.Println("x")`, "", ""},
		{"a panic", `panic("boo")`, "", "boo"},
		{"a type of a cell as a compiled interface", "type byLength []string\nfunc (s byLength) Len() int { return len(s) }\n" +
			"func (s byLength) Less(i, j int) bool { return len(s[i]) < len(s[j]) }\nfunc (s byLength) Swap(i, j int) { s[i], s[j] = s[j], s[i] }\n" +
			"words := byLength{\"ccc\", \"a\", \"bb\"}\nsort.Sort(words)\nwords[0] + words[2]", "accc", ""},
		{"a method of an embedded, unexported field", "tensor.New(tensor.WithBacking([]float32{1, 2})).Data().([]float32)[1]", "2", ""},
		{"an untyped constant beyond int", "uint64(math.MaxUint64)", "18446744073709551615", ""},
		{"a figure", "figure, _ := plots.Activations(plots.Style{}, \"relu\")\nshow.Display(figure).SimpleRender()[\"image/svg+xml\"].(string)[:4]", "<svg", ""},
		{"any", "var anything any = 3\nanything.(int) + 1", "4", ""},
	} {
		got := k.run(c.cell)
		if got.text != c.want || !strings.Contains(got.err, c.err) || (c.err == "") != (got.err == "") {
			t.Errorf("%s: got %q, error %q, want %q, error %q", c.name, got.text, got.err, c.want, c.err)
		}
	}
	t.Run("interrupt", func(t *testing.T) { testInterrupt(t, k) })
}

// testInterrupt presses Jupyter's stop button.
func testInterrupt(t *testing.T, k *session) {
	k.onText = func() {
		if err := k.process.Signal(os.Interrupt); err != nil {
			t.Error(err)
		}
	}
	for _, cell := range []string{
		"fmt.Println(\"loops\")\nfor {\n}",
		"func forever() { for n := 0; ; n++ { if n == 0 { fmt.Println(\"loops\") } } }\nforever()",
	} {
		if got := k.run(cell); got.err != "interrupted" {
			t.Errorf("%s: got %q, error %q", cell, got.text, got.err)
		}
	}
	k.onText = nil
	if got := k.run("1 + 1"); got.text != "2" {
		t.Errorf("after it 1 + 1 is %q, error %q", got.text, got.err)
	}
}

// calls has a cell for each package of package packages, and what it must say.
var calls = map[string]struct{ cell, want string }{
	"github.com/nestnet/nestnet/data":               {`data.Batch{Columns: 3}.Columns`, "3"},
	"github.com/nestnet/nestnet/data/bow":           {"words, _ := bow.NewVocabulary([]string{\"b\", \"a\"})\nwords.Len()", "2"},
	"github.com/nestnet/nestnet/data/bow/sample":    {`len(sample.Text()) > 1000`, "true"},
	"github.com/nestnet/nestnet/data/vectors":       {"table := vectors.Table{}\ntable.Len()", "0"},
	"github.com/nestnet/nestnet/graph":              {`graph.ReLU.String()`, "relu"},
	"github.com/nestnet/nestnet/graph/graphtest":    {`graphtest.Tolerance`, "1e-06"},
	"github.com/nestnet/nestnet/losses":             {`losses.CrossEntropy{}.Name()`, "crossentropy"},
	"github.com/nestnet/nestnet/models/feedforward": {"net, err := feedforward.New(feedforward.Config{Inputs: 3}, feedforward.Dense(2, \"softmax\"))\nnet.Parameters()", "8"},
	"github.com/nestnet/nestnet/notebooks/show":     {`show.Display("x")`, "x"},
	"github.com/nestnet/nestnet/plots":              {"picture, problem := plots.Activations(plots.Style{}, \"relu\")\nproblem == nil && len(picture.SVG()) > 1000", "true"},
	"github.com/nestnet/nestnet/solvers":            {"(&solvers.Adam{LearningRate: 0.5}).LearningRate", "0.5"},
	"gonum.org/v1/gonum/floats":                     {`floats.Sum([]float64{1, 2})`, "3"},
	"gonum.org/v1/gonum/mat":                        {`mat.NewDense(1, 2, []float64{1, 2}).At(0, 1)`, "2"},
	"gonum.org/v1/gonum/stat":                       {`stat.Mean([]float64{1, 2}, nil)`, "1.5"},
	"gonum.org/v1/plot":                             {`plot.New().X.Min > 0`, "true"},
	"gonum.org/v1/plot/palette":                     {`len(palette.Heat(3, 1).Colors())`, "3"},
	"gonum.org/v1/plot/palette/moreland":            {`moreland.Kindlmann().Palette(2) != nil`, "true"},
	"gonum.org/v1/plot/plotter":                     {`len(plotter.XYs{{X: 1, Y: 2}})`, "1"},
	"gonum.org/v1/plot/vg":                          {`float64(vg.Inch)`, "72"},
	"gonum.org/v1/plot/vg/draw":                     {`draw.CircleGlyph{}`, "{}"},
	"gorgonia.org/gorgonia":                         {`gorgonia.NewScalar(gorgonia.NewGraph(), gorgonia.Float64, gorgonia.WithName("x")).Name()`, "x"},
	"gorgonia.org/tensor":                           {`tensor.New(tensor.WithShape(2, 3), tensor.Of(tensor.Float32)).Shape()`, "(2, 3)"},
	"bytes":                                         {`bytes.Contains([]byte("ab"), []byte("b"))`, "true"},
	"context":                                       {`context.Background().Err() == nil`, "true"},
	"errors":                                        {`errors.Join(errors.New("a"), nil)`, "a"},
	"fmt":                                           {`fmt.Sprint(1, 2)`, "1 2"},
	"math":                                          {`math.Sqrt(4)`, "2"},
	"math/rand/v2":                                  {`rand.New(rand.NewPCG(1, 2)).IntN(1)`, "0"},
	"os":                                            {`os.Getenv("NOT_SET") == ""`, "true"},
	"sort":                                          {`sort.SearchInts([]int{1, 3}, 3)`, "1"},
	"strconv":                                       {`strconv.Itoa(3)`, "3"},
	"strings":                                       {`strings.CutPrefix("ab", "a")`, "btrue"},
	"time":                                          {`time.Duration(1500 * time.Millisecond)`, "1.5s"},
}

// session is a kernel and the sockets to it.
type session struct {
	t            *testing.T
	shell, iopub zmq4.Socket
	said         chan zmq4.Msg // what comes from iopub
	number       int
	process      *os.Process
	onText       func() // called when a cell prints
}

// output is what a cell had to say.
type output struct{ text, err string }

func begin(t *testing.T) *session {
	if err := generate(folder); err != nil {
		t.Fatal(err)
	}
	program := filepath.Join(t.TempDir(), "kernel")
	if err := build(program, "./"+folder); err != nil {
		t.Fatal(err)
	}
	connection := map[string]any{"transport": "tcp", "ip": "127.0.0.1", "key": "", "signature_scheme": "hmac-sha256"}
	for _, name := range []string{"shell_port", "iopub_port", "stdin_port", "control_port", "hb_port"} {
		connection[name] = freePort(t)
	}
	text, err := json.Marshal(connection)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "connection.json")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program, file)
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	s := &session{t: t, shell: zmq4.NewDealer(ctx), iopub: zmq4.NewSub(ctx), said: make(chan zmq4.Msg), process: cmd.Process}
	t.Cleanup(func() {
		s.shell.Close()
		s.iopub.Close()
		cancel()
		cmd.Process.Kill()
		cmd.Wait()
	})
	for name, socket := range map[string]zmq4.Socket{"shell_port": s.shell, "iopub_port": s.iopub} {
		// Dial tries again until the kernel listens.
		if err := socket.Dial(fmt.Sprintf("tcp://127.0.0.1:%d", connection[name])); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.iopub.SetOption(zmq4.OptionSubscribe, ""); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(s.said)
		for {
			msg, err := s.iopub.Recv()
			if err != nil {
				return
			}
			select {
			case s.said <- msg:
			case <-ctx.Done():
				return
			}
		}
	}()
	// The kernel takes a moment to note who listens, and speaks to nobody until then.
	for {
		s.send("kernel_info_request", map[string]any{})
		s.answered()
		select {
		case <-s.said:
			return s
		default:
		}
	}
}

func freePort(t *testing.T) int {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// send sends a request and returns its name.
func (s *session) send(kind string, content map[string]any) (id string) {
	s.t.Helper()
	s.number++
	id = fmt.Sprint("request-", s.number)
	frames := [][]byte{[]byte("<IDS|MSG>"), nil}
	header := map[string]any{"msg_id": id, "session": "test", "username": "", "msg_type": kind, "version": "5.3"}
	for _, part := range []map[string]any{header, {}, {}, content} {
		text, err := json.Marshal(part)
		if err != nil {
			s.t.Fatal(err)
		}
		frames = append(frames, text)
	}
	if err := s.shell.SendMulti(zmq4.NewMsgFrom(frames...)); err != nil {
		s.t.Fatal(err)
	}
	return id
}

// answered waits for the reply to a request.
func (s *session) answered() {
	s.t.Helper()
	if _, err := s.shell.Recv(); err != nil {
		s.t.Fatalf("the kernel does not answer: %v", err)
	}
}

// run executes a cell and returns its value as text, or its error.
func (s *session) run(cell string) output {
	s.t.Helper()
	id := s.send("execute_request", map[string]any{"code": cell, "silent": false})
	var out output
	for msg := range s.said {
		var header, parent struct {
			ID   string `json:"msg_id"`
			Type string `json:"msg_type"`
		}
		var content struct {
			State string            `json:"execution_state"`
			Data  map[string]string `json:"data"`
			Error string            `json:"evalue"`
		}
		// <IDS|MSG>, signature, header, parent header, metadata, content
		i := slices.IndexFunc(msg.Frames, func(f []byte) bool { return string(f) == "<IDS|MSG>" })
		for place, to := range map[int]any{2: &header, 3: &parent, 5: &content} {
			if err := json.Unmarshal(msg.Frames[i+place], to); err != nil {
				s.t.Fatal(err)
			}
		}
		if parent.ID != id {
			continue
		}
		switch header.Type {
		case "execute_result":
			out.text = content.Data["text/plain"]
		case "stream":
			if s.onText != nil {
				s.onText()
			}
		case "error":
			out.err = content.Error
		case "status":
			if content.State == "idle" {
				s.answered()
				return out
			}
		}
	}
	s.t.Fatalf("the kernel does not say what came of %s", cell)
	return out
}
