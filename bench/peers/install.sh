#!/usr/bin/env bash
# Installs what Nestnet is compared with, from Debian. What is there already is left
# alone; what cannot be installed is named, and the comparison goes on without it.
set -uo pipefail

packages=(python3-torch python3-sklearn fasttext liblinear-tools)
missing=()
for p in "${packages[@]}"; do
	if ! dpkg-query -W -f '${Status}' "$p" 2>/dev/null | grep -q 'ok installed'; then
		missing+=("$p")
	fi
done
if ((${#missing[@]} == 0)); then
	exit 0
fi

if ! command -v apt-get >/dev/null; then
	echo "bench-peers: no apt-get here, so ${missing[*]} must be installed by hand (see bench/peers/README.md)." >&2
	echo "bench-peers: going on with the peers that are there." >&2
	exit 0
fi

apt=(apt-get)
if [[ $(id -u) != 0 ]]; then
	apt=(sudo -n apt-get)
fi
echo "bench-peers: installing ${missing[*]}" >&2
"${apt[@]}" update -qq >&2 || echo "bench-peers: apt-get update failed, trying with the package lists that are there" >&2
for p in "${missing[@]}"; do
	# One by one: a release without one of them may have the others.
	if ! DEBIAN_FRONTEND=noninteractive "${apt[@]}" install -y -qq --no-install-recommends "$p" >/dev/null; then
		echo "bench-peers: $p could not be installed; going on without it." >&2
	fi
done
exit 0
