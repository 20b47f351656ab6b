import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { formatImageReference, parseImageReference, type ImageReference } from '../../estate/image-reference';

const alphanumeric = 'abcdefghijklmnopqrstuvwxyz0123456789';
const text = (alphabet: string, minLength: number, maxLength: number): fc.Arbitrary<string> =>
  fc.string({ unit: fc.constantFrom(...Array.from(alphabet)), minLength, maxLength });
const word = text(alphanumeric, 1, 8);
const component = fc
  .tuple(word, fc.array(fc.tuple(fc.constantFrom('.', '_', '__', '-', '---'), word), { maxLength: 2 }))
  .map(([first, rest]) => first + rest.flat().join(''));
const host = fc
  .tuple(fc.array(word, { minLength: 2, maxLength: 3 }), fc.option(fc.integer({ min: 1, max: 65535 })))
  .map(([labels, port]) => labels.join('.') + (port === null ? '' : `:${port}`));
const tag = fc
  .tuple(text(`${alphanumeric}ABCXYZ_`, 1, 1), text(`${alphanumeric}ABCXYZ_.-`, 0, 127))
  .map(([first, rest]) => first + rest);
const digest = text('0123456789abcdef', 64, 64).map((hex) => `sha256:${hex}`);

const reference: fc.Arbitrary<ImageReference> = fc
  .tuple(
    host,
    fc.array(component, { minLength: 1, maxLength: 4 }),
    fc.option(tag, { nil: undefined }),
    fc.option(digest, { nil: undefined }),
  )
  .map(([at, components, tagged, digested]) => ({
    host: at,
    repository: components.join('/'),
    ...(tagged === undefined ? {} : { tag: tagged }),
    ...(digested === undefined ? {} : { digest: digested }),
  }));

describe('an image reference', () => {
  test('survives printing and reading', () => {
    fc.assert(
      fc.property(reference, (value) => {
        expect(parseImageReference(formatImageReference(value))).toEqual(value);
      }),
      { numRuns: 1000 },
    );
  });

  test('that parses prints as it was written', () => {
    fc.assert(
      fc.property(text(`${alphanumeric}A.:/@-_`, 1, 40), (value) => {
        let parsed: ImageReference | undefined;
        try {
          parsed = parseImageReference(value);
        } catch {
          return;
        }
        expect(formatImageReference(parsed)).toBe(value);
      }),
      { numRuns: 5000 },
    );
  });

  test.each([
    [
      'registry.viktorbarzin.me:5050/beadboard:17a38e43',
      'registry.viktorbarzin.me:5050',
      'beadboard',
      '17a38e43',
    ],
    ['forgejo.viktorbarzin.me/viktor/app:v4', 'forgejo.viktorbarzin.me', 'viktor/app', 'v4'],
    ['10.0.20.10:5050/app:x', '10.0.20.10:5050', 'app', 'x'],
    ['localhost/app:x', 'localhost', 'app', 'x'],
    ['docker.io/library/alpine:3.20', 'docker.io', 'library/alpine', '3.20'],
  ])('%s has a host, a repository and a tag', (value, at, repository, tagged) => {
    expect(parseImageReference(value)).toEqual({ host: at, repository, tag: tagged });
  });

  test.each([
    ['alpine:3.20', 'write "docker.io/library/alpine:3.20" if Docker Hub is meant'],
    [
      'viktorbarzin/claude-memory-mcp:17',
      'write "docker.io/viktorbarzin/claude-memory-mcp:17" if Docker Hub is meant',
    ],
    ['', 'names no registry'],
    ['Registry.example/app', 'host "Registry.example" is not a lower-case DNS name'],
    ['registry.example:0/app', 'port "0" is not between 1 and 65535'],
    ['registry.example:70000/app', 'port "70000" is not between 1 and 65535'],
    ['registry.example/App', 'path component "App" is not lower-case'],
    ['registry.example/a//b', 'path component "" is not lower-case'],
    ['registry.example/', 'path component "" is not lower-case'],
    ['registry.example/a..b', 'path component "a..b" is not lower-case'],
    ['registry.example/app:', 'tag "" is not 1 to 128'],
    ['registry.example/app:-x', 'tag "-x" is not 1 to 128'],
    [`registry.example/app:${'x'.repeat(129)}`, 'is not 1 to 128'],
    ['registry.example/app@sha256:abc', 'digest "sha256:abc" is not "sha256:" and 64'],
    [`registry.example/app@sha512:${'a'.repeat(64)}`, 'is not "sha256:" and 64'],
    [`registry.example/app@sha256:${'a'.repeat(64)}@x`, 'has more than one "@"'],
    [`registry.example/${'a'.repeat(256)}`, 'repository is 256 characters long, 255 are allowed'],
  ])('%s is refused', (value, message) => {
    expect(() => parseImageReference(value)).toThrow(message);
  });
});
