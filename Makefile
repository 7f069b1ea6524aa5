# make build   compile everything, bin/fit among it
# make test    run every test
# make check   format, vet, staticcheck, import arrows, and the tests with the race detector
# make bench   run the benchmarks (BENCH='Step' chooses, COUNT=10 repeats for benchstat)
# make cover   the tests' coverage, by function

GO    ?= go
BENCH ?= .
COUNT ?= 1

.PHONY: build test check format vet staticcheck arrows race bench cover

build:
	$(GO) build ./...
	$(GO) build -o bin/fit ./cmd/fit

test:
	$(GO) test ./...

check: format vet staticcheck arrows race

format:
	@files=$$(gofmt -l .); if [ -n "$$files" ]; then echo "not formatted with gofmt:"; echo "$$files"; exit 1; fi

vet:
	$(GO) vet ./...

staticcheck:
	$(GO) tool staticcheck ./...

arrows:
	$(GO) run ./internal/arrows

race:
	$(GO) test -race ./...

bench:
	$(GO) test -run '^$$' -bench '$(BENCH)' -benchmem -count $(COUNT) ./...

cover:
	$(GO) test -coverprofile cover.out ./...
	$(GO) tool cover -func cover.out
