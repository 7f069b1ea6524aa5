# make build   compile everything, bin/fit among it
# make fit-mpi   bin/fit-mpi, which trains on several machines (needs Open MPI)
# make test    run every test
# make check   format, vet (with Open MPI too, where it is), staticcheck, import arrows, types on other
#              systems, generated files, and the tests with the race detector; the kernel of the notebooks and its tests
# make generate  write docs/flags.md and the assembly of internal/kernel anew (downloads avo)
# make test-purego  run the tests on the portable kernels
# make test-arm64   run the tests of the numeric packages for arm64 (Debian's qemu-user)
# make fuzz    run each fuzz target for FUZZTIME (20s); what they find stays in testdata/fuzz
# make bench   run the benchmarks (BENCH='Step' chooses, COUNT=10 repeats for benchstat);
#              the result stays in bench/out/$(NAME).txt, NAME being the commit
# make bench-compare   benchmarks of REF (main) and of the working tree, in turn, through benchstat
# make bench-peers     Nestnet against PyTorch, scikit-learn, fastText and liblinear (bench/peers/README.md)
# make bench-scale     steps of one to four ranks on Open MPI, here and with a network between them (docs/scale.md)
# make bench-ranks     train AG News on one rank and on two (docs/scale.md)
# make bench-workers   a training step on one worker and on two (docs/benchmarks.md)
# make bench-openblas   compare the matrix products with OpenBLAS (Debian's libopenblas-dev)
# make soak    train and predict on 1 GiB of generated text in less memory than that (some minutes;
#              needs 2 GiB of disk in TMPDIR)
# make cover   the tests' coverage, by function
# make notebooks-kernel  build the Jupyter kernel of the notebooks and install it for the user
# make notebooks         run every notebook in a temporary folder (NOTEBOOK=03 chooses); an error in a cell fails
# make notebooks-update  write the notebooks from notebooks/source, with what their cells display
# make notebooks-gonb    run every notebook on GoNB, the other kernel for Go

GO    ?= go
BENCH ?= .
COUNT ?= 1
NAME  ?= $(shell git describe --always --dirty)
REF   ?= main

PYTHON        ?= /usr/bin/python3
DATA          ?= ../shared/data
FILES         ?=
ROUNDS        ?= 3
TORCH_THREADS ?= 1
ONLY          ?=
NOTEBOOK      ?=
FIT_ARGS      ?=

.PHONY: build fit-mpi test test-purego test-arm64 check format vet vet-mpi staticcheck arrows systems generate generated race fuzz bench bench-compare bench-peers bench-scale bench-ranks bench-workers bench-openblas soak cover notebooks notebooks-kernel notebooks-update notebooks-gonb notebooks-check

build:
	$(GO) build ./...
	$(GO) build -o bin/fit ./cmd/fit

# What Open MPI's flags are is in a file that cgo asks pkg-config for.
MPI := $(shell pkg-config --exists ompi 2>/dev/null && echo yes)
NO_MPI = pkg-config finds no Open MPI (ompi); on Debian: apt-get install libopenmpi-dev openmpi-bin

fit-mpi:
	@test -n '$(MPI)' || { echo 'fit-mpi: $(NO_MPI)'; exit 1; }
	CGO_ENABLED=1 $(GO) build -tags mpi -o bin/fit-mpi ./cmd/fit

test:
	$(GO) test ./...

test-purego:
	$(GO) test -tags purego ./...

QEMU ?= qemu-aarch64

test-arm64:
	@command -v $(QEMU) >/dev/null || { echo "test-arm64: $(QEMU) is missing; on Debian: apt-get install qemu-user"; exit 1; }
	GOARCH=arm64 CGO_ENABLED=0 $(GO) test -exec $(QEMU) ./internal/kernel ./graph ./solvers

check: format vet vet-mpi staticcheck arrows systems generated notebooks-check race

format:
	@files=$$(gofmt -l .); if [ -n "$$files" ]; then echo "not formatted with gofmt:"; echo "$$files"; exit 1; fi

vet:
	$(GO) vet ./...

vet-mpi:
ifneq ($(MPI),)
	CGO_ENABLED=1 $(GO) vet -tags mpi ./internal/cluster ./cmd/fit ./bench/scale
	CGO_ENABLED=1 $(GO) tool staticcheck -tags mpi ./internal/cluster ./cmd/fit
