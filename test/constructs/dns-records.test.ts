import { describe, expect, test } from '@jest/globals';
import { DnsRecords } from '../../constructs/dns-records';
import { synthesizedFrom } from '../support/stack';
import { blockAt } from '../support/synthesized';

describe('DNS records', () => {
  test('of a host on the own line are A and AAAA, unproxied, moved from where they were', () => {
    const json = synthesizedFrom((stack) => {
      new DnsRecords(stack, 'Dns', {
        name: 'app',
        zoneId: 'zone',
        ipv4: '192.0.2.1',
        ipv6: '2001:db8::1',
        addressPrefix: 'app_',
        movedFromPrefix: 'module.old.cloudflare_record.',
      });
    });
    expect(blockAt(json, 'cloudflare_record.app_a')).toMatchObject({ content: '192.0.2.1', proxied: false });
    expect(blockAt(json, 'cloudflare_record.app_aaaa')).toMatchObject({
      content: '2001:db8::1',
      proxied: false,
    });
    expect(json.moved).toEqual([
      { from: 'module.old.cloudflare_record.a[0]', to: 'cloudflare_record.app_a' },
      { from: 'module.old.cloudflare_record.aaaa[0]', to: 'cloudflare_record.app_aaaa' },
    ]);
  });
});
