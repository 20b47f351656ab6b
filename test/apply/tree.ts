import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { applyStacks, type ApplyStacksProps } from '../../apply/apply-stacks';
import { openCheckout, type Checkout } from '../../apply/checkout';
import { contentOf } from '../../apply/content';
import { Ledger } from '../../apply/ledger';
import type { StackOutcome } from '../../apply/outcome';
import { planStacks, type Plans } from '../../apply/plan-stacks';
import type { Stack } from '../../apply/stack';
import { rootModule } from '../../delivery/root-module';
import { commit, git, put } from '../delivery/fixture';
import { MemoryKv } from '../support/memory-kv';

/** A resource that Terraform brings along, so that no provider is fetched: its plans, applies and states are real. */
export const resource = (name: string, input: string): string =>
  `resource "terraform_data" "${name}" {\n  input = ${JSON.stringify(input)}\n}\n`;

const backend = 'terraform {\n  backend "local" {}\n}\n';

/** A stack's main.tf. */
export const main = (...blocks: readonly string[]): string => [backend, ...blocks].join('');

/** A tree in a git repository, and the states of its stacks beside it, as every clone reaches them. */
export class Tree {
  readonly #made: string[] = [];
  readonly kv: MemoryKv;
  readonly ledger: Ledger;
  readonly origin: string;
  readonly states: string;

  /** @param program whose states these are */
  constructor(
    private readonly program: string,
    files: Readonly<Record<string, string>> = {},
  ) {
    this.origin = this.folder();
    this.states = this.folder();
    this.kv = new MemoryKv(join(this.states, 'records.json'));
    this.ledger = new Ledger(this.kv, 'applied');
    if (Object.keys(files).length === 0) return;
    const wrapper = [
      '#!/bin/sh',
      'state=$STATES/$(basename "$PWD").tfstate',
      '[ "$1" != plan ] || ' +
        `${program} init -input=false -no-color -backend-config="path=$state" >&2 || exit 1`,
      `exec ${program} "$@"`,
      '',
    ].join('\n');
    put(this.origin, 'terragrunt.hcl', 'locals {}\n');
    put(this.origin, '.gitignore', '.terraform*\n');
    mkdirSync(join(this.origin, 'scripts'));
    writeFileSync(join(this.origin, 'scripts/tg'), wrapper, { mode: 0o755 });
    for (const [path, text] of Object.entries(files)) put(this.origin, path, text);
    git(this.origin, 'init', '--quiet', '--initial-branch=master');
    commit(this.origin, 'the first');
  }

  /** Another of the same history, states and records. */
  copy(): Tree {
    const tree = new Tree(this.program);
    cpSync(this.origin, tree.origin, { recursive: true });
    cpSync(this.states, tree.states, { recursive: true });
    return tree;
  }

  /** What its wrapper reads. */
  get environment(): NodeJS.ProcessEnv {
    return { ...quiet, STATES: this.states };
  }

  /** Changes files and commits. */
  change(files: Readonly<Record<string, string | null>>): string {
    for (const [path, text] of Object.entries(files)) put(this.origin, path, text);
    commit(this.origin, 'change');
    return this.head();
  }

  head(): string {
    return git(this.origin, 'rev-parse', 'HEAD').trim();
  }

  /** A pipeline of one commit: a clone of its own. */
  pipeline(at = this.head(), more: Partial<ApplyStacksProps> = {}): Pipeline {
    const root = this.folder();
    git(root, 'clone', '--quiet', this.origin, '.');
    git(root, 'checkout', '--quiet', at);
    return new Pipeline(openCheckout(root), this, this.folder(), more);
  }

  /** What a stack's state holds of its resources. */
  inputs(stack: string): Record<string, unknown> {
    const state = JSON.parse(readFileSync(join(this.states, `${stack}.tfstate`), 'utf8')) as {
      resources: { name: string; instances: { attributes: { input: { value: unknown } | null } }[] }[];
    };
    return Object.fromEntries(
      state.resources.map(({ name, instances }) => [name, instances[0]?.attributes.input?.value]),
    );
  }

  remove(): void {
    for (const folder of this.#made) rmSync(folder, { recursive: true });
  }

  folder(): string {
    const folder = mkdtempSync(join(tmpdir(), 'stacks-'));
    this.#made.push(folder);
    return folder;
  }
}

/** Terraform alone: no account, no mirror, no telemetry. */
const quiet = { ...process.env, CHECKPOINT_DISABLE: '1', TF_CLI_CONFIG_FILE: '/dev/null' };

/** Every stack that a checkout has. */
export function stacksOf(checkout: Checkout, { environment }: Pick<Tree, 'environment'>): readonly Stack[] {
  const names = new Set(
    [...checkout.files.keys()].flatMap((path) => /^stacks\/([^/]+)\//u.exec(path)?.[1] ?? []),
  );
  return [...names].sort().map((name): Stack => ({
    name,
    hash: contentOf(checkout, name).hash,
    module: rootModule(join(checkout.root, 'stacks', name), environment, { lockSeconds: 1 }),
    byHand: false,
    faults: [],
  }));
}

export class Pipeline {
  readonly #props: ApplyStacksProps;

  constructor(
    readonly checkout: Checkout,
    { ledger, environment }: Pick<Tree, 'ledger' | 'environment'>,
    readonly folder: string,
    more: Partial<ApplyStacksProps> = {},
  ) {
    this.#props = {
      ...{ checkout, stacks: stacksOf(checkout, { environment }), ledger, folder },
      ...{ wait: { attempts: 2, pauseMs: 1 }, nowMs: Date.now, tell: () => undefined, waitSeconds: 0 },
      signal: new AbortController().signal,
      ...more,
    };
  }

  plan(): Promise<Plans> {
    return planStacks(this.#props);
  }

  apply(): Promise<readonly StackOutcome[]> {
    return applyStacks(this.#props);
  }

  async run(): Promise<Record<string, string>> {
    await this.plan();
    return outcomesOf(await this.apply());
  }
}

export function outcomesOf(outcomes: readonly StackOutcome[]): Record<string, string> {
  return Object.fromEntries(outcomes.map(({ stack, outcome }) => [stack, outcome]));
}
