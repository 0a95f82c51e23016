# Everything a person or CI does with wormwatch. `make help` lists it.

GO      ?= go
TOOL    := $(GO) tool -modfile=scripts/tools/go.mod
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)
COMMIT  ?= $(shell git rev-parse --short HEAD 2>/dev/null || echo unknown)
LDFLAGS := -s -w -X main.version=$(VERSION) -X main.commit=$(COMMIT)
BUILD   := CGO_ENABLED=0 $(GO) build -trimpath -ldflags '$(LDFLAGS)'
FUZZTIME ?= 60s

.DEFAULT_GOAL := help

.PHONY: help
help: ## list these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: build
build: ## one static binary, bin/wormwatch
	$(BUILD) -o bin/wormwatch ./cmd/sensor

.PHONY: demo
demo: build ## replay recorded captures with the embedded defaults and show what is found
	bin/wormwatch replay -o text testdata/demo.pcap.gz
	bin/wormwatch replay -o text testdata/story.pcap.gz

.PHONY: test
test: deps lint check ## everything: tools, lint, generated files, both architectures, all tests under the race detector
	$(GO) test -race -timeout 15m $$($(GO) list ./... | grep -v /quality)
	$(GO) test -timeout 15m ./internal/quality ./scripts/quality
	$(GO) test -timeout 15m -run 'Alloc|Bill' ./internal/...
	scripts/vmtest/vmtest 6.1 6.12

.PHONY: vmtest
vmtest: ## the tests of the BPF program on Debian's kernels 5.10 (refused), 6.1 and 6.12, emulated
	scripts/vmtest/vmtest

.PHONY: deps
deps: ## install what the tests need (as root), or say what is missing
	scripts/deps test vmtest

.PHONY: lint
lint: ## gofumpt, go vet, staticcheck, shell syntax
	@out=$$($(TOOL) gofumpt -l $$(git ls-files -co --exclude-standard '*.go')); \
		if [ -n "$$out" ]; then echo "gofumpt would change:"; echo "$$out"; exit 1; fi
	$(GO) vet ./...
	$(TOOL) staticcheck ./...
	@for f in $$(git ls-files -co --exclude-standard scripts .ci | xargs grep -lE '^#!.*\bbash' ); do bash -n "$$f" || exit 1; done

.PHONY: check
check: build ## generated files are fresh, the example configuration is valid, arm64 builds
	CGO_ENABLED=0 GOARCH=arm64 $(GO) build -trimpath -o /dev/null ./cmd/sensor
	bin/wormwatch check -c configs/wormwatch.yaml
	scripts/check-generated

.PHONY: generate
generate: ## write the files that are made from the code: reference, example configuration
	$(GO) generate ./...

.PHONY: fuzz
fuzz: ## run every fuzz target for FUZZTIME (60s)
	scripts/fuzz $(FUZZTIME)

.PHONY: bench
bench: ## benchmarks of the parts, then a whole replay beside tcpdump and cat
	$(GO) test -run '^$$' -bench . -benchmem ./internal/... ./cmd/...
	scripts/bench-replay

.PHONY: bench-kernel
bench-kernel: ## the XDP program beside an empty one and a table of flows (root)
	scripts/bench-kernel

.PHONY: bench-live
bench-live: ## live capture at the most that this machine can, beside tcpdump (root)
	scripts/bench-live

.PHONY: bench-kafka
bench-kafka: ## a finding's way to a real Kafka: how long it takes, and a flood (docs/delivery.md)
	$(GO) test -run '^$$' -bench Kafka -benchtime 1x -timeout 30m ./cmd/sensor

.PHONY: soak
soak: ## ten minutes of alert load without a broker (root)
	$(GO) test -run TestKafkaAway -v -timeout 60m ./cmd/sensor -soak 10m

.PHONY: quality
quality: ## false alarms and probes to detection on a simulated site (QUALITY=flags)
	$(GO) run ./scripts/quality $(QUALITY)

.PHONY: record
record: ## make testdata/ anew with real tools in network namespaces (root)
	scripts/record/record
