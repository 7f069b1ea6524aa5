// Command systems checks that all packages, their tests too, have the right types on the other
// systems that Nestnet is for. Run it from the root of the module:
//
//	go run ./internal/systems windows darwin
//
// It is what go vet with GOOS would say of types, but reads the sources: vet compiles every
// package that is imported, which takes minutes where the system is a new one.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

func main() {
	bad := false
	for _, system := range os.Args[1:] {
		for _, err := range check(system, "./...") {
			fmt.Fprintf(os.Stderr, "systems: %s: %v\n", system, err)
			bad = true
		}
	}
	if bad {
		os.Exit(1)
	}
}

// listed is what go list tells of a package.
type listed struct {
	ImportPath, Dir   string
	GoFiles           []string
	ImportMap         map[string]string // of those imports that mean another package
	Standard, DepOnly bool
	Error             *struct{ Err string }
	Module            *struct{ GoVersion string }
}

// check returns what is wrong with the packages that match the pattern.
func check(system, pattern string) []error {
	list := exec.Command("go", "list", "-deps", "-test", "-json=ImportPath,Dir,GoFiles,ImportMap,DepOnly,Error,Module", pattern)
	list.Env = append(os.Environ(), "GOOS="+system, "GOARCH=amd64", "CGO_ENABLED=0")
	list.Stderr = os.Stderr
	out, err := list.Output()
	if err != nil {
		return []error{fmt.Errorf("go list: %w", err)}
	}
	var errs []error
	files := token.NewFileSet()
	done := map[string]*types.Package{"unsafe": types.Unsafe}
	// What is imported comes before what imports it, and is needed without its functions' bodies.
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p listed
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return errs
		} else if err != nil {
			return append(errs, err)
		}
		if p.Error != nil {
			errs = append(errs, errors.New(p.Error.Err))
			continue
		}
		if p.ImportPath == "unsafe" || strings.HasSuffix(p.ImportPath, ".test") {
			continue // go test writes it
		}
		var parsed []*ast.File
		for _, name := range p.GoFiles {
			f, err := parser.ParseFile(files, filepath.Join(p.Dir, name), nil, parser.SkipObjectResolution)
			if err != nil {
				errs = append(errs, err)
			}
			parsed = append(parsed, f)
		}
		config := types.Config{
			Importer: imports{p.ImportMap, done}, IgnoreFuncBodies: p.DepOnly, FakeImportC: true,
			Sizes: types.SizesFor("gc", "amd64"), Error: func(err error) { errs = append(errs, err) },
		}
		if p.Module != nil && p.Module.GoVersion != "" {
			config.GoVersion = "go" + p.Module.GoVersion
		}
		path, _, _ := strings.Cut(p.ImportPath, " ") // "a [b.test]" is a as the tests of b see it
		done[p.ImportPath], _ = config.Check(path, files, parsed, nil)
	}
}

// imports finds the packages that a package imports.
type imports struct {
	mapped map[string]string
	done   map[string]*types.Package
}

func (i imports) Import(path string) (*types.Package, error) {
	if to, ok := i.mapped[path]; ok {
		path = to
	}
	if p := i.done[path]; p != nil {
		return p, nil
	}
	return nil, fmt.Errorf("%s is missing", path)
}
