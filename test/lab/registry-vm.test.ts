import { copyFileSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { renderCloudConfig } from '../../cloud-init/cloud-config';
import { contentText, secretPlaceholder } from '../../cloud-init/content';
import { nginxConfig } from '../../cloud-init/nginx';
import { registryVm, registryVmCloudConfig } from '../../cloud-init/registry-vm';
import type { ThisEstate } from '../../estate';
import { publishedPorts } from '../../estate/derived/published-ports';
import { createCertificateAuthority } from '../../lab/process/certificate-authority';
import { freePort } from '../../lab/process/ports';
import { run, type Ran } from '../../terminal/run';
import { registryVmTree } from '../../trees/registry-vm';
import { estateAt } from '../support/estates';
import { formatReaders } from '../support/format-readers';
import { describeLab } from './describe-lab';

const phases = ['prepare', 'decommission'] as const;

describeLab('what the registry VM receives, read by what reads it', () => {
  const { root, put, pathOf, read } = formatReaders([
    ...(['cloud-init', 'docker-compose', 'nginx', 'shellcheck', 'systemd-analyze'] as const),
  ]);
  const textOf = (estate: ThisEstate, path: string): string =>
    contentText(
      registryVm(estate).files.find((file) => file.path === path)?.content ?? [],
      secretPlaceholder,
    );

  test.each(phases)('docker-compose takes its compose file at %s', async (phase) => {
    const estate = estateAt(phase);
    const file = put(`${phase}/docker-compose.yml`, textOf(estate, '/opt/registry/docker-compose.yml'));

    const { code, stdout, stderr } = await read('docker-compose', '-f', file, 'config');

    expect([code, stderr]).toEqual([0, '']);
    const { services } = parse(stdout) as {
      services: Record<string, { image: string; ports?: { published: number }[] }>;
    };
    const published = Object.values(services).flatMap(({ ports = [] }) =>
      ports.map((port) => port.published),
    );
    expect(published.sort()).toEqual(
      publishedPorts(estate)
        .map(({ port }) => port)
        .sort(),
    );
    expect(Object.keys(services)).toContain('registry-kyverno');
    expect(Object.keys(services).includes('registry-private')).toBe(phase === 'prepare');
  });

  test('docker-compose would not take a setting that it does not know', async () => {
    const text = textOf(estateAt('prepare'), '/opt/registry/docker-compose.yml');
    const file = put('wrong/docker-compose.yml', text.replace('    restart: always', '    restarts: always'));

    const { code, stderr } = await read('docker-compose', '-f', file, 'config');

    expect(code).not.toBe(0);
    expect(stderr).toContain("Unsupported config option for services.registry-dockerhub: 'restarts'");
  });

  /** `nginx -t` with its output in a file: it opens /dev/stdout anew, which no socket can be. */
  const testNginx = async (folder: string, text: string): Promise<Ran> => {
    const file = put(`${folder}/nginx.conf`, text);
    const output = join(root, folder, 'output');
    const command = ['-t', '-p', root, '-c', file, '-g', `pid ${root}/nginx.pid;`];
    const ran = await run('sh', ['-c', `"$0" "$@" >'${output}' 2>&1`, pathOf('nginx'), ...command]);
    return { ...ran, stdout: readFileSync(output, 'utf8') };
  };

  test.each(phases)('nginx takes its configuration at %s', async (phase) => {
    const { code, stdout } = await testNginx(phase, nginxConfig(await onLoopback(estateAt(phase), root)));

    expect(stdout).toContain('test is successful');
    expect(code).toBe(0);
  });

  test('nginx would not take a cache that is nowhere declared', async () => {
    const text = nginxConfig(await onLoopback(estateAt('prepare'), root));

    const { code, stdout } = await testNginx(
      'wrong',
      text.replace('proxy_cache registry;', 'proxy_cache nothing;'),
    );

    expect(stdout).toContain('"proxy_cache" zone "nothing" is unknown');
    expect(code).not.toBe(0);
  });

  test.each(phases)('shellcheck has nothing to say about its scripts at %s', async (phase) => {
    const estate = estateAt(phase);
    const delivered = registryVmTree(estate).filter(({ path }) => path.endsWith('.sh'));
    const files = [
      ...['collect-garbage.sh', 'break-glass.conf'].map((name) =>
        put(`${phase}/${name}`, textOf(estate, `/opt/registry/${name}`)),
      ),
      ...delivered.map(({ path, text }) => put(`${phase}/${path}`, text)),
      join(__dirname, '../../cloud-init/machine-scripts/pull.sh'),
    ];

    const { code, stdout } = await read('shellcheck', ...files);

    expect([code, stdout]).toEqual([0, '']);
  });

  test.each(phases)('cloud-init accepts its cloud-config at %s', async (phase) => {
    const file = put(`${phase}/user-data`, renderCloudConfig(registryVmCloudConfig(estateAt(phase))));

    const { code, stdout } = await read('cloud-init', 'schema', '--config-file', file);

    expect(stdout).toContain('Valid cloud-config');
    expect(code).toBe(0);
  });

  test('systemd ignores nothing of its unit', async () => {
    const unit = textOf(estateAt('prepare'), '/etc/systemd/system/docker-compose-registry.service');
    const verify = async (folder: string, text: string): Promise<string> => {
      put(`${folder}/etc/systemd/system/docker-compose-registry.service`, text);
      put(`${folder}/etc/systemd/system/docker.service`, '[Service]\nExecStart=/usr/bin/docker\n');
      put(`${folder}/usr/bin/docker`, '');
      const { stdout, stderr } = await read(
        ...([
          'systemd-analyze',
          'verify',
          `--root=${join(root, folder)}`,
          'docker-compose-registry.service',
        ] as const),
      );
      return stdout + stderr;
    };

    expect(await verify('unit', unit)).not.toMatch(/docker-compose-registry\.service:\d+/);
    expect(
      await verify('wrong-unit', unit.replace('TimeoutStartSec=300', 'TimeoutStartSec=moons')),
    ).toContain('Failed to parse');
  });
});

/** The same configuration where no container is: listeners, certificate and what nginx writes lie in the test's folder. */
async function onLoopback(estate: ThisEstate, root: string): Promise<ThisEstate> {
  const tlsFolder = join(root, 'tls');
  const nginxFolder = join(root, 'nginx');
  for (const folder of [tlsFolder, nginxFolder]) mkdirSync(folder, { recursive: true });
  const authority = await createCertificateAuthority(tlsFolder);
  const { certFile, keyFile } = await authority.issue({
    name: 'registry',
    hosts: ['registry.viktorbarzin.me'],
  });
  copyFileSync(certFile, join(tlsFolder, 'fullchain.pem'));
  copyFileSync(keyFile, join(tlsFolder, 'privkey.pem'));
  const pullThroughCaches = [];
  for (const cache of estate.pullThroughCaches) pullThroughCaches.push({ ...cache, port: await freePort() });
  const { container } = estate.registryVm;
  return {
    ...estate,
    pullThroughCaches,
    legacyRegistry: {
      ...estate.legacyRegistry,
      runsOn: { ...estate.legacyRegistry.runsOn, port: await freePort() },
    },
    registryVm: {
      ...estate.registryVm,
      container: { ...container, listenAddress: '127.0.0.1', tlsFolder, nginxFolder },
    },
  };
}
