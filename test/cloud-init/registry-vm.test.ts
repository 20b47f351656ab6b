import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { renderCloudConfig } from '../../cloud-init/cloud-config';
import { contentText, secretPlaceholder, secretsOf } from '../../cloud-init/content';
import { nginxDirectives } from '../../cloud-init/nginx';
import type { Directive } from '../../cloud-init/nginx-syntax';
import {
  registryVm,
  registryVmCloudConfig,
  vmChecks,
  vmEffectCommands,
  vmSteps,
} from '../../cloud-init/registry-vm';
import { breakGlassFolder } from '../../estate/derived/registry-vm-paths';
import type { EstateWithVm } from '../../estate/estate';
import { isAtLeast, phases } from '../../estate/phases';
import { publishedPorts } from '../../estate/derived/published-ports';
import { registryVmTree } from '../../trees/registry-vm';
import { estateAt } from '../support/estates';
import { expectGolden, goldensIn } from '../support/golden';
import { readNginx } from '../support/read-nginx';

/** Every text of a phase by the path at which its reader finds it: on the machine, or in the tree. */
function textsAt(estate: EstateWithVm): Map<string, string> {
  return new Map([
    ...registryVm(estate).files.map(
      ({ path, content }) => [`machine${path}`, contentText(content, secretPlaceholder)] as const,
    ),
    ...registryVmTree(estate)
      .filter(({ path }) => !path.includes('/files/'))
      .map(({ path, text }) => [`tree/${path.replace(/^\./, '')}`, text] as const),
    ['cloud-config.yaml', renderCloudConfig(registryVmCloudConfig(estate))],
  ]);
}

/** `<phase>/…` for the first phase and for every phase in which the text differs from the one before. */
function goldens(): Map<string, string> {
  const files = new Map<string, string>();
  let last = new Map<string, string>();
  for (const phase of phases) {
    const texts = textsAt(estateAt(phase));
    for (const [path, text] of texts)
      if (last.get(path) !== text) files.set(`registry-vm/${phase}/${path}`, text);
    last = texts;
  }
  return files;
}

const file = (estate: EstateWithVm, path: string): string => {
  const found = registryVm(estate).files.find((one) => one.path === path);
  if (found === undefined) throw new Error(`the machine has no "${path}"`);
  return contentText(found.content, secretPlaceholder);
};

interface ComposeJson {
  readonly services: Readonly<
    Record<
      string,
      {
        readonly image: string;
        readonly ports?: readonly string[];
        readonly volumes?: readonly {
          readonly type: string;
          readonly source: string;
          readonly read_only?: boolean;
        }[];
        readonly depends_on?: readonly string[];
      }
    >
  >;
}
const compose = (estate: EstateWithVm): ComposeJson =>
  parse(file(estate, '/opt/registry/docker-compose.yml')) as ComposeJson;

const servers = (estate: EstateWithVm): readonly Directive[] =>
  (nginxDirectives(estate).find(({ name }) => name === 'http')?.block ?? []).filter(
    ({ name }) => name === 'server',
  );
const argumentsOf = (directives: readonly Directive[], name: string): readonly string[] =>
  directives.find((directive) => directive.name === name)?.args ?? [];

describe('the goldens of the registry VM', () => {
  const expected = goldens();

  test.each([...expected.keys()])('%s is what is rendered', (path) => {
    expectGolden(path, expected.get(path) ?? '');
  });

  test('none is an orphan', () => {
    expect(goldensIn('registry-vm').map(({ path }) => path)).toEqual([...expected.keys()].sort());
  });
});

