import { describe, expect, it } from '@jest/globals';
import { DEFAULT_POLICY, parseConfig, type RetentionConfig } from '../../../programs/retention/config';

const config: RetentionConfig = {
  ...DEFAULT_POLICY,
  mode: 'observe',
  forgeUrl: 'http://forgejo.forgejo.svc.cluster.local',
  registryHosts: ['forge.example'],
  owner: 'viktor',
  tokenUser: 'viktor',
  estateReferences: ['forge.example/viktor/app:v1'],
  pushgatewayUrl: 'http://pushgateway:9091',
  deadlineSeconds: 2880,
};

describe('the retention configuration', () => {
  it('is read back as it was written', () => {
    expect(parseConfig(JSON.stringify(config))).toEqual(config);
  });

  it('is refused with every fault at once, each with the value received', () => {
    const { owner: _owner, ...wrong } = {
      ...config,
      keepNewestTags: 0,
      alwaysKeepPatterns: ['cache'],
      dryRun: true,
    };

    expect(() => parseConfig(JSON.stringify(wrong))).toThrow(
      'retention configuration: owner must be a user or organization in lower case, got nothing; keepNewestTags must be a whole number from 1 to 1000000, got 0; alwaysKeepPatterns must be a list of regular expressions between slashes, got ["cache"]; dryRun is not a setting; correct the construct\'s props',
    );
  });

  it('ships a policy that keeps ten builds, latest, caches and two days, and frees fifty a run', () => {
    expect(DEFAULT_POLICY).toEqual({
      ...{ keepNewestTags: 10, alwaysKeepTags: ['latest'], alwaysKeepPatterns: ['/cache/'], graceHours: 48 },
      ...{ maxDeletionsPerRun: 50, maxDeletedShareOfPackage: 0.3 },
    });
  });

  it('says of each field what it must be', () => {
    const nothing = (): unknown => parseConfig('{}');
    for (const wanted of [
      'mode must be "observe" or "enforce"',
      'registryHosts must be a list of at least 1 hosts in lower case',
      'tokenUser must be a user',
      'estateReferences must be a list of image references',
      'alwaysKeepTags must be a list of tags',
      'graceHours must be hours from 0 to 87600',
      'maxDeletedShareOfPackage must be a share from 0 to 1',
    ])
      expect(nothing).toThrow(`${wanted}, got nothing`);
  });

  it.each<readonly [keyof RetentionConfig, unknown]>([
    ['mode', 'enforce'],
    ['owner', 'v'],
    ['owner', 'v1-_.k2'],
    ['tokenUser', 'V'],
    ['tokenUser', 'Vik.Tor-1'],
    ['alwaysKeepPatterns', ['/^a[/]b$/']],
    ['kubernetesUrl', 'https://k:6443'],
  ])('takes %s %j', (name, value) => {
    expect(parseConfig(JSON.stringify({ ...config, [name]: value }))).toMatchObject({
      ...config,
      [name]: value,
    });
  });

  it.each<readonly [keyof RetentionConfig, unknown]>([
    ['mode', 'dry-run'],
    ...['observed', 'unobserve', 'enforce '].map((each) => ['mode', each] as const),
    ...['-viktor', 'viktor-', 'Viktor', 'vikTor', 'viktoR', 'V', ''].map((each) => ['owner', each] as const),
    ...['-viktor', 'viktor-', '', 'v k'].map((each) => ['tokenUser', each] as const),
    ['alwaysKeepTags', [1]],
    ...[['/cache'], ['cache/'], ['x/cache/'], ['/cache/x'], ['/a\\/'], ['//'], [1]].map(
      (each) => ['alwaysKeepPatterns', each] as const,
    ),
    ['forgeUrl', 'forgejo:3000'],
    ['forgeUrl', 'http://user:secret@forgejo'],
    ['registryHosts', []],
    ['estateReferences', [{ reference: 'forge.example/viktor/app:v1' }]],
    ['alwaysKeepTags', ['sha256:1']],
    ['alwaysKeepPatterns', ['/(/']],
    ['graceHours', -1],
    ['maxDeletedShareOfPackage', 1.5],
    ['maxConcurrentRequests', 0],
  ])('refuses %s %j', (name, value) => {
    expect(() => parseConfig(JSON.stringify({ ...config, [name]: value }))).toThrow(`${name} must be`);
  });
});
