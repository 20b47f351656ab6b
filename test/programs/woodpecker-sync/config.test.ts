import { describe, expect, test } from '@jest/globals';
import { parseConfig, type WoodpeckerSyncConfig } from '../../../programs/woodpecker-sync/config';

const good: WoodpeckerSyncConfig = {
  vaultUrl: 'http://vault-active.vault.svc.cluster.local:8200',
  vaultAuthMount: 'kubernetes',
  vaultRole: 'woodpecker-sync',
  vaultMount: 'secret',
  woodpeckerUrl: 'http://woodpecker-server.woodpecker.svc.cluster.local',
  instance: 'ci.viktorbarzin.me',
  apiTokenPath: 'ci/global',
  apiTokenKey: 'woodpecker_api_token',
  globalPath: 'ci/global',
  repositories: [
    { name: 'infra', id: 1 },
    { name: 'app', id: 2, path: 'ci/app' },
  ],
  events: ['cron', 'deployment', 'manual', 'push', 'tag'],
  filters: [{ secret: 'forgejo_push_token', images: ['docker.io/woodpeckerci/plugin-docker-buildx:6'] }],
  pushgatewayUrl: 'http://pushgateway.monitoring:9091',
  deadlineSeconds: 480,
};
const parse = (change: object): unknown => parseConfig(JSON.stringify({ ...good, ...change }));

describe('the configuration of the sync', () => {
  test('is what the construct writes', () => {
    expect(parse({})).toEqual(good);
  });

  test.each([
    [{ vaultUrl: 'http://vault/v1' }, 'vaultUrl must be scheme, host and port, got "http://vault/v1"'],
    [{ vaultAuthMount: '../sys' }, 'vaultAuthMount must be a path below the mount'],
    [{ globalPath: 'ci/../vault' }, 'globalPath must be a path below the mount'],
    [{ globalPath: '' }, 'globalPath must be'],
    [{ apiTokenKey: undefined }, 'apiTokenKey must be a key, got nothing'],
    [{ events: [] }, 'events must be a list of at least 1'],
    [{ events: ['breakfast'] }, 'events must be'],
    [{ repositories: [{ name: 'a', id: 0 }] }, 'repositories must be'],
    [{ repositories: [{ name: 'a', id: 1, paths: 'x' }] }, 'repositories must be'],
    [{ repositories: [null] }, 'repositories must be'],
    [{ filters: [{ secret: '..' }] }, 'filters must be'],
    [{ filters: [{ secret: 'a', images: ['a b'] }] }, 'filters must be'],
    [{ filters: [{ secret: 'a', events: [] }] }, 'filters must be'],
    [{ deadlineSeconds: 0.5 }, 'deadlineSeconds must be a whole number'],
    [{ token: 'x' }, 'token is not a setting'],
  ])('%j is refused', (change, fault) => {
    expect(() => parse(change)).toThrow(fault);
  });
});
