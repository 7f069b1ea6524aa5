// Command arrows checks that imports point one way. Run it from the root of the module.
package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
)

const module = "github.com/nestnet/nestnet/"

// allowed says which packages of the module each package may import. A name that ends
// in / stands for all below it. What is not listed here, may import nothing of ours.
var allowed = map[string][]string{
	"cmd/fit":            {"models/feedforward", "plots", "graph", "losses", "solvers", "data", "data/", "internal/"},
	"models/feedforward": {"graph", "losses", "solvers", "data", "data/bow", "data/vectors", "internal/"},
	"losses":             {"graph", "internal/kernel"},
	"solvers":            {"graph", "internal/kernel", "internal/memory"},
	"graph":              {"data", "internal/halves", "internal/kernel", "internal/memory"},
	"graph/graphtest":    {"graph", "data"},
	"data":               {"internal/kernel", "internal/spill"},
	"data/bow":           {"data", "internal/kernel", "internal/memory", "internal/spill", "internal/cluster"},
	"data/bow/sample":    {"data/bow"},
	"data/vectors":       {"data", "data/bow"},
	"plots":              {"models/feedforward", "graph", "losses", "solvers", "data", "data/", "internal/kernel", "internal/replace"},

	"internal/safetensors": {"internal/memory", "internal/replace"},
	"internal/cluster":     {"internal/kernel", "internal/memory"},
	"internal/ranked":      {"data", "internal/cluster", "internal/memory"},

	"bench/scale": {"models/feedforward", "data", "internal/cluster"},

	"docs/tutorial/train": {"models/feedforward", "solvers", "data", "data/"},
	"docs/tutorial/serve": {"models/feedforward"},
}

// plain lists the packages that import nothing but the standard library and what is
// named here.
var plain = map[string][]string{
	"data": nil, "internal/kernel": {"golang.org/x/sys/cpu"}, "internal/metrics": nil, "internal/safetensors": nil,
	"internal/cluster": nil, "internal/halves": nil, "internal/memory": {"golang.org/x/sys/unix"}, "internal/parallel": nil, "internal/spill": nil, "internal/tune": nil, "internal/replace": nil, "internal/arrows": nil, "internal/systems": {"golang.org/x/tools/go/packages"}, "notebooks/show": nil,
	"internal/watch": nil,
}

// forTests lists the packages that only tests may import.
var forTests = []string{"graph/graphtest", "internal/browser"}

func main() {
	out, err := exec.Command("go", "list", "-f", `{{.ImportPath}} {{join .Imports " "}}`, "./...").Output()
	if err != nil {
		fmt.Fprintln(os.Stderr, "arrows: go list:", err)
		os.Exit(1)
	}
	bad := 0
	for line := range bytes.Lines(out) {
		words := strings.Fields(string(line))
		from := strings.TrimPrefix(words[0], module)
		for _, path := range words[1:] {
			if !mayImport(from, path) {
				fmt.Fprintf(os.Stderr, "arrows: %s must not import %s\n", from, path)
				bad++
			}
		}
	}
	if bad > 0 {
		os.Exit(1)
	}
}

func mayImport(from, path string) bool {
	to, ours := strings.CutPrefix(path, module)
	if !ours {
		if !strings.Contains(path, ".") {
			return true
		}
		others, isPlain := plain[from]
		return !isPlain || slices.Contains(others, path)
	}
	if slices.Contains(forTests, to) {
		return false
	}
	for _, a := range allowed[from] {
		if a == to || strings.HasSuffix(a, "/") && strings.HasPrefix(to, a) {
			return true
		}
	}
	return false
}
