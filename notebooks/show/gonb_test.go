//go:build unix

package show

import (
	"encoding/gob"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
)

// fakeGoNB reads what a cell displays from a pipe and acknowledges it, as GoNB's
// internal/jpyexec/namedpipes.go does. The notebooks themselves run on the real one.
func fakeGoNB(t *testing.T, pipe, back string) (shown func() []displayData) {
	var all []displayData
	var wait sync.WaitGroup
	wait.Go(func() {
		in, err := os.Open(pipe)
		if err != nil {
			t.Error(err)
			return
		}
		defer in.Close()
		out, err := os.OpenFile(back, os.O_WRONLY, 0)
		if err != nil {
			t.Error(err)
			return
		}
		defer out.Close()
		from, to := gob.NewDecoder(in), gob.NewEncoder(out)
		for range 4 { // two displays, two requests
			var d displayData
			if err := from.Decode(&d); err != nil {
				t.Error(err)
				return
			}
			ask, ok := d.Data[commValue].(gonbValue)
			if !ok {
				all = append(all, d)
				continue
			}
			if ask.Address != syncAddress {
				t.Errorf("a request to %q", ask.Address)
			}
			// Something else first, which is to be passed over.
			for _, v := range []gonbValue{{Address: "a widget", Value: "x"}, {Address: ackAddress, Value: ask.Value}} {
				if err := to.Encode(v); err != nil {
					t.Error(err)
				}
			}
		}
	})
	return func() []displayData {
		wait.Wait()
		return all
	}
}

func pipes(t *testing.T) (pipe, back string) {
	t.Helper()
	pipe, back = filepath.Join(t.TempDir(), "pipe"), filepath.Join(t.TempDir(), "back")
	for _, p := range []string{pipe, back} {
		if err := syscall.Mkfifo(p, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return pipe, back
}

func TestGoNB(t *testing.T) {
	pipe, back := pipes(t)
	shown := fakeGoNB(t, pipe, back)
	var c connection
	if err := c.send(pipe, back, HTML("<b>x</b>").data); err != nil {
		t.Fatal(err)
	}
	if err := c.send(pipe, back, PNG([]byte{1, 2}).data); err != nil {
		t.Fatal(err)
	}
	got := shown()
	if len(got) != 2 || got[0].Data[mimeHTML] != "<b>x</b>" || string(got[1].Data[mimePNG].([]byte)) != "\x01\x02" {
		t.Errorf("GoNB got %v", got)
	}
}

func TestGoNBMissing(t *testing.T) {
	var c connection
	for range 2 {
		err := c.send(filepath.Join(t.TempDir(), "none"), "none", HTML("x").data)
		if err == nil || !strings.Contains(err.Error(), "GoNB's pipe") {
			t.Errorf("got %v", err)
		}
	}
}
