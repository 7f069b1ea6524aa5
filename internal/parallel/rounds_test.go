//go:build !race

package parallel

// rounds of TestFallingAsleep: a turn that got lost was found after 120,000 to 380,000.
const rounds = 300_000
