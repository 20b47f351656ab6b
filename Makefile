# Each target does its own set-up: Node 20+, npm and make are all a machine needs.
export CHECKPOINT_DISABLE := 1
.PHONY: synth test check unit parity

synth: node_modules/.installed
	@node_modules/.bin/tsx main.ts

# Side by side: each of the two takes one processor.
test: node_modules/.installed
	@$(MAKE) --no-print-directory --jobs=2 --output-sync=target check unit

check: node_modules/.installed
	@npm run --silent check

unit: node_modules/.installed
	@npm run --silent test

node_modules/.installed: package-lock.json
	@npm ci --no-audit --no-fund --loglevel=error
	@touch $@

# For a machine with the providers: the tests that skip without them, then the plan of every delivered stack of TREE.
parity: node_modules/.installed
	@test -z "$(TREE)" || test -d "$(TREE)/stacks" || { echo 'TREE: not a Terragrunt tree, got "$(TREE)"; name the folder that holds stacks/' >&2; exit 3; }
	@node_modules/.bin/jest test/stacks/terraform.test.ts test/lab/live-objects.test.ts --runInBand
	@test -z "$(TREE)" || ./registry parity --into $(TREE)
