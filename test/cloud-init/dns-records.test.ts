import { describe, expect, test } from '@jest/globals';
import { dnsRecords, dnsSnippets } from '../../cloud-init/dns-records';
import { estate } from '../../estate';
import { estateAt } from '../support/estates';
import { expectGolden, goldensIn } from '../support/golden';

describe('DNS', () => {
  test('leads each name to its front door', () => {
    expect(dnsRecords(estate).map(({ server, name, data }) => `${server}: ${name} -> ${data}`)).toEqual([
      'technitium: forgejo.viktorbarzin.me -> 10.0.20.200',
      'technitium: registry-vm.viktorbarzin.me -> 10.0.20.10',
      'coredns: forgejo.viktorbarzin.me -> traefik.traefik.svc.cluster.local',
    ]);
  });

  test('forgets the name of the legacy registry with the registry', () => {
    const names = dnsRecords(estateAt('decommission')).map(({ name }) => name);
    expect(new Set(names)).toEqual(new Set(['forgejo.viktorbarzin.me']));
  });

  test.each(dnsSnippets(estate).map(({ fileName, text }) => [fileName, text] as const))(
    'has %s as reviewers read it',
    (fileName, text) => {
      expectGolden(`cloud-init/dns/${fileName}`, text);
    },
  );

  test('has no golden that nothing renders', () => {
    expect(goldensIn('cloud-init/dns').map(({ path }) => path)).toEqual(
      dnsSnippets(estate)
        .map(({ fileName }) => `cloud-init/dns/${fileName}`)
        .sort(),
    );
  });

  test('holds no zone for the whole domain, which would have to repeat every public record (incident 52)', () => {
    for (const { text } of dnsSnippets(estate))
      expect(text).not.toMatch(/(^|["\s])viktorbarzin\.me\.?(["\s:]|$)/m);
  });
});
