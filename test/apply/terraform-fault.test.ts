import { describe, expect, test } from '@jest/globals';
import { terraformFault } from '../../apply/terraform-fault';

const said = (...lines: readonly string[]): { stdout: string; stderr: string } => ({
  stdout: '',
  stderr: lines.map((line) => `│ ${line}\n`).join(''),
});

describe('what Terraform said', () => {
  test.each([
    [
      'locked',
      [
        'Error: Error acquiring the state lock',
        'Error message: resource temporarily unavailable',
        'Lock Info:',
        '  ID: x',
      ],
    ],
    ['locked', ['Error: already locked for workspace creation: default']],
    ['locked', ['ERROR: stack infra is locked by ci since 10:00']],
    ['stale', ['Error: Saved plan is stale']],
    [
      'transient',
      ['Error: Failed to query available provider packages', 'could not connect to registry.terraform.io'],
    ],
    ['transient', ['Error: Failed to install provider', 'read: connection reset by peer']],
    [
      'transient',
      ['Error making API request.', 'URL: GET http://vault/v1/x', 'Code: 503. Errors:', '* Vault is sealed'],
    ],
    ['transient', ['Error: etcdserver: leader changed']],
    ['transient', ['Get "https://x": net/http: TLS handshake timeout']],
    ['transient', ['Error: pq: the database system is starting up']],
    ['other', ['Error making API request.', 'Code: 403. Errors:', '* permission denied']],
    ['other', ['Error: Error acquiring the state lock', 'Error message: pq: permission denied for schema a']],
    [
      'other',
      [
        'Error: Failed to query available provider packages',
        'no available releases match the given constraints',
      ],
    ],
    ['other', ['Error: creating volume', 'the volume is locked by another operation']],
    [
      'other',
      ['15:04:05.1 STDERR terraform: │ Error: creating volume', 'the volume is locked by another operation'],
    ],
    ['other', ['Error: Reference to undeclared local value']],
    ['other', []],
  ])('is %s: %j', (fault, lines) => {
    expect(terraformFault(said(...lines))).toBe(fault);
  });
});
