# Prints rounds of five times each, one worker on core 0 twice, on core 1 twice, and two workers
# in between, and medians of how much faster two are: than one on the faster core, and than one on
# both cores in turn. Set form to how the three times of a round are printed.

function median(x, n,   i, j, t) {
	for (i = 2; i <= n; i++) for (j = i; j > 1 && x[j] < x[j-1]; j--) { t = x[j]; x[j] = x[j-1]; x[j-1] = t }
	return n % 2 ? x[(n+1)/2] : (x[n/2] + x[n/2+1]) / 2
}
{
	a = ($1 + $2) / 2; b = ($3 + $4) / 2
	faster[NR] = (a < b ? a : b) / $5; both[NR] = (a + b) / 2 / $5
	printf form "   %.2f  %.2f\n", a, b, $5, faster[NR], both[NR]; fflush()
	if (a < 1.1 * b && b < 1.1 * a) { alike++; likeFaster[alike] = faster[NR]; likeBoth[alike] = both[NR] }
}
END {
	if (alike) printf "medians of the %d rounds in which the cores were within a tenth of each other: %.2f  %.2f\n", alike, median(likeFaster, alike), median(likeBoth, alike)
	if (NR) printf "medians of %d: %.2f  %.2f\n", NR, median(faster, NR), median(both, NR)
}
