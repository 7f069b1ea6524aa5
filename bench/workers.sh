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
done | awk -v form='%4.0f us %4.0f us %9.0f us' -f bench/rounds.awk
