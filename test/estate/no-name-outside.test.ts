import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { estate } from '../../estate';
import { holdsWord, leavesOf } from '../support/leaves';
import { choicesOf } from '../support/plausible';

const root = join(__dirname, '../..');

/** Neither the facts, nor what tests and documents say of them. */
const notCode = ['cdktf.out', 'coverage', 'docs', 'estate', 'node_modules', 'test'];

/** Values of this homelab that any other may have too, for they name no place, person or thing of it. */
const commonWords: readonly string[] = [
  // Programs and parts of them, by the name that their makers gave.
  ...[
    'coredns',
    'cron',
    'curl',
    'docker.io',
    'forgejo',
    'https://registry-1.docker.io',
    'kubectl',
    'kubelet',
  ],
  ...['kyverno', 'registry.k8s.io', 'registry.k8s.io/pause:3.10', 'vault', 'woodpecker'],
  // What Woodpecker's own command line reads.
  'WOODPECKER_TOKEN',
  // Their defaults.
  ...['/etc/containerd/certs.d', '0.0.0.0', 'default', 'kube-system', 'kubernetes', 'latest', 'root'],
  // Stacks of this project and what it puts there.
  ...['.woodpecker/registry-config-sync.yml', 'forgejo_cleanup_token', 'infra', 'monitoring', 'registry-vm'],
  ...['vault-woodpecker-sync', 'woodpecker-sync'],
  // Folders by the name that anybody gives them, our own too.
  'docs/runbooks',
  // Branches by the name that anybody gives them.
  ...['main', 'master'],
  // Words of a language.
  ...['/cache/', 'apply', 'platform', 'private', 'public', 'sync', 'user'],
];

const files = readdirSync(root, { withFileTypes: true })
  .filter(({ name }) => !name.startsWith('.') && !notCode.includes(name))
  .flatMap((entry) =>
    entry.isDirectory()
      ? readdirSync(join(root, entry.name), { recursive: true, encoding: 'utf8' }).map((path) =>
          join(entry.name, path),
        )
      : [entry.name],
  )
  .filter((path) => /\.(ts|sh|mjs)$|^registry$/.test(path));

/** Without comments, which may say what happened where, and without the names of our own files. */
function code(text: string): string {
  return text
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .replace(/^\s*(\/\/|#).*$|\s\/\/ .*$/gm, '')
    .replace(/^import .*$|from '.*'/gm, '');
}

test('no source outside of estate/ knows a name of this homelab', () => {
  const values = leavesOf({ ...estate, evidence: [], evidenceFaults: [] }).flatMap((leaf) =>
    typeof leaf.value === 'string' && choicesOf(leaf) === undefined ? [leaf.value] : [],
  );
  const names = [...new Set(values)].filter((value) => value.length > 3 && !commonWords.includes(value));
  expect(names.length).toBeGreaterThan(150);
  const found = files.flatMap((path) => {
    const text = code(readFileSync(join(root, path), 'utf8'));
    return names.filter((name) => holdsWord(text, name)).map((name) => `${path}: ${name}`);
  });
  expect(files.length).toBeGreaterThan(350);
  expect(found).toEqual([]);
  expect(commonWords.filter((word) => !values.includes(word))).toEqual([]);
});

test('and would be seen with one', () => {
  expect(holdsWord(code(`const host = '${estate.forgejo.host}'; // fine`), estate.forgejo.host)).toBe(true);
});
