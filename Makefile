# Each target does its own set-up: Node 20+, npm and make are all a machine needs.
export CHECKPOINT_DISABLE := 1
.PHONY: synth test

synth: node_modules/.installed
	@node_modules/.bin/tsx main.ts

test: node_modules/.installed
	@npm run --silent check
	@npm run --silent test

node_modules/.installed: package-lock.json
	@npm ci --no-audit --no-fund --loglevel=error
	@touch $@
