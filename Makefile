# What a developer types. Each target says what it does; the work is in scripts/.

.PHONY: help test lint fmt fuzz generate test-servers bench mutants mutants-generic world soak

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

test: ## all checks and tests; with TAHTI_TEST_SETUP=1, as root on Debian, installs the real servers first
	@scripts/test

lint: ## golangci-lint, built from source on its first use
	@scripts/lint

fmt: ## format the Go code
	@gofmt -w $$(git ls-files --cached --others --exclude-standard '*.go')

generate: ## write what is generated: tables, licences, the lint rules for the floors
	@go generate ./...
	@go test ./internal/floors -run LintRules -write

fuzz: ## every fuzz target for FUZZTIME (default 20s) each
	@scripts/fuzz

mutants: ## put back the fifteen classes of defects that other syncs shipped; does the world notice? (docs/correctness.md)
	@go run ./scripts/mutants named

mutants-generic: ## do tests and world notice small defects? SAMPLE=n (default 40) drawn from SEED=first in each room where correctness lives; takes long
	@for room in merge lens hub engine; do \
	  case $$room in hub|lens) too=./internal/engine, ;; *) too= ;; esac; \
	  go run ./scripts/mutants -n $${SAMPLE:-40} -seed $${SEED:-1} -timeout 2m -tests ./internal/$$room,$$too./internal/world ./internal/$$room || exit; \
	done

test-servers: ## the tests that use real servers or a browser, in full on every server and page
	@scripts/test-servers

bench: ## what design.md promises of speed, measured beside vdirsyncer and a floor client (docs/benchmarks.md)
	@scripts/bench

world: ## the simulated world, SEEDS=n of it from SEED=first on (docs/correctness.md)
	@go test ./internal/world -run TestNothingBreaks -v -count=1 -timeout 24h -seeds $(or $(SEEDS),300) -seed $(or $(SEED),1)

soak: ## the simulated world, SEEDS=n (default 50000) that nobody has run before; goes on behind a failure
	@go test ./internal/world -run TestNothingBreaks -v -count=1 -timeout 24h -survey -seeds $(or $(SEEDS),50000) -seed $$(date +%s)00000
