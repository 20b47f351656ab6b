import { afterAll, describe, expect, jest, test } from '@jest/globals';
import type { SharedStack, WholeStack } from '../../delivery/deliverable';
import { prepareDelivery, type Delivery } from '../../delivery/deliver';
import { formatDelivery } from '../../delivery/report';
import { forgejo, monitoring } from './deliverables';
import { commit, git, makeTree, put, read, removeTrees, snapshot } from './fixture';

jest.setTimeout(60_000);
afterAll(removeTrees);

const program = 'stacks/forgejo/files/retention.mjs';
const withProgram = (text: string): WholeStack => ({ ...forgejo, files: { 'files/retention.mjs': text } });

const prepared = (root: string, stack: WholeStack | SharedStack): Promise<Delivery> =>
  prepareDelivery(root, [stack]);
const steps = ({ changes }: Delivery): string[] => changes.map(({ kind, path }) => `${kind} ${path}`);
async function deliver(root: string, stack: WholeStack | SharedStack): Promise<string[]> {
  const delivery = await prepared(root, stack);
  delivery.write();
  commit(root, 'deliver');
  return steps(delivery);
}
const refusal = (root: string, stack: WholeStack | SharedStack): Promise<string> =>
  prepared(root, stack).then(() => '', String);

/** The fixture with one resource of ours in other words. */
function withResource(type: string, name: string, attributes: object): WholeStack {
  const resource = forgejo.json['resource'] as Record<string, Record<string, object>>;
  return {
    ...forgejo,
    json: { ...forgejo.json, resource: { ...resource, [type]: { ...resource[type], [name]: attributes } } },
  };
}

