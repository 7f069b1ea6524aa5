#!/usr/bin/env bash
# Trains on two ranks with one worker each, and before and after it on one rank with one worker, on
# each of the two cores, which on virtual machines need not be alike: bench/scale/train.sh FILE
# [ROUNDS [EPOCHS]]. Run it from the root of the module; the machine should have nothing else to
# do. docs/scale.md has runs.
set -euo pipefail
file=${1:?which labelled texts? bench/scale/train.sh FILE [ROUNDS [EPOCHS]]}
rounds=${2:-5} epochs=${3:-20}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
CGO_ENABLED=1 go build -tags mpi -o "$folder/fit" ./cmd/fit
mpirun=(mpirun --oversubscribe)
((EUID)) || mpirun+=(--allow-run-as-root)
train=("$folder/fit" train --data "$file" --layers 64,64 --epochs "$epochs" --valid-fraction 0 --test-fraction 0 --workers 1 --json)

# seconds prints how long a training took, without reading and testing.
seconds() {
	"$@" 2>"$folder/log" | grep -o '"train":[0-9.]*,"eval"' | grep -o '[0-9.]*' || { cat "$folder/log" >&2; exit 1; }
}
one() { seconds taskset -c "$1" "${train[@]}" --batch 512 --model "$folder/one"; }

printf '%8s %8s %10s   %s\n' 'core 0' 'core 1' 'two ranks' 'times as fast as one on the faster core, on both in turn'
for ((round = 0; round < rounds; round++)); do
	first=$(one 0)
	second=$(one 1)
	ranks=$(seconds "${mpirun[@]}" -n 2 "${train[@]}" --mpi --batch 256 --model "$folder/two")
	cmp "$folder/one" "$folder/two"
	second=$second\ $(one 1)
	first=$first\ $(one 0)
	echo "$first $second $ranks"
done | awk -v form='%6.3f s %6.3f s %8.3f s' -f bench/rounds.awk
