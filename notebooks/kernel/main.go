// Command kernel builds the Jupyter kernel that the notebooks run on, gophernotes with
// the packages linked in that package packages lists, and makes it known to Jupyter.
//
//	go -C notebooks/kernel run .              for the user, in Jupyter's data folder
//	go -C notebooks/kernel run . -dir FOLDER  in a folder for JUPYTER_PATH
//	go -C notebooks/kernel run . -dir FOLDER -gonb
//
// The last one builds the kernel GoNB instead, for this checkout of Nestnet.
//
// Gophernotes interprets cells and loads other packages as plugins, which Go 1.26 and
// Gorgonia do not let it. So its sources are copied from the module cache, wrappers of
// the packages are generated beside them, and all of it is built as one program. What is
// copied and generated stays in the folder _build.
package main

import (
	_ "embed"
	"errors"
	"flag"
	"fmt"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/tools/go/packages"
)

const (
	gophernotes = "github.com/gopherdata/gophernotes"
	list        = "packages/packages.go"
	folder      = "_build"
)

//go:embed start.go.txt
var start string

func main() {
	dir := flag.String("dir", "", "`folder` to install in, a part of JUPYTER_PATH (default Jupyter's data folder of the user)")
	gonb := flag.Bool("gonb", false, "build and install GoNB")
	flag.Parse()
	if err := run(*dir, *gonb); err != nil {
		fmt.Fprintln(os.Stderr, "kernel:", err)
		os.Exit(1)
	}
}

func run(dir string, gonb bool) error {
	if gonb {
		return installGoNB(dir)
	}
	if err := generate(folder); err != nil {
		return err
	}
	return install(dir)
}

// generate writes all sources of the kernel to dir.
func generate(dir string) error {
	if err := os.RemoveAll(dir); err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	if err := copySources(dir); err != nil {
		return err
	}
	paths, err := listed(list)
	if err != nil {
		return err
	}
	loaded, err := packages.Load(&packages.Config{Mode: packages.LoadTypes}, paths...)
	if err != nil {
		return err
	}
	if len(loaded) != len(paths) {
		return fmt.Errorf("go list knows %d of the %d packages of %s; where Nestnet's own go.mod has changed: go -C notebooks/kernel mod tidy", len(loaded), len(paths), list)
	}
	slices.SortFunc(loaded, func(a, b *packages.Package) int { return strings.Compare(a.PkgPath, b.PkgPath) })
	var calls, names strings.Builder
	for _, p := range loaded {
		var errs []error
		for _, e := range p.Errors {
			errs = append(errs, e)
		}
		if err := errors.Join(errs...); err != nil {
			return fmt.Errorf("package %s: %w", p.PkgPath, err)
		}
		name := "wrap_" + strings.NewReplacer("/", "_", ".", "_", "-", "_").Replace(p.PkgPath)
		source, err := wrap(name, p.Types)
		if err != nil {
			return fmt.Errorf("package %s: %w", p.PkgPath, err)
		}
		// The name of the file must not end in that of a system or in _test.
		if err := os.WriteFile(filepath.Join(dir, name+"_gen.go"), source, 0o666); err != nil {
			return err
		}
		fmt.Fprintf(&calls, "\t%s()\n", name)
		if strings.Contains(p.PkgPath, ".") { // not of the standard library
			fmt.Fprintf(&names, "\t%q,\n", p.PkgPath)
		}
	}
	source := strings.NewReplacer("\t// wrappers\n", calls.String(), "\t// list\n", names.String()).Replace(start)
	return os.WriteFile(filepath.Join(dir, "main.go"), []byte(source), 0o666)
}

// copySources copies the program gophernotes without its func main, and its license.
func copySources(dir string) error {
	loaded, err := packages.Load(&packages.Config{Mode: packages.NeedName | packages.NeedFiles}, gophernotes)
	if err != nil {
		return err
	}
	if len(loaded) != 1 || len(loaded[0].GoFiles) == 0 {
		return fmt.Errorf("%s has no files in the module cache: go mod download", gophernotes)
	}
	files := loaded[0].GoFiles
	for _, from := range append(files, filepath.Join(filepath.Dir(files[0]), "LICENSE")) {
		source, err := os.ReadFile(from)
		if err != nil {
			return err
		}
		base := filepath.Base(from)
		if base == "main.go" {
			continue
		}
		if source, err = patched(base, source); err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, base), source, 0o666); err != nil {
			return err
		}
	}
	return nil
}

// listed returns the imports of a file.
func listed(file string) ([]string, error) {
	f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
	if err != nil {
		return nil, err
	}
	var paths []string
	for _, i := range f.Imports {
		path, err := strconv.Unquote(i.Path.Value)
		if err != nil {
			return nil, err
		}
		paths = append(paths, path)
	}
	return paths, nil
}