describe('a stack with what lies beside it', () => {
  test('comes after the files that it reads, and what only the removed HCL read goes last', async () => {
    const root = makeTree();
    expect(await deliver(root, withProgram('one\n'))).toEqual([
      `write ${program}`,
      'write stacks/forgejo/cdk.tf.json',
      'remove stacks/forgejo/cleanup.tf',
      'remove stacks/forgejo/main.tf',
      'remove stacks/forgejo/files/cleanup.sh',
    ]);
    expect(read(root, program)).toBe('one\n');
    expect(steps(await prepared(root, withProgram('one\n')))).toEqual([]);
  });

  test.each(['committed', 'uncommitted'])(
    'a changed program is shown as the lines that changed, the last delivery being %s',
    async (state) => {
      const root = makeTree();
      (await prepared(root, withProgram('one\ntwo\n'))).write();
      if (state === 'committed') commit(root, 'deliver');
      const next = await prepared(root, withProgram('one\n2\n'));
      expect(steps(next)).toEqual([`write ${program}`, 'write stacks/forgejo/cdk.tf.json']);
      expect(formatDelivery(next)).toContain('   one\n  -two\n  +2\n');
      next.write();
      expect((await prepared(root, withProgram('one\n2\n'))).changes).toEqual([]);
    },
  );

  test('a file that the stack does not read any more goes after the stack has changed', async () => {
    const root = makeTree();
    await deliver(root, withProgram('one\n'));
    expect(await deliver(root, forgejo)).toEqual(['write stacks/forgejo/cdk.tf.json', `remove ${program}`]);
  });

  test('a program that was edited by hand, or that somebody else wrote, is never overwritten', async () => {
    const root = makeTree({ [program]: 'theirs\n' });
    expect(await refusal(root, withProgram('one\n'))).toContain(
      `${program}: a file of this name exists that no delivery`,
    );
    put(root, program, null);
    commit(root, 'away');
    await deliver(root, withProgram('one\n'));
    put(root, program, 'edited\n');
    commit(root, 'edit');
    for (const stack of [withProgram('two\n'), forgejo])
      expect(await refusal(root, stack)).toContain(`${program}: the delivered file was edited by hand`);
  });

  test('a file that something else names stays, and is named', async () => {
    const root = makeTree({
      '.woodpecker/lint.yml': 'steps: [{ commands: [shellcheck stacks/forgejo/files/cleanup.sh] }]\n',
    });
    const delivery = await prepared(root, forgejo);
    expect(steps(delivery)).not.toContain('remove stacks/forgejo/files/cleanup.sh');
    expect(delivery.notes).toContain(
      'stacks/forgejo/files/cleanup.sh: the HCL that read it goes, but .woodpecker/lint.yml names it too; look whether it can go',
    );
  });

  test('what would be destroyed and created anew is said first, in words', async () => {
    const root = makeTree();
    await deliver(
      root,
      withResource('kubernetes_service', 'forgejo', { metadata: { name: 'forgejo', namespace: 'forgejo' } }),
    );
    const moved = withResource('kubernetes_service', 'forgejo', {
      metadata: { name: 'git', namespace: 'forgejo' },
    });
    expect(
      formatDelivery(await prepared(root, moved))
        .split('\n')
        .slice(0, 2),
    ).toEqual([
      'the next apply would destroy these and create them anew:',
      '  kubernetes_service.forgejo: metadata.name is "forgejo" and becomes "git"',
    ]);
  });

  test('it is compared with the HCL in whose place it comes, through the names that the HCL refers to', async () => {
    const root = makeTree();
    const service = { metadata: { name: 'forgejo', namespace: 'git' } };
    expect((await prepared(root, withResource('kubernetes_service', 'forgejo', service))).replaced).toContain(
      'kubernetes_service.forgejo: metadata.namespace is "forgejo" and becomes "git"',
    );
  });

  test('a volume or a namespace that would be replaced is refused', async () => {
    const claim = { metadata: { name: 'data', namespace: 'forgejo' } };
    expect(
      await refusal(makeTree(), withResource('kubernetes_persistent_volume_claim', 'data_encrypted', claim)),
    ).toContain(
      'stacks/forgejo/cdk.tf.json: "kubernetes_persistent_volume_claim.data_encrypted" would be replaced, the data on the volume would be lost, got kubernetes_persistent_volume_claim.data_encrypted: metadata.name is "forgejo-data-encrypted" and becomes "data"; set it back',
    );
  });

  test('ends with what is left to do, each with its commands', async () => {
    const root = makeTree();
    const claim = {
      wait_until_bound: false,
      metadata: { name: 'forgejo-data-encrypted', namespace: 'forgejo' },
      spec: { access_modes: ['ReadWriteOnce'], resources: { requests: { storage: '30Gi' } } },
    };
    const condition = '${try(self.data["forgejo_cleanup_token"], "") != ""}';
    const stack = withResource('kubernetes_persistent_volume_claim', 'data_encrypted', claim);
    const data = {
      vault_kv_secret_v2: {
        forgejo_viktor: { mount: 'secret', name: 'viktor', lifecycle: { postcondition: [{ condition }] } },
      },
    };
    const { todo } = await prepared(root, { ...stack, json: { ...stack.json, data } });
    expect(todo.flatMap(({ commands }) => commands)).toEqual([
      'vault kv get -mount=secret -field=forgejo_cleanup_token viktor > /dev/null',
      `kubectl -n forgejo patch pvc forgejo-data-encrypted --type merge -p '{"spec":{"resources":{"requests":{"storage":"30Gi"}}}}'`,
      `git -C ${root} switch -c registry-consolidation`,
      `git -C ${root} add --all -- stacks`,
      `git -C ${root} commit -m "deliver: forgejo"`,
      `./registry parity --into ${root} --stack forgejo`,
      `git -C ${root} push -u origin registry-consolidation`,
    ]);
    expect(formatDelivery(await prepared(root, stack))).toMatch(
      /\nleft to do by hand:\n {2}\[ \] stacks\/forgejo: the claim/,
    );
    const unchanged = makeTree();
    await deliver(unchanged, forgejo);
    expect((await prepared(unchanged, forgejo)).todo).toEqual([]);
  });

  test('what several stacks ask of Vault is asked once, and the branch that is there is taken again', async () => {
    const root = makeTree();
    const condition = '${try(self.data["pull"], "") != ""}';
    const lifecycle = { postcondition: [{ condition }] };
    const asking = <T extends WholeStack | SharedStack>(stack: T, name: string): T => ({
      ...stack,
      json: {
        ...stack.json,
        data: { vault_kv_secret_v2: { [name]: { mount: 'secret', name: 'viktor', lifecycle } } },
      },
    });
    git(root, 'branch', 'registry-consolidation');
    const stacks = [asking(forgejo, 'forgejo_viktor'), asking(monitoring, 'v')];
    const commands = async (): Promise<readonly string[]> =>
      (await prepareDelivery(root, stacks)).todo.flatMap((one) => one.commands);
    expect((await commands()).slice(0, 2)).toEqual([
      'vault kv get -mount=secret -field=pull viktor > /dev/null',
      `git -C ${root} switch registry-consolidation`,
    ]);
    expect(await commands()).toContain(`./registry parity --into ${root} --stack forgejo --stack monitoring`);
    // What a phase takes away is named as well, so that "nothing" would be wrong there.
    expect((await prepareDelivery(root, stacks)).todo.map(({ what }) => what)).toContain(
      'read what Terraform would do in each stack: it must destroy and replace nothing but what is named above',
    );
    git(root, 'switch', '--quiet', 'registry-consolidation');
    expect((await commands())[1]).toBe(`git -C ${root} add --all -- stacks`);
  });
});

