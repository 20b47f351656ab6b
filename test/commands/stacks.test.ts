import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { stacks } from '../../commands/stacks';
import type { Deliverable } from '../../delivery/deliverable';
import { prepareDelivery } from '../../delivery/deliver';
import { estate } from '../../estate';
import { main, Tree } from '../apply/tree';
import { commit, put } from '../delivery/fixture';
import { call, type Called } from '../support/call';
import { FakePushgateway } from '../support/fake-pushgateway';
import { terraformProgram } from '../support/terraform';

jest.setTimeout(180_000);

const program = terraformProgram();
const withTerraform = program === undefined ? describe.skip : describe;

const whole = (stack: string, input: string): Deliverable => ({
  ...{ kind: 'whole', stack },
  json: { resource: { terraform_data: { ours: { input } } } },
});

withTerraform('the commands of a pipeline', () => {
  const pushgateway = new FakePushgateway();
  let tree: Tree;
  let deliverables: readonly Deliverable[];
  beforeAll(() => pushgateway.start());
  afterAll(() => pushgateway.stop());
  beforeEach(async () => {
    deliverables = [whole('forgejo', 'one'), whole('infra', 'one')];
    tree = new Tree(program ?? '', {
      'stacks/forgejo/main.tf': main(),
      'stacks/forgejo/terragrunt.hcl': '\n',
      'stacks/infra/main.tf': main(),
      'stacks/infra/terragrunt.hcl': '\n',
    });
    await deliver();
  });
  afterEach(() => {
    tree.remove();
  });
  const deliver = async (): Promise<void> => {
    (await prepareDelivery(tree.origin, deliverables)).write();
    commit(tree.origin, 'deliver');
  };
  const pipeline = (): { readonly root: string; readonly plans: string } => ({
    root: tree.pipeline().checkout.root,
    plans: join(tree.folder(), 'plans'),
  });
  const does = (line: string): Promise<Called> =>
    call(['stacks', ...line.split(' ')], {
      environment: tree.environment,
      verbs: [
        stacks(() => estate, {
          deliverables: () => deliverables,
          ledger: () => tree.ledger,
          wait: { attempts: 1, pauseMs: 0 },
          now: Date.now,
          signal: () => new AbortController().signal,
        }),
      ],
    });

  test('plan, apply, and find nothing more to do; what lies in the tree as a state is left to a person', async () => {
    const { root, plans } = pipeline();
    const planned = await does(`plan --tree ${root} --plans ${plans}`);
    expect([planned.code, planned.err]).toEqual([2, '']);
    expect(planned.out).toMatch(/^forgejo +due +1 added$/mu);
    expect(planned.out).toMatch(/^infra +by-hand +1 added +its state lies in the tree/mu);
    expect(planned.out).toContain('  added     terraform_data.ours\n');

    const applied = await does(`apply --tree ${root} --plans ${plans} --pushgateway ${pushgateway.url}`);
    expect([applied.code, applied.err]).toEqual([0, '']);
    expect(applied.out).toMatch(/\n2 stacks: 1 applied, 1 by-hand\n$/u);
    expect(tree.inputs('forgejo')).toEqual({ ours: 'one' });
    expect(existsSync(join(tree.states, 'infra.tfstate'))).toBe(false);
    expect(readdirSync(plans)).toEqual([]);
    expect(pushgateway.metrics()).toMatch(/^stack_apply_failed\{.*stack="forgejo".*\} 0$/mu);

    const again = pipeline();
    const second = await does(`plan --tree ${again.root} --plans ${again.plans}`);
    expect(second.out).toMatch(/^forgejo +unchanged/mu);
  });

  test('plan stacks alone: pages, pipelines and files are none', async () => {
    deliverables = [
      ...deliverables,
      { kind: 'documents', stack: 'documents', sections: [], retired: [] },
      { kind: 'files', stack: 'dns', folder: 'dns', files: [], takesOver: [] },
      {
        ...{ kind: 'pipeline-images', stack: 'pipelines', folder: '.woodpecker' },
        images: [],
        steps: [],
        ours: [],
      },
    ];
    const { root, plans } = pipeline();
    const { out } = await does(`plan --tree ${root} --plans ${plans}`);

    expect(out).toMatch(/\n2 stacks: 1 due, 1 by-hand\n/u);
  });

  test('plan nothing of what is not delivered, and the others all the same', async () => {
    await does(`plan --tree ${pipeline().root} --plans ${pipeline().plans}`);
    deliverables = [whole('forgejo', 'two'), whole('infra', 'one')];
    const { root, plans } = pipeline();
    const { code, out } = await does(`plan --tree ${root} --plans ${plans}`);

    expect(code).toBe(2);
    expect(out).toMatch(
      /^forgejo +refused +stacks\/forgejo\/cdk\.tf\.json: is not what the estate synthesizes; \.\/registry deliver --into .* --stack forgejo --write, and commit$/mu,
    );
    expect(out).toMatch(/^infra +by-hand/mu);
  });

  test.each([
    ['stacks/forgejo/extra.tf', 'locals {}\n'],
    ['modules/m/extra.tf', 'locals {}\n'],
    ['modules/m/main.tf', null],
    ['modules/m/main.tf', 'locals {\n  b = 1\n}\n'],
    ['local.tfvars', 'a = 1\n'],
  ])('plan nothing of what is not committed: %s', async (path, text) => {
    put(tree.origin, 'modules/m/main.tf', 'locals {}\n');
    put(
      tree.origin,
      'stacks/forgejo/terragrunt.hcl',
      'locals {\n  config = "${get_repo_root()}/config"\n}\n',
    );
    put(tree.origin, 'stacks/forgejo/kept.tf', 'module "m" {\n  source = "../../modules/m"\n}\n');
    commit(tree.origin, 'a module');
    const { root, plans } = pipeline();
    put(root, 'config', 'what the pipeline writes for itself\n');
    put(root, path, text);
    const { out } = await does(`plan --tree ${root} --plans ${plans}`);

    expect(out).toMatch(
      new RegExp(`^forgejo +refused +${path}: is not as it was committed[^;]*;[^;]*$`, 'mu'),
    );
  });

  test('apply nothing in a clone that is older than what was applied', async () => {
    const old = pipeline();
    deliverables = [whole('forgejo', 'two'), whole('infra', 'one')];
    await deliver();
    const { root, plans } = pipeline();
    await does(`plan --tree ${root} --plans ${plans}`);
    await does(`apply --tree ${root} --plans ${plans}`);
    deliverables = [whole('forgejo', 'one'), whole('infra', 'one')];
    await does(`plan --tree ${old.root} --plans ${old.plans}`);
    const { code, out } = await does(`apply --tree ${old.root} --plans ${old.plans}`);

    // The old clone does not even know the newer commit.
    expect(code).toBe(2);
    expect(out).toMatch(/^forgejo +refused .*what was applied last is not in this clone/mu);
    expect(tree.inputs('forgejo')).toEqual({ ours: 'two' });
  });

  test('are refused without a tree, and on what is none', async () => {
    expect(await does('plan --plans /tmp/none')).toMatchObject({
      code: 3,
      err: '--tree: is missing, got none; name the tree that the estate is delivered into\nnothing was changed\n',
    });
    const { code, err } = await does(`plan --tree ${tree.states} --plans /tmp/none`);
    expect(code).toBe(3);
    expect(err).toContain(`${tree.states}: git rev-parse failed, got "fatal: not a git repository`);
  });
});
