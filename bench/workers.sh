#!/usr/bin/env bash
# Times a training step of 512 documents on two workers, and before and after it on one worker, on
# each of the two cores, which on virtual machines need not be alike: bench/workers.sh [ROUNDS].
# Run it from the root of the module; the machine should have nothing else to do.
# docs/benchmarks.md has runs.
set -euo pipefail
rounds=${1:-20}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${GO:-go}" test -c -o "$folder/bench" ./models/feedforward

# step prints the microseconds of a step with so many workers; the rest is a command to run it by.
step() {
	local workers=$1
	shift
	"$@" "$folder/bench" -test.run '^$' -test.bench "TrainStep/batch=512/workers=$workers\$" -test.benchtime 0.3s >"$folder/log" 2>&1 &&
		awk '/ns\/op/ { printf "%.0f\n", $3 / 1000; found = 1 } END { exit !found }' "$folder/log" || { cat "$folder/log" >&2; exit 1; }
}

printf '%7s %7s %12s   %s\n' 'core 0' 'core 1' 'two workers' 'times as fast as one on the faster core, on both in turn'
for ((round = 0; round < rounds; round++)); do
	first=$(step 1 taskset -c 0)
	second=$(step 1 taskset -c 1)
	two=$(step 2 env)
	second=$second\ $(step 1 taskset -c 1)
	first=$first\ $(step 1 taskset -c 0)
	echo "$first $second $two"
done | awk '
	function median(x, n,   i, j, t) {
		for (i = 2; i <= n; i++) for (j = i; j > 1 && x[j] < x[j-1]; j--) { t = x[j]; x[j] = x[j-1]; x[j-1] = t }
		return n % 2 ? x[(n+1)/2] : (x[n/2] + x[n/2+1]) / 2
	}
	{
		a = ($1 + $2) / 2; b = ($3 + $4) / 2
		faster[NR] = (a < b ? a : b) / $5; both[NR] = (a + b) / 2 / $5
		printf "%4.0f us %4.0f us %9.0f us   %.2f  %.2f\n", a, b, $5, faster[NR], both[NR]; fflush()
		if (a < 1.1 * b && b < 1.1 * a) { alike++; faster1[alike] = faster[NR]; both1[alike] = both[NR] }
	}
	END {
		if (NR) printf "medians of %d: %.2f  %.2f\n", NR, median(faster, NR), median(both, NR)
		if (alike) printf "of the %d in which the cores are within a tenth of each other: %.2f  %.2f\n", alike, median(faster1, alike), median(both1, alike)
	}'
