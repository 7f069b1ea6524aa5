package main

import (
	"bytes"
	"fmt"
)

// patches are what is changed in gophernotes' sources, each in one place.
var patches = []struct{ file, old, new string }{
	// An import that is not linked in is not there, and the error says so; without this,
	// the cell succeeds and the next one does not know the name.
	{"kernel.go", "\tsrcAst := ast2.AnyToAst(nodes, \"doEval\")\n", "\tcheckImports(nodes)\n\tsrcAst := ast2.AnyToAst(nodes, \"doEval\")\n"},
	// Jupyter's stop button ends the cell; without this it ends the kernel.
	{"kernel.go", "\tresults, types := ir.RunExpr(compiledSrc)\n", "\tdefer interruptible(ir)()\n\tresults, types := ir.RunExpr(compiledSrc)\n"},
	// A cell that ends in fmt.Println is not followed by the number of bytes.
	{"kernel.go", "\t\t_, srcEndsWithExpr = nodes[len(nodes)-1].(ast.Expr)\n", "\t\tlast, isExpr := nodes[len(nodes)-1].(ast.Expr)\n\t\tsrcEndsWithExpr = isExpr && isValue(last)\n"},
}

// patched applies the patches of a file, and fails where they do not fit any more.
func patched(file string, source []byte) ([]byte, error) {
	for _, p := range patches {
		if p.file != file {
			continue
		}
		if n := bytes.Count(source, []byte(p.old)); n != 1 {
			return nil, fmt.Errorf("gophernotes' %s has %d times, not once:\n%s", file, n, p.old)
		}
		source = bytes.Replace(source, []byte(p.old), []byte(p.new), 1)
	}
	return source, nil
}
