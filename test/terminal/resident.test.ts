import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import { Resident } from '../../terminal/resident';

const limits = { seconds: 20, bytes: 100_000 };
const sh = (script: string, more: Partial<typeof limits> = {}): Resident =>
  new Resident('sh', ['-c', script], { PATH: process.env['PATH'] }, { ...limits, ...more });
const each = (does: string): string => `while read -r number question; do ${does}; done`;
const endedWith = (stderr: string, code = 1): object => ({ ended: { code, stdout: '', stderr } });

describe('a program that stays', () => {
  test('answers one line after the other, and goes when it is told to', async () => {
    const one = sh(each('echo "$number <$question> of $$"'));
    const [first, second] = [await one.ask('a  b'), await one.ask('')];
    expect(first).toMatchObject({ text: expect.stringMatching(/^<a {2}b> of \d+$/u) });
    expect(second).toMatchObject({ text: expect.stringMatching(/^<> of \d+$/u) });
    expect(one.hasEnded).toBe(false);
    await one.end();
    expect(one.hasEnded).toBe(true);
  });

  test('is heard for what it was asked alone, and in whole lines', async () => {
    const one = sh(each('echo chatter; echo "$((number - 1)) late"; printf "$number in "; echo pieces'));
    expect([await one.ask('first'), await one.ask('second')]).toEqual([
      ...[{ text: 'in pieces' }, { text: 'in pieces' }],
    ]);
    await one.end();
  });

  test('that ends instead of answering says how, also to whoever asks afterwards', async () => {
    const one = sh(each('echo "cannot $question" >&2; exit 3'));
    expect(await one.ask('do')).toEqual(endedWith('cannot do\n', 3));
    expect(await one.ask('more')).toEqual(endedWith('cannot do\n', 3));
    await one.end();
  });

  test('that another ends says by what', async () => {
    const one = sh(each('kill -9 $$'));
    expect(await one.ask('do')).toEqual(endedWith('ended by SIGKILL'));
  });

  test('that is not there says so', async () => {
    const one = new Resident('/no/such/program', [], {}, limits);
    expect(await one.ask('do')).toEqual(endedWith('spawn /no/such/program ENOENT', 127));
    await one.end();
  });

  test('that does not answer is ended, with what it started', async () => {
    const file = join(mkdtempSync(join(tmpdir(), 'resident-')), 'started');
    const one = sh(each(`(sleep 1.5; touch ${file}) & wait`));
    expect(await one.ask('do', 0.5)).toEqual(endedWith('ended: it did not answer within 0.5 s'));
    await sleep(2000);
    expect(existsSync(file)).toBe(false);
    rmSync(dirname(file), { recursive: true });
  });

  test.each(['', ' >&2'])('that prints without end%s is ended', async (where) => {
    const one = sh(each(`while :; do echo aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa${where}; done`));
    const answer = await one.ask('do');
    const told = 'ended' in answer ? answer.ended.stderr : '';
    expect(told).toMatch(/ended: it printed more than 100000 bytes$/u);
    expect(told.length).toBeLessThan(1_000_000);
  });

  test('that prints a little to each question is not', async () => {
    const one = sh(each('head -c 60000 /dev/zero | tr "\\0" a >&2; echo "$number done"'));
    for (let at = 0; at < 3; at += 1) expect(await one.ask('do')).toEqual({ text: 'done' });
    await one.end();
  });

  test('that does not go is ended', async () => {
    const one = sh('sleep 100');
    await one.end(0.2);
    expect(one.hasEnded).toBe(true);
  });
});
