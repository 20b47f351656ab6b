import { spawnSync } from 'node:child_process';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { asRoot } from '../../rollout/machine-command';
import { shellLine } from '../../terminal/shell-words';

const words = fc.array(
  fc.string({ unit: 'binary' }).filter((word) => !word.includes('\0')),
  {
    minLength: 1,
  },
);

describe('a command line', () => {
  test('is read back by a shell as the words it was made of', () => {
    fc.assert(
      fc.property(words, (list) => {
        const { stdout } = spawnSync('sh', ['-c', `printf '%s\\0' ${shellLine(list)}`], { encoding: 'utf8' });
        expect(stdout.split('\0').slice(0, -1)).toEqual(list);
      }),
      { numRuns: 50 },
    );
  });

  test('leaves plain words plain', () => {
    expect(shellLine(['kubectl', 'get', 'node/a', '--output=json', '', "it's"])).toBe(
      "kubectl get node/a --output=json '' 'it'\\''s'",
    );
  });

  test('of ssh asks nobody, and takes no unknown host key', () => {
    const { args } = asRoot({ user: 'wizard', knownHosts: '/k', configFile: '/c' }, 'node1', 'true', []);
    expect(args.join(' ')).toBe(
      '-T -F /c -o BatchMode=yes -o StrictHostKeyChecking=yes -o ConnectTimeout=10 -o ServerAliveInterval=15 -o ServerAliveCountMax=4 -o UserKnownHostsFile=/k wizard@node1 sudo -n sh -c true rollout',
    );
  });
});
