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

  it.each<readonly [keyof RetentionConfig, unknown]>([
    ['mode', 'dry-run'],
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