else
	@echo 'vet-mpi: left out: $(NO_MPI)'
	@test -z "$$CI"
endif

staticcheck:
	$(GO) tool staticcheck ./...

arrows:
	$(GO) run ./internal/arrows

# Reads sources; GOOS=windows go vet would compile Gorgonia and the standard library for it.
systems:
	$(GO) run ./internal/systems windows darwin

generate:
	$(GO) generate ./internal/kernel ./cmd/fit

# The generator is a module of its own: ./... above does not reach it.
generated:
	cd internal/kernel/asm && $(GO) vet .
	@dir=$$(mktemp -d) && trap 'rm -r $$dir' EXIT && $(GO) -C internal/kernel/asm run . -dir $$dir && \
	for f in internal/kernel/*_amd64.s $$dir/*; do \
		cmp internal/kernel/$$(basename $$f) $$dir/$$(basename $$f) || { echo "not what the generator writes: make generate"; exit 1; }; \
	done

# Left out is what the detector cannot see into: test/cluster and docs/tutorial run programs that
# they build without it, as do three tests of cmd/fit. Of solvers one test has goroutines; the others
# are one goroutine that computes, sixteen times as long with the detector.
race:
	$(GO) test -race $$($(GO) list ./... | grep -v -e /test/cluster -e '/docs/tutorial$$' -e '/solvers$$')
	$(GO) test -race -run Parallel ./solvers

FUZZTIME ?= 20s

fuzz:
	GO='$(GO)' .ci/fuzz $(FUZZTIME)

bench: SHELL := /bin/bash
bench: .SHELLFLAGS := -o pipefail -c
bench:
	@mkdir -p bench/out
	$(GO) test -run '^$$' -bench '$(BENCH)' -benchmem -count $(COUNT) ./... | tee bench/out/$(NAME).txt

bench-compare: COUNT = 6
bench-compare:
	GO='$(GO)' bench/compare.sh '$(REF)' '$(BENCH)' $(COUNT)

bench-peers:
	$(GO) build -o bin/fit ./cmd/fit
	bench/peers/install.sh
	$(PYTHON) bench/peers/run.py --fit bin/fit --fit-args '$(FIT_ARGS)' --python '$(PYTHON)' --data '$(DATA)' \
		--rounds $(ROUNDS) --torch-threads $(TORCH_THREADS) --only '$(ONLY)' $(FILES)

bench-workers:
	GO='$(GO)' bench/workers.sh $(ROUNDS)

bench-openblas:
	$(GO) test -tags openblas -run '^$$' -bench OpenBLAS -count $(COUNT) ./internal/kernel

bench-scale:
	bench/scale/points.sh $(ROUNDS)

bench-ranks:
	bench/scale/train.sh $(DATA)/agnews.train.tsv.gz $(ROUNDS)

soak:
	$(GO) build -o bin/fit ./cmd/fit
	$(GO) run ./bench/soak

cover:
	$(GO) test -coverprofile cover.out ./...
	$(GO) tool cover -func cover.out

# The kernel is a module of its own: Nestnet itself needs neither gophernotes nor GoNB.
notebooks-kernel:
	$(GO) -C notebooks/kernel run .

# Nestnet's own go.mod is a part of what the kernel needs: after a change, go -C notebooks/kernel mod tidy.
notebooks-check:
	$(GO) -C notebooks/kernel mod tidy -diff
	$(GO) -C notebooks/kernel vet ./...
	$(GO) -C notebooks/kernel test ./...
	$(PYTHON) -m unittest discover -s notebooks -p '*_test.py'
	$(PYTHON) notebooks/run.py --check

notebooks notebooks-update:
	$(GO) -C notebooks/kernel run . -dir ../../bin/jupyter
	$(GO) build -o bin/fit ./cmd/fit
	$(PYTHON) notebooks/run.py $(if $(filter %-update,$@),--update) $(NOTEBOOK)

notebooks-gonb:
	$(GO) -C notebooks/kernel run . -dir ../../bin/jupyter -gonb
	$(GO) build -o bin/fit ./cmd/fit
	$(PYTHON) notebooks/run.py --kernel gonb $(NOTEBOOK)
