#!/usr/bin/env bash
# Measures steps of one to four ranks, here and on two hosts of this machine with a network
# between them, and holds the model to them: bench/scale/points.sh [ROUNDS]. Run it from the
# root of the module; the machine should have nothing else to do. docs/scale.md has a run.
set -euo pipefail
rounds=${1:-3}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
CGO_ENABLED=1 go build -tags mpi -o "$folder/scale" ./bench/scale
scale=$folder/scale
here=(mpirun --oversubscribe --mca btl self,vader)
((EUID)) || here+=(--allow-run-as-root)

# alone runs one process on each of the cores that two ranks get, which need not be alike.
alone() {
	local core
	for core in $(seq 0 $(($(nproc) > 1))); do
		taskset -c $core "$scale" -turns 5 "$@"
	done
}

for ((round = 0; round < rounds; round++)); do
	for batch in 64 256 1024; do
		alone -batch $batch
		alone -batch $batch -pretend 2
		alone -batch $batch -pretend 4
		"${here[@]}" -n 2 "$scale" -mpi -batch $batch
	done
	for batch in 64 256; do
		alone -batch $batch -pretend 8
		"${here[@]}" -n 4 "$scale" -mpi -batch $batch
	done
	for rate in 10gbit 1gbit; do
		for batch in 64 256 1024; do
			# Without root it says that it skips.
			test/cluster/two-hosts.sh --rate $rate -- "$scale" -mpi -batch $batch -network $rate || (($? == 77))
		done
	done
done >"$folder/points"
"$scale" -model <"$folder/points"
