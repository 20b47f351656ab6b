import { describe, expect, test } from '@jest/globals';
import { parse } from 'smol-toml';
import { absentHostsTomlFolders, hostsTomlFiles, hostsTomlFolder } from '../../cloud-init/containerd-hosts';
import { contentText, secretPlaceholder } from '../../cloud-init/content';
import { estate } from '../../estate';
import type { Estate } from '../../estate/estate';
import { phases } from '../../estate/phases';
import { validateEstate } from '../../estate/validate';
import { estateAt } from '../support/estates';
import { legacySpellings } from '../../estate/derived/legacy-registry';

const redirected: Estate = {
  ...estate,
  pullPaths: estate.pullPaths.map((path) =>
    path.client === 'kubelet' && path.registry === 'forgejo' ? { ...path, by: 'redirect' } : path,
  ),
};
const folder = '/etc/containerd/certs.d';
const hostsToml = (subject: Estate, registry: string): unknown => {
  const file = hostsTomlFiles(subject).find(({ path }) => path === `${folder}/${registry}/hosts.toml`);
  return file === undefined ? undefined : { ...parse(contentText(file.content, secretPlaceholder)) };
};

describe('hosts.toml', () => {
  test('lies in a folder whose port stands between underscores', () => {
    expect(hostsTomlFolder('10.0.20.10:5050')).toBe('10.0.20.10_5050_');
    expect(hostsTomlFolder('docker.io')).toBe('docker.io');
  });

  test.each(estate.pullThroughCaches)(
    'of $upstream asks its cache first and then the upstream',
    ({ upstream, upstreamUrl, port }) => {
      expect(hostsToml(estate, upstream)).toEqual({
        server: upstreamUrl,
        host: { [`http://10.0.20.10:${port}`]: { capabilities: ['pull', 'resolve'], dial_timeout: '3s' } },
      });
    },
  );

  test.each(legacySpellings(estate))(
    'of %s dials the VM by a name of its certificate, and nothing stands behind it',
    (spelling) => {
      expect(hostsToml(estate, hostsTomlFolder(spelling))).toEqual({
        server: 'https://registry-vm.viktorbarzin.me:5050',
        capabilities: ['pull', 'resolve'],
        host: { 'https://registry-vm.viktorbarzin.me:5050': { capabilities: ['pull', 'resolve'] } },
      });
    },
  );

  test('of Forgejo does not exist by DNS, and the one of May 2026 goes', () => {
    expect(hostsToml(estate, 'forgejo.viktorbarzin.me')).toBeUndefined();
    expect(absentHostsTomlFolders(estate)).toEqual([`${folder}/forgejo.viktorbarzin.me`]);
  });

  test('of Forgejo names it by redirect', () => {
    expect(() => validateEstate(redirected)).not.toThrow();
    expect(hostsToml(redirected, 'forgejo.viktorbarzin.me')).toEqual({
      server: 'https://forgejo.viktorbarzin.me',
      capabilities: ['pull', 'resolve'],
      host: { 'https://forgejo.viktorbarzin.me': { capabilities: ['pull', 'resolve'] } },
    });
    expect(absentHostsTomlFolders(redirected)).toEqual([]);
  });

  test('of the legacy registry goes with it', () => {
    expect(hostsToml(estateAt('cutover'), 'registry.viktorbarzin.me')).toBeDefined();
    expect(hostsToml(estateAt('decommission'), 'registry.viktorbarzin.me')).toBeUndefined();
    expect(absentHostsTomlFolders(estateAt('decommission'))).toEqual([
      `${folder}/forgejo.viktorbarzin.me`,
      `${folder}/registry.viktorbarzin.me`,
      `${folder}/registry.viktorbarzin.me_5050_`,
      `${folder}/10.0.20.10_5050_`,
    ]);
  });

  test.each(phases)('never leaves a certificate unchecked in %s', (phase) => {
    for (const { content } of hostsTomlFiles(estateAt(phase)))
      expect(contentText(content, secretPlaceholder)).not.toMatch(/skip_verify/);
  });
});
