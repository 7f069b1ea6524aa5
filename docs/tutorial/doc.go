// Package tutorial holds the programs of docs/tutorial.md, and a test that follows that page
// word for word. The program in testdata embeds a model, which only who follows it has.
package tutorial
