// Command systems checks that all packages, their tests too, have the right types on the other
// systems that Nestnet is for. Run it from the root of the module:
//
//	go run ./internal/systems windows darwin
//
// It is what go vet with GOOS would say of types, but reads the sources: vet compiles every
// package that is imported, which takes minutes where the system is a new one.
package main

import (
	"fmt"
	"os"

	"golang.org/x/tools/go/packages"
)

func main() {
	bad := 0
	for _, system := range os.Args[1:] {
		list, err := packages.Load(&packages.Config{
			// With the types of imports, not only their export data, which would have to be compiled.
			Mode: packages.NeedName | packages.NeedFiles | packages.NeedCompiledGoFiles | packages.NeedImports | packages.NeedDeps |
				packages.NeedTypes | packages.NeedSyntax | packages.NeedTypesInfo | packages.NeedTypesSizes | packages.NeedModule,
			Env:   append(os.Environ(), "GOOS="+system, "GOARCH=amd64", "CGO_ENABLED=0"),
			Tests: true,
		}, "./...")
		if err != nil {
			fmt.Fprintf(os.Stderr, "systems: %s: %v\n", system, err)
			os.Exit(1)
		}
		bad += packages.PrintErrors(list)
	}
	if bad > 0 {
		os.Exit(1)
	}
}
