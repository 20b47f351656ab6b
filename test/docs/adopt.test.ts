import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, jest, test } from '@jest/globals';
import { deliver } from '../../commands/deliver';
import { deliverablesOf } from '../../delivery/deliverables';
import { git, makeTree, removeTrees, snapshot } from '../delivery/fixture';
import { call } from '../support/call';
import { estateAt } from '../support/estates';
import { synthesizedAt } from '../support/synthesized';

jest.setTimeout(300_000);
afterAll(removeTrees);

const text = readFileSync(join(__dirname, '../../docs/runbooks/adopt.md'), 'utf8');

/** The commands of the runbook, in its order, with the step that each belongs to. */
const commands = text
  .split(/^(?=## \d)/mu)
  .slice(1)
  .flatMap((section) =>
    [...section.matchAll(/^```\n(.*?)^```$/gmsu)].flatMap(([, block = '']) =>
      block
        .trimEnd()
        .split('\n')
        .map((command) => ({ step: section.split('\n')[0]?.slice(3) ?? '', command })),
    ),
  );

/** What needs a state, a cluster or Vault; the rest is done. */
const elsewhere = /^(?:\.\.\/\.\.\/scripts\/tg|kubectl|vault|make synth|\.\/registry parity)/u;

describe('the filter of a plan that prints secrets', () => {
  const [, filter = ''] = /\| (sed '.*')$/mu.exec(text) ?? [];
  const line = (word: string): string => `      ${word} = "x"`;

  test.each([
    [
      'provider 3',
      ['      ~ metadata = {', '          - values = "hunter2" -> null', '        } -> (known after apply)'],
    ],
    [
      'provider 2',
      [
        '      ~ metadata = [',
        '          - {',
        '- values = "hunter2"',
        '            },',
        '        ] -> (known after apply)',
      ],
    ],
  ])("takes the release's metadata away, and nothing else: Helm %s", (_, metadata) => {
    const input = [line('id'), ...metadata, line('name'), ''].join('\n');
    const printed = execFileSync('sh', ['-c', filter], { input, encoding: 'utf8' });
    expect(printed).toBe([line('id'), line('name'), ''].join('\n'));
  });
});

describe('the adoption runbook, walked on a tree', () => {
  test('every command that needs no cluster does what the text says, and stepping back leaves the tree as it was', async () => {
    const root = makeTree();
    const before = snapshot(root);
    const deliverables = deliverablesOf(estateAt('prepare'), [...synthesizedAt('prepare').values()]);
    const transcript: string[] = [];
    const written = new Map<string, string[]>();
    let step = '';
    for (const next of commands) {
      if (next.step !== step) transcript.push(`\n## ${(step = next.step)}`);
      transcript.push(`$ ${next.command}`);
      if (elsewhere.test(next.command)) {
        transcript.push('  (not here: it needs a state, a cluster or the providers)');
        continue;
      }
      const line = next.command.replaceAll('<tree>', root);
      const [, args] = /^\.\/registry (deliver .*)$/u.exec(line) ?? [];
      if (args === undefined) {
        const identity = ['-c', 'user.name=t', '-c', 'user.email=t@example.org'];
        const [, rest = ''] = /^git -C \S+ (.*)$/u.exec(line) ?? [];
        transcript.push(
          execFileSync('sh', ['-c', `git -C ${root} ${identity.join(' ')} ${rest} 2>&1`], {
            encoding: 'utf8',
          }).trim(),
        );
        continue;
      }
      const {
        code,
        out: printed,
        err,
      } = await call(args.split(' '), { verbs: [deliver(() => deliverables)] });
      const found = !args.includes('--write') && !printed.startsWith('nothing to do');
      expect([line, code, err]).toEqual([line, found ? 2 : 0, '']);
      written.set(next.command, printed.split('\n'));
      transcript.push(printed.replaceAll(root, '<tree>').trim());
    }
    console.log(transcript.join('\n'));

    const shown = written.get('./registry deliver --into <tree> --stack forgejo --write') ?? [];
    expect(shown).not.toContain('the next apply would destroy these and create them anew:');
    const again = written.get('./registry deliver --into <tree> --stack forgejo');
    expect(again).toEqual([`nothing to do: ${root} holds everything already`, '']);
    expect(git(root, 'branch', '--format=%(refname:short)').trim()).toBe('master');
    expect(snapshot(root)).toEqual(before);
  });
});
