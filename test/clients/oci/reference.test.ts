import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { isSameHost, parseReference } from '../../../clients/oci/reference';

const digest = `sha256:${'0123456789abcdef'.repeat(4)}`;

const long = `sha512:${'0123456789abcdef'.repeat(8)}`;

describe('a reference', () => {
  it.each([
    ['nginx', { host: 'docker.io', repository: 'library/nginx' }],
    ['my.app', { host: 'docker.io', repository: 'library/my.app' }],
    [`${'a'.repeat(64)}b`, { host: 'docker.io', repository: `library/${'a'.repeat(64)}b` }],
    [`forge.example/${'a'.repeat(255)}`, { host: 'forge.example', repository: 'a'.repeat(255) }],
    ['nginx:1.27', { host: 'docker.io', repository: 'library/nginx', tag: '1.27' }],
    ['joxit/docker-registry-ui', { host: 'docker.io', repository: 'joxit/docker-registry-ui' }],
    ['docker.io/nginx', { host: 'docker.io', repository: 'library/nginx' }],
    ['docker.io/debian:1', { host: 'docker.io', repository: 'library/debian', tag: '1' }],
    ['Index.Docker.io:443/debian', { host: 'docker.io', repository: 'library/debian' }],
    ['registry-1.docker.io/library/debian', { host: 'docker.io', repository: 'library/debian' }],
    ['index.docker.io/library/nginx', { host: 'docker.io', repository: 'library/nginx' }],
    ['forge.example/a--b/c---d', { host: 'forge.example', repository: 'a--b/c---d' }],
    [`forge.example/app@${long}`, { host: 'forge.example', repository: 'app', digest: long }],
    ['Viktor/app', { host: 'Viktor', repository: 'app' }],
    ['localhost/app', { host: 'localhost', repository: 'app' }],
    ['10.0.20.10:5050/infra-ci:3f2a', { host: '10.0.20.10:5050', repository: 'infra-ci', tag: '3f2a' }],
    ['[::1]:5000/app', { host: '[::1]:5000', repository: 'app' }],
    ['registry.example:5050/app', { host: 'registry.example:5050', repository: 'app' }],
    ['forgejo.example/viktor/a/b__c:V1', { host: 'forgejo.example', repository: 'viktor/a/b__c', tag: 'V1' }],
    [`forgejo.example/viktor/app@${digest}`, { host: 'forgejo.example', repository: 'viktor/app', digest }],
    [`forgejo.example/app:1@${digest}`, { host: 'forgejo.example', repository: 'app', tag: '1', digest }],
  ])('%s is read as a container runtime reads it', (text, expected) => {
    expect(parseReference(text)).toStrictEqual(expected);
  });

  it.each([
    ['', 'is not a name'],
    ['@' + digest, 'is not a name'],
    ['app@sha256:abc', 'the digest'],
    [`app@${digest.toUpperCase()}`, 'the digest'],
    [`app@${digest}@${digest}`, 'the digest'],
    ['[::1]', 'the tag'],
    ['/app', 'the repository is malformed, got "/app"'],
    ['forgejo.example/Viktor/app', 'the repository'],
    ['0123456789abcdef'.repeat(4), 'the identifier of an image'],
    ['forgejo.example/viktor//app', 'the repository'],
    ['forgejo.example/viktor/app-', 'the repository'],
    ['forgejo.example/app:', 'the tag is malformed, got ""'],
    ['@', 'is not a name'],
    [`app@sha512:${'0'.repeat(64)}`, 'the digest'],
    ['forgejo.example/app:-x', 'the tag is malformed, got "-x"'],
    [`forgejo.example/app:${'x'.repeat(129)}`, 'the tag'],
    ['-forgejo.example/app', 'the host'],
    ['forgejo.example:port/app', 'the host'],
    [`forgejo.example/${'a'.repeat(256)}`, 'the repository'],
    ['https://forgejo.example/app', 'the host'],
  ])('%s is refused, saying that %s is wrong', (text, wrong) => {
    expect(() => parseReference(text)).toThrow(wrong);
  });

  it.each([
    ['forge.example', 'Forge.Example', true],
    ['forge.example', 'forge.example:443', true],
    ['forge.example:80', 'forge.example.', true],
    ['forge.example', 'forge.example:8443', false],
    ['forge.example:8080', 'forge.example80', false],
    ['docker.io', 'registry-1.docker.io', true],
    ['forge.example', 'forge.example.org', false],
  ])('at %s and at %s is at the same registry: %s', (a, b, same) => {
    expect([isSameHost(a, b), isSameHost(b, a)]).toEqual([same, same]);
  });

  it('that is written out is read back as it was', () => {
    const component = fc.stringMatching(/^[a-z0-9]+([._-][a-z0-9]+)?$/, { size: 'small' });
    const label = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,8}[a-z0-9])?$/);
    const host = fc
      .tuple(fc.array(label, { minLength: 2, maxLength: 4 }), fc.option(fc.integer({ min: 1, max: 65535 })))
      .map(([labels, port]) => `${labels.join('.')}${port === null ? '' : `:${port}`}`);
    const reference = fc.record(
      {
        host,
        repository: fc.array(component, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/')),
        tag: fc.stringMatching(/^\w[\w.-]{0,30}$/),
        digest: fc.stringMatching(/^[0-9a-f]{64}$/).map((hex) => `sha256:${hex}`),
      },
      { requiredKeys: ['host', 'repository'] },
    );
    fc.assert(
      fc.property(reference, (value) => {
        const { host: at, repository, tag, digest: hash } = value;
        const text = `${at}/${repository}${tag ? `:${tag}` : ''}${hash ? `@${hash}` : ''}`;
        expect(parseReference(text)).toEqual(value);
      }),
    );
  });
});
