package kernel

import (
	"math/rand/v2"
	"testing"
	"unicode/utf8"
)

// TestMarkWords holds MarkWords to the plain meaning of each byte, at all lengths and
// places to the end of the memory.
func TestMarkWords(t *testing.T) { checkMarkWords(t) }

func checkMarkWords(t *testing.T) {
	t.Helper()
	rng := rand.New(rand.NewPCG(5, 5))
	for n := range 4*WordsBlock + 3 {
		for _, most := range []int{128, 256} {
			text := make([]byte, n)
			for i := range text {
				text[i] = byte(rng.IntN(most))
				if rng.IntN(4) == 0 {
					text[i] = "azAZ09'@[`{/:&(\x00\x7f"[rng.IntN(17)]
				}
			}
			if most == 256 && n > 0 {
				text[rng.IntN(n)] = 0x80 + byte(rng.IntN(128))
			}
			blocks := (n + WordsBlock - 1) / WordsBlock
			lower, marks := make([]byte, blocks*WordsBlock), make([]uint64, 2*blocks)
			ascii := MarkWords(lower, marks, string(text))
			wantASCII := true
			for i := range blocks * WordsBlock {
				c := byte(0)
				if i < n {
					c = text[i]
				}
				if c >= utf8.RuneSelf {
					wantASCII = false
				}
				word := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
				bit := func(m uint64) bool { return m>>(i%WordsBlock)&1 == 1 }
				if got := bit(marks[i/WordsBlock*2]); got != word {
					t.Fatalf("byte %d of %d, %q: marked as of a word is %v, want %v", i, n, c, got, word)
				}
				if got := bit(marks[i/WordsBlock*2+1]); got != (c == '\'') {
					t.Fatalf("byte %d of %d, %q: marked as an apostrophe is %v", i, n, c, got)
				}
				if lower[i] != c|0x20 {
					t.Fatalf("byte %d of %d, %q: copied as %q, want %q", i, n, c, lower[i], c|0x20)
				}
			}
			if ascii != wantASCII {
				t.Fatalf("%d bytes: ASCII is %v, want %v", n, ascii, wantASCII)
			}
		}
	}
}
