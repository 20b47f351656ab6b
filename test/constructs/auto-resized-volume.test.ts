import { describe, expect, test } from '@jest/globals';
import { AutoResizedVolume } from '../../constructs/auto-resized-volume';
import { synthesizedFrom } from '../support/stack';
import { blockAt } from '../support/synthesized';

const props = {
  resourceName: 'data',
  name: 'data',
  namespace: 'apps',
  storageClass: 'fast',
  initialSize: '15Gi',
  maxSize: '50Gi',
  increasePercent: 50,
  freeThresholdPercent: 10,
};

describe('an auto-resized volume', () => {
  test('is annotated, ignored where it grows, and can not be destroyed: all three or none', () => {
    const json = synthesizedFrom((stack) => {
      new AutoResizedVolume(stack, 'Volume', props);
    });
    expect(blockAt(json, 'kubernetes_persistent_volume_claim.data')).toMatchObject({
      wait_until_bound: false,
      metadata: {
        annotations: {
          'resize.topolvm.io/threshold': '10%',
          'resize.topolvm.io/increase': '50%',
          'resize.topolvm.io/storage_limit': '50Gi',
        },
      },
      lifecycle: { prevent_destroy: true, ignore_changes: ['spec[0].resources[0].requests'] },
    });
  });
});
