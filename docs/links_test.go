// Package docs tests the documents of the repository.
package docs

import (
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode"
)

var (
	code  = regexp.MustCompile("(?ms)^```.*?^```$|`[^`\n]*`")
	links = regexp.MustCompile(`\]\(([^()\s]+)\)|(?:src|href|srcset)="([^"]+)"`)
	heads = regexp.MustCompile(`(?m)^#+ +(.*)$`)
)

// pages are the Markdown files of the repository, by their paths from its root.
func pages(t *testing.T) map[string]string {
	t.Helper()
	all := map[string]string{}
	root := os.DirFS("..")
	err := fs.WalkDir(root, ".", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (strings.HasPrefix(d.Name(), ".") && path != "." || d.Name() == "node_modules"):
			return fs.SkipDir
		case d.IsDir() || !strings.HasSuffix(path, ".md"):
			return nil
		}
		text, err := fs.ReadFile(root, path)
		all[path] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// TestLinks follows each link from one file of the repository to another one, or to a
// heading.
func TestLinks(t *testing.T) {
	all := pages(t)
	count := 0
	for from, text := range all {
		folder := path.Dir(from)
		if folder == "notebooks/source" { // of which the notebooks are made, a folder higher
			folder = "notebooks"
		}
		for _, m := range links.FindAllStringSubmatch(code.ReplaceAllString(text, ""), -1) {
			link := m[1] + m[2]
			if strings.Contains(link, ":") { // of the web
				continue
			}
			count++
			name, anchor, _ := strings.Cut(link, "#")
			to := from
			if name != "" {
				to = path.Join(folder, name)
				if _, err := os.Stat(filepath.Join("..", filepath.FromSlash(to))); err != nil {
					t.Errorf("%s links to %s: %v", from, link, err)
					continue
				}
			}
			if target, ok := all[to]; anchor != "" && (!ok || !anchors(target)[anchor]) {
				t.Errorf("%s links to %s, and there is no such heading", from, link)
			}
		}
	}
	if count < 10 {
		t.Errorf("%d links were found", count)
	}
}

// anchors are the names by which GitHub knows the headings of a page.
func anchors(text string) map[string]bool {
	names := map[string]bool{}
	fences := regexp.MustCompile("(?ms)^```.*?^```$")
	for _, m := range heads.FindAllStringSubmatch(fences.ReplaceAllString(text, ""), -1) {
		names[strings.Map(func(r rune) rune {
			switch {
			case r == ' ':
				return '-'
			case r == '-', r == '_', unicode.IsLetter(r), unicode.IsDigit(r):
				return unicode.ToLower(r)
			}
			return -1
		}, m[1])] = true
	}
	return names
}

// TestIndex holds docs/README.md to the documents there are: each has its line.
func TestIndex(t *testing.T) {
	all := pages(t)
	index, ok := all["docs/README.md"]
	if !ok {
		t.Fatal("there is no docs/README.md")
	}
	for name := range all {
		if name, ok := strings.CutPrefix(name, "docs/"); ok && name != "README.md" && !strings.Contains(index, "]("+name+")") {
			t.Errorf("docs/README.md does not list %s", name)
		}
	}
	if !strings.Contains(all["README.md"], "](docs/README.md)") {
		t.Error("the README does not link to docs/README.md")
	}
}
