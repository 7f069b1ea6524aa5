//go:build race

package parallel

// rounds of TestFallingAsleep: the race detector makes each a hundred times as long.
const rounds = 10_000
