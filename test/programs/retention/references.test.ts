import { describe, expect, it } from '@jest/globals';
import { protectionsOf } from '../../../programs/retention/references';

const scope = { registryHosts: ['forge.example', 'forge.internal:3000'], owner: 'viktor' };
const sha = `sha256:${'a'.repeat(64)}`;
const sha512 = `sha512:${'a'.repeat(128)}`;
const targets = (text: string): readonly object[] =>
  protectionsOf(text, 'running', 'Pod a/b', scope).map(({ target }) => target);

describe('a reference protects', () => {
  it.each([
    ['forge.example/viktor/app:v1', [{ kind: 'tag', package: 'app', tag: 'v1' }]],
    ['forge.example./viktor/app:v1', [{ kind: 'unparsable', text: 'forge.example./viktor/app:v1' }]],
    ['FORGE.INTERNAL:3000/viktor/app:v1', [{ kind: 'tag', package: 'app', tag: 'v1' }]],
    ['docker://forge.example:80/viktor/app:v1', [{ kind: 'tag', package: 'app', tag: 'v1' }]],
    ['forge.internal:3000/viktor/team/app:v1', [{ kind: 'tag', package: 'team/app', tag: 'v1' }]],
    ['forge.example/viktor/app:V1.0-RC', [{ kind: 'tag', package: 'app', tag: 'v1.0-rc' }]],
    ['forge.example/viktor/app', [{ kind: 'tag', package: 'app', tag: 'latest' }]],
    ['Forge.Example:443/viktor/app:v1', [{ kind: 'tag', package: 'app', tag: 'v1' }]],
    [`forge.example/viktor/app@${sha}`, [{ kind: 'digest', digest: sha, package: 'app' }]],
    [
      `forge.example/viktor/app:v1@${sha}`,
      [
        { kind: 'digest', digest: sha, package: 'app' },
        { kind: 'tag', package: 'app', tag: 'v1' },
      ],
    ],
    [`registry.example/app@${sha}`, [{ kind: 'digest', digest: sha }]],
    [sha, [{ kind: 'digest', digest: sha }]],
    [`docker-pullable://forge.example/viktor/app@${sha}`, [{ kind: 'digest', digest: sha, package: 'app' }]],
    ['a'.repeat(64), [{ kind: 'digest', digest: sha }]],
    ['forge.example/Viktor/app:v1', [{ kind: 'unparsable', text: 'forge.example/Viktor/app:v1' }]],
    [
      `{{ registry }}/app@${sha}`,
      [
        { kind: 'unparsable', text: `{{ registry }}/app@${sha}` },
        { kind: 'digest', digest: sha },
      ],
    ],
    ['  forge.example/viktor/app:v1\n', [{ kind: 'tag', package: 'app', tag: 'v1' }]],
    [`${'a'.repeat(64)}:v1`, []],
    [
      'forge.example/viktor/oci://app:v1',
      [{ kind: 'unparsable', text: 'forge.example/viktor/oci://app:v1' }],
    ],
    [
      `forge.example/viktor/app@${sha512}`,
      [{ kind: 'unparsable', text: `forge.example/viktor/app@${sha512}` }],
    ],
    ['forge.example/viktor/app:', [{ kind: 'unparsable', text: 'forge.example/viktor/app:' }]],
    ['forge.example/somebody/app:v1', []],
    ['elsewhere.example/viktor/app:v1', []],
    ['nginx:1.27', []],
  ])('%s', (text, expected) => {
    expect(targets(text)).toEqual(expected);
  });

  it('in the name of what needs it', () => {
    expect(protectionsOf(sha, 'synthesized', 'app, next phase', scope)).toEqual([
      { source: 'synthesized', by: 'app, next phase', target: { kind: 'digest', digest: sha } },
    ]);
  });
});