describe.each(phases)('the registry VM at %s', (phase) => {
  const estate = estateAt(phase);
  const machine = registryVm(estate);
  const isLegacy = !isAtLeast(phase, 'decommission');

  test('publishes each port once, with a server of nginx or the service itself behind it', () => {
    const published = Object.values(compose(estate).services)
      .flatMap(({ ports = [] }) => ports.map((port) => Number(port.split(':')[0])))
      .sort();
    const listening = servers(estate).map(({ block = [] }) =>
      Number(/:(\d+)$/.exec(argumentsOf(block, 'listen')[0] ?? '')?.[1]),
    );

    expect(published).toEqual(
      publishedPorts(estate)
        .map(({ port }) => port)
        .sort(),
    );
    expect([...listening, 8080, 5001].sort()).toEqual(published);
  });

  test('asks at each port whether it works', () => {
    expect(
      vmChecks(estate)
        .flatMap((check) => (check.kind === 'answer' ? [Number(new URL(check.url).port)] : []))
        .sort(),
    ).toEqual(
      publishedPorts(estate)
        .map(({ port }) => port)
        .sort(),
    );
  });

  test('sends each port of a cache to that cache, by a name that is resolved at each request', () => {
    for (const { name, port } of estate.pullThroughCaches) {
      const server = servers(estate).find(({ block = [] }) =>
        argumentsOf(block, 'listen')[0]?.endsWith(`:${port}`),
      );
      const block = server?.block ?? [];

      expect(argumentsOf(block, 'set')).toEqual(['$registry', `registry-${name}:5000`]);
      const passed = block
        .filter((one) => one.name === 'location')
        .flatMap((location) => argumentsOf(location.block ?? [], 'proxy_pass'));
      expect(passed).toEqual(['http://$registry', 'http://$registry']);
    }
  });

  test('mounts files of its list only', () => {
    const listed = machine.files.map(({ path }) => path);
    const mounted = Object.values(compose(estate).services).flatMap(({ volumes = [] }) =>
      volumes.filter(({ read_only: readOnly }) => readOnly === true).map(({ source }) => source),
    );

    expect(mounted.filter((path) => !listed.includes(path))).toEqual([]);
    expect(mounted.length).toBeGreaterThan(estate.pullThroughCaches.length);
  });

  test('has made every folder that a container writes before it starts', () => {
    const written = Object.values(compose(estate).services).flatMap(({ volumes = [] }) =>
      volumes
        .filter(({ type, read_only: readOnly }) => type === 'bind' && readOnly !== true)
        .map(({ source }) => source),
    );

    expect(written.filter((path) => !machine.directories.includes(path))).toEqual([]);
    machine.directories.forEach((path, index) => {
      expect(machine.directories.slice(index + 1).filter((later) => path.startsWith(`${later}/`))).toEqual(
        [],
      );
    });
  });

  test('is told what every changed file needs', () => {
    const known = ['none', ...vmSteps(estate).map(({ when }) => when)];

    expect(machine.files.map(({ effect }) => effect).filter((effect) => !known.includes(effect))).toEqual([]);
  });

  test('removes nothing that must stay: no data, no break-glass', () => {
    const stays = [
      breakGlassFolder(estate),
      `${estate.registryVm.folder}/data`,
      ...machine.files.map(({ path }) => path),
      ...machine.directories,
    ];

    expect(machine.absent.filter((gone) => stays.some((path) => `${path}/`.startsWith(`${gone}/`)))).toEqual(
      [],
    );
  });

  test(`${isLegacy ? 'runs' : 'does not run'} the legacy registry, and asks Vault for ${isLegacy ? 'its' : 'none of its'} secrets`, () => {
    const texts = [...textsAt(estate).values()].join('\n');
    const keys = machine.files.flatMap(({ content }) => secretsOf(content).map(({ vault }) => vault.key));

    expect(texts.includes('registry-private')).toBe(isLegacy);
    expect(texts.includes('5050')).toBe(isLegacy);
    expect(keys.some((key) => key.startsWith('registry_'))).toBe(isLegacy);
    expect(machine.absent.includes('/opt/registry/htpasswd')).toBe(!isLegacy);
  });

  test('nginx reads back as the directives it was printed from', () => {
    expect(readNginx(file(estate, '/opt/registry/nginx.conf'))).toEqual(nginxDirectives(estate));
  });
});

