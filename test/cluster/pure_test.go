package cluster

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// Without the tag the program is pure Go: it builds without a compiler for C, no package
// outside the standard library has C, and nothing in it is of MPI.
func TestPure(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the program")
	}
	path := filepath.Join(t.TempDir(), "fit")
	const fit = "github.com/nestnet/nestnet/cmd/fit"
	goTool := func(cgo string, args ...string) string {
		t.Helper()
		c := exec.Command("go", args...)
		c.Env = append(os.Environ(), "CGO_ENABLED="+cgo)
		b, err := c.CombinedOutput()
		if err != nil {
			t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, b)
		}
		return string(b)
	}
	goTool("0", "build", "-o", path, fit)
	if found := regexp.MustCompile(`(?m)^.* (MPI_|_cgo_\w+_Cfunc).*$`).FindAllString(goTool("0", "tool", "nm", path), -1); found != nil {
		t.Errorf("the program has C in it:\n%s", strings.Join(found, "\n"))
	}
	if found := strings.Fields(goTool("1", "list", "-deps", "-f", "{{if and .CgoFiles (not .Standard)}}{{.ImportPath}}{{end}}", fit)); len(found) > 0 {
		t.Errorf("these packages have C: %s", strings.Join(found, ", "))
	}
}