describe('a shared stack', () => {
  const rules = {
    ...monitoring,
    json: { ...monitoring.json, locals: { registry_prometheus_values: 'values' } },
    alertRules: {
      valuesLocal: 'registry_prometheus_values',
      alerts: [
        'RegistryManifestIntegrityFailure',
        'RegistryIntegrityProbeStale',
        'RegistryCatalogInaccessible',
      ],
    },
  };
  const folder = 'stacks/monitoring/modules/monitoring';

  test('gives Prometheus its alert rules once, and takes the old ones out', async () => {
    const root = makeTree();
    const before = snapshot(root);
    // The Helm provider shows all of a release's old values as going, with any change of them.
    expect((await prepared(root, rules)).changes.map(({ why }) => why)).toContainEqual(
      expect.stringContaining('prints its old values, secrets too'),
    );
    expect(await deliver(root, rules)).toEqual([
      `write ${folder}/cdk.tf.json`,
      `edit ${folder}/main.tf`,
      `edit ${folder}/prometheus.tf`,
      `edit ${folder}/prometheus_chart_values.tpl`,
    ]);
    expect(read(root, `${folder}/prometheus.tf`)).toBe(
      before[`${folder}/prometheus.tf`]?.replace('  })]', '  }), local.registry_prometheus_values]'),
    );
    expect((await prepared(root, rules)).changes).toEqual([]);
  });

  const withValues = (values: string): string =>
    read(makeTree(), `${folder}/prometheus.tf`).replace(/values = \[[^]*\n\}/u, `values = ${values}\n}`);

  test('adds to values that end in a heredoc', async () => {
    const heredoc = '<<-EOT\n    server:\n      retention: 30d\n  EOT\n';
    const root = makeTree({ [`${folder}/prometheus.tf`]: withValues(`[${heredoc}  ]`) });
    await deliver(root, rules);
    expect(read(root, `${folder}/prometheus.tf`)).toContain(
      `values = [${heredoc}  , local.registry_prometheus_values]`,
    );
  });

  test.each([
    ['a heredoc', '[<<-EOT\n    serverFiles:\n      rules:\n        groups: [{ name: a }]\n  EOT\n  ]', 15],
    ['an object', '[yamlencode({ serverFiles = { "rules" = { groups = [{ name = "a" }] } } })]', 12],
    ['a file beside it', '[file("./values.yaml")]', 3],
    ['a file that a local reads', '[local.prometheus]', 3],
  ])('is refused where the rules of %s would give way to ours', async (_, values, line) => {
    const path = `${folder}/${line === 3 ? 'values.yaml' : 'prometheus.tf'}`;
    const root = makeTree({
      [`${folder}/prometheus.tf`]: withValues(values),
      [`${folder}/values.yaml`]:
        line === 3 ? 'serverFiles:\n  rules:\n    groups: [{ name: a }]\n' : 'serverFiles: {}\n',
    });
    expect(await refusal(root, rules)).toContain(`${path}:${line}: serverFiles.rules holds rules already`);
  });

  test.each([
    ['in HCL', 'more.tf', 'locals {\n  r = <<EOT\n    - alert: RegistryIntegrityProbeStale\n  EOT\n}\n', 3],
    [
      'in a file',
      'rules/old.yaml',
      'groups:\n  - name: a\n    rules:\n      - alert: "RegistryCatalogInaccessible"\n',
      4,
    ],
  ])('names an old rule %s, which would fire beside ours', async (_, name, text, line) => {
    const root = makeTree({ [`${folder}/${name}`]: text });
    const { todo } = await prepared(root, rules);
    expect(todo[0]?.what).toContain(`${folder}/${name}:${line}: an old rule stands here`);
  });

  test.each([
    [
      'uid',
      'dashboards/a.json',
      '{\n "uid": "images", "title": "x", "panels": []\n}\n',
      'a.json:2: a dashboard has the uid "images"',
    ],
    [
      'title',
      'dashboards/a.json',
      '{ "title": "Images", "panels": [] }',
      'a.json: a dashboard has the title "Images"',
    ],
    [
      'file name',
      'dashboards/d.json',
      '{ "uid": "x", "panels": [] }',
      'd.json: a dashboard has the file name "d.json"',
    ],
    [
      'uid in HCL',
      'd.tf',
      'locals {\n  d = jsonencode({\n    uid = "images"\n    panels = []\n  })\n}\n',
      'd.tf:3: a dashboard has the uid',
    ],
    [
      'none',
      'dashboards/a.json',
      '{ "uid": "x", "title": "y", "panels": [{ "datasource": { "uid": "images" } }] }',
      '',
    ],
  ])('is refused where Grafana has a dashboard of the same %s', async (_, name, text, fault) => {
    const root = makeTree({ [`${folder}/${name}`]: text });
    const files = { 'files/d.json': '{ "uid": "images", "title": "Images", "panels": [] }' };
    const said = await refusal(root, { ...rules, files });
    expect(fault === '' ? said : said.includes(fault)).toBe(fault === '' ? '' : true);
  });

  test.each([
    ['no such release', 'chart      = "prometheus"', 'chart      = "thanos"', 'it has 0 Helm releases'],
    [
      'values that are no list',
      'values = [templatefile',
      'values = concat([templatefile',
      'its values are no list',
    ],
  ])('leaves it to its owner where the tree has %s', async (_, from, to, why) => {
    const path = `${folder}/prometheus.tf`;
    const text = read(makeTree(), path)
      .replace(from, to)
      .replace(to.includes('concat') ? '})]' : '\0', '})], [])');
    const root = makeTree({ [path]: text });
    const { changes, todo } = await prepared(root, rules);
    expect(changes.map((change) => change.path)).not.toContain(path);
    expect(todo[0]?.what).toContain(why);
  });
});