describe('the registry VM', () => {
  const estate = estateAt('prepare');

  test('reads what nginx would before anything is recreated, and recreates after the rest has come up', () => {
    const compose = 'docker compose --project-directory /opt/registry';

    expect(vmEffectCommands(estate, ['recreate nginx', 'none', 'compose-up', 'daemon-reload'])).toEqual([
      'systemctl daemon-reload',
      'systemctl enable docker-compose-registry.service',
      `${compose} run --rm --no-deps -T nginx nginx -t`,
      `${compose} up -d --remove-orphans`,
      `${compose} up -d --no-deps --force-recreate nginx`,
    ]);
    expect(vmEffectCommands(estate, ['none'])).toEqual([]);
  });

  test('lets nginx start while a cache cannot: an upstream that is away keeps no other from its clients', () => {
    expect(compose(estate).services['nginx']?.depends_on).toEqual([
      ...estate.pullThroughCaches.map(({ name }) => `registry-${name}`),
      'registry-private',
    ]);
  });

  test('runs full versions', () => {
    const images = Object.values(compose(estate).services).map(({ image }) => image);

    expect(images.filter((image) => !/:\d+\.\d+\.\d+/.test(image))).toEqual([]);
  });

  test('logs in where its fact has an account, with the password as it is', () => {
    const read = (name: string): unknown => parse(file(estate, `/opt/registry/config-${name}.yml`));

    expect(read('dockerhub')).toMatchObject({
      proxy: {
        remoteurl: 'https://registry-1.docker.io',
        username: 'viktorbarzin',
        password: '<secret/infra:dockerhub_registry_password>',
      },
    });
    expect(read('ghcr')).toMatchObject({ proxy: { remoteurl: 'https://ghcr.io' } });
    const config = registryVm(estate).files.find(({ path }) => path.endsWith('config-dockerhub.yml'));
    const odd = `a: "b' #c $d %{e} \\`;
    expect(parse(contentText(config?.content ?? [], () => odd))).toMatchObject({ proxy: { password: odd } });
    expect(config?.mode).toBe('0600');
  });

  test('deletes no untagged manifest: the platforms of an image have no tag', () => {
    const script = file(estate, '/opt/registry/collect-garbage.sh');

    expect(script).toContain('registry garbage-collect /etc/docker/registry/config.yml');
    expect(script.replaceAll(/^#.*$/gm, '')).not.toMatch(/delete-untagged|garbage-collect (-m|.* -m)\b/);
  });

  test('collects each registry by its schedule, and stops the one that is pushed to', () => {
    const cron = file(estate, '/etc/cron.d/registry-garbage-collection').split('\n').slice(1, -1);

    expect(cron).toEqual([
      ...estate.pullThroughCaches.map(
        ({ garbageCollection, name }) =>
          `${garbageCollection} root /opt/registry/collect-garbage.sh ${name} running 2>&1 | logger -t registry-gc`,
      ),
      '25 3 * * 0 root /opt/registry/collect-garbage.sh private stopped 2>&1 | logger -t registry-gc',
    ]);
  });

  test('lets the pipeline in beside people where both have one login', () => {
    const { ssh } = estate.registryVm;
    const user = estate.nodes.admin.name;
    const { users } = registryVmCloudConfig({
      ...estate,
      registryVm: { ...estate.registryVm, ssh: { ...ssh, user } },
    });

    expect(users).toEqual([
      expect.objectContaining({
        name: user,
        hashed_passwd: [{ vault: estate.nodes.admin.passwordHash }],
        ssh_authorized_keys: [[{ vault: estate.nodes.admin.sshPublicKey }], [{ vault: ssh.publicKey }]],
      }),
    ]);
  });

  test('with a port that two services publish is refused before it is text', () => {
    const { ui } = estate.registryVm;

    expect(() =>
      registryVm({ ...estate, registryVm: { ...estate.registryVm, ui: { ...ui, port: 5000 } } }),
    ).toThrow('compose: a port is published twice, got "5000"');
  });

  test('with a folder that is no path is refused, file by file', () => {
    expect(() =>
      registryVm({ ...estate, registryVm: { ...estate.registryVm, folder: 'opt/registry' } }),
    ).toThrow('registryVm.files["opt/registry/nginx.conf"]: is not an absolute path');
  });
});
