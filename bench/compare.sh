#!/usr/bin/env bash
# Compares the Go benchmarks of the working tree with those of another commit:
#   bench/compare.sh REF [PATTERN [COUNT]]
# The two run in turn, so that a machine that slows down slows both.
set -euo pipefail
cd "$(dirname "$0")/.."

ref=${1:?usage: bench/compare.sh REF [PATTERN [COUNT]]}
pattern=${2:-.}
count=${3:-6}
go=${GO:-go}

commit=$(git rev-parse --verify --short "$ref^{commit}")
name=${ref//\//-}
mkdir -p bench/out
old=$PWD/bench/out/$name.txt new=$PWD/bench/out/worktree.txt
: >"$old"
: >"$new"

tree=$(mktemp -d)
trap 'git worktree remove --force "$tree/ref" 2>/dev/null || true; rm -rf "$tree"' EXIT
git worktree add --quiet --detach "$tree/ref" "$commit"

for ((i = 1; i <= count; i++)); do
	echo "bench-compare: $i of $count, $ref ($commit)" >&2
	(cd "$tree/ref" && "$go" test -run '^$' -bench "$pattern" -benchmem ./...) >>"$old"
	echo "bench-compare: $i of $count, the working tree" >&2
	"$go" test -run '^$' -bench "$pattern" -benchmem ./... >>"$new"
done
"$go" tool benchstat "$name=$old" "worktree=$new" | tee "bench/out/compare-$name.txt"
