package main

import (
	"flag"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"os"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the golden files")

func TestWrap(t *testing.T) {
	files := token.NewFileSet()
	source, err := parser.ParseFile(files, "testdata/shapes.go.txt", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	config := types.Config{Importer: importer.ForCompiler(files, "source", nil)}
	pkg, err := config.Check("example.com/shapes", files, []*ast.File{source}, nil)
	if err != nil {
		t.Fatal(err)
	}
	got, err := wrap("wrap_shapes", pkg)
	if err != nil {
		t.Fatal(err)
	}
	const golden = "testdata/shapes.golden"
	if *update {
		if err := os.WriteFile(golden, got, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != string(want) {
		t.Errorf("got\n%s\nwant %s (go test . -run Wrap -update)", got, golden)
	}
}

func TestPatched(t *testing.T) {
	for _, p := range patches {
		for text, want := range map[string]string{p.old: p.new, "a\n" + p.old + "b": "a\n" + p.new + "b", "": "", p.old + p.old: ""} {
			got, err := patched(p.file, []byte(text+others(p.old)))
			if (err == nil) != (want != "") || err == nil && !strings.HasPrefix(string(got), want) {
				t.Errorf("%q becomes %q, error %v; want %q", text, got, err, want)
			}
		}
	}
}

// others are what the patches but one look for, which have to be there too.
func others(one string) string {
	var all string
	for _, p := range patches {
		if p.old != one {
			all += p.old
		}
	}
	return all
}
