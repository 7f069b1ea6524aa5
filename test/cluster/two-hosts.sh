#!/usr/bin/env bash
# Runs a command as two ranks on two hosts with a cable between them. The hosts are network
# namespaces of this machine, each with one half of its cores, joined by a veth pair:
#
#   test/cluster/two-hosts.sh [--delay 50us] [--rate 1gbit] [--] COMMAND [ARGUMENT...]
#
# DELAY is that of one way, RATE that of each direction, in kbit, mbit or gbit; without them
# the cable is as fast as the machine. A delay needs netem in the kernel, a rate netem or
# tbf. The script needs root, and mpirun, ip, tc, unshare and
# taskset (on Debian: openmpi-bin iproute2 util-linux); otherwise it says so and exits with 77,
# which means skipped. MPIRUN_ARGS are further arguments for mpirun.
set -euo pipefail

delay='' rate=''
while (($#)); do
	case $1 in
	--delay) delay=${2:?two-hosts: --delay wants a time such as 50us}; shift 2 ;;
	--rate) rate=${2:?two-hosts: --rate wants a rate such as 1gbit}; shift 2 ;;
	--) shift; break ;;
	-*) echo "two-hosts: unknown flag $1, want --delay or --rate" >&2; exit 2 ;;
	*) break ;;
	esac
done
bits=0
if [[ $rate =~ ^([0-9]+)([kmg])bit$ ]]; then
	declare -A unit=([k]=1000 [m]=1000000 [g]=1000000000)
	bits=$((BASH_REMATCH[1] * unit[${BASH_REMATCH[2]}]))
elif [[ $rate ]]; then
	echo "two-hosts: --rate $rate: want a rate such as 100mbit or 1gbit" >&2
	exit 2
fi
if ((!$#)); then
	echo "two-hosts: want a command to run" >&2
	exit 2
fi

skip() {
	echo "two-hosts: skipped: $1" >&2
	exit 77
}
((EUID == 0)) || skip "namespaces of the network need root"
for tool in mpirun ip tc unshare taskset; do
	command -v "$tool" >/dev/null || skip "$tool is missing (on Debian: openmpi-bin iproute2 util-linux)"
done

a=nestnet-$$-a b=nestnet-$$-b
folder=$(mktemp -d)
clean() {
	trap '' INT TERM
	for host in "$a" "$b"; do
		# Whoever is left lives in a namespace of ours. tc's queue and the cable go with it.
		ip netns pids "$host" 2>/dev/null | xargs -r kill -9 2>/dev/null || true
		ip netns delete "$host" 2>/dev/null || true
	done
	rm -rf "$folder"
}
# slow gives the cable at a host its delay and rate.
slow() {
	[[ $delay$rate ]] || return 0
	# A queue as long as the windows of TCP need it.
	tc -n "$1" qdisc add dev eth0 root netem ${delay:+delay $delay} ${rate:+rate $rate} limit 100000 2>"$folder/why" && return
	[[ ! $delay ]] || skip "a delay needs netem, and the kernel has none: $(<"$folder/why")"
	# What tbf lets through at once must be little, or short messages would take no time; and
	# more than what a timer that is late would lose. Above 5 Gbit/s to copy it takes longer than the cable.
	local us=100
	if ((bits > 5000000000)); then us=300; fi
	local bytes=$((bits / 8 * us / 1000000))
	tc -n "$1" qdisc add dev eth0 root tbf rate "$rate" burst $((bytes > 3200 ? bytes : 3200)) limit 100000000 2>"$folder/why" ||
		skip "a rate needs netem or tbf, and the kernel has neither: $(<"$folder/why")"
}

trap clean EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

ip netns add "$a" 2>"$folder/why" || skip "no namespaces of the network: $(<"$folder/why")"
ip netns add "$b"
ip link add eth0 netns "$a" type veth peer name eth0 netns "$b" 2>"$folder/why" || skip "no veth pair: $(<"$folder/why")"
i=0
for host in "$a" "$b"; do
	((++i))
	ip -n "$host" link set lo up
	ip -n "$host" address add "10.77.0.$i/24" dev eth0
	ip -n "$host" link set eth0 up
	# Not the bbr that some machines take: it sends by a timer, of which each is late here.
	ip netns exec "$host" sysctl -q net.ipv4.tcp_congestion_control=reno
	slow "$host"
done

# Each host has a name, by which Open MPI tells that they are two, and its cores.
cores=$(nproc --all)
half=$(((cores + 1) / 2))
cat >"$folder/on" <<END
#!/bin/sh
# on HOST COMMAND...: what ssh would do.
host=\$1; shift
case \$host in
10.77.0.1) name=$a cores=0-$((half - 1)) ;;
*) name=$b cores=$((half % cores))-$((cores - 1)) ;;
esac
exec ip netns exec "\$name" unshare --uts sh -c 'hostname "\$1"; exec taskset -c "\$2" sh -c "\$3"' sh "\$name" "\$cores" "\$*"
END
chmod +x "$folder/on"

# The network is all that joins the two: no shared memory.
command=$(printf '%q ' mpirun --allow-run-as-root --host 10.77.0.1:1,10.77.0.2:1 --map-by node --bind-to none -n 2 \
	--mca plm_rsh_agent "$folder/on" --mca btl self,tcp --mca btl_tcp_if_include 10.77.0.0/24 \
	--mca oob_tcp_if_include 10.77.0.0/24 ${MPIRUN_ARGS:-} "$@")
"$folder/on" 10.77.0.1 "cd $(printf %q "$PWD") && exec $command" &
# Waited for like this, signals are seen at once.
wait $!
