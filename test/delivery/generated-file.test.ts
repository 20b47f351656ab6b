import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { deliveredBody, ownershipOf, renderGenerated } from '../../delivery/generated-file';
import { forgejo } from './deliverables';

describe('a generated file', () => {
  test('holds no terraform or provider block, no cdktf note and nothing of the cdktf form alone', () => {
    const body = deliveredBody(forgejo.json, forgejo.drop);
    expect(Object.keys(body).sort()).toEqual(['data', 'moved', 'resource', 'variable']);
    expect(JSON.stringify(body)).not.toContain('uniqueId');
  });

  test('keeps a "//" key that is data', () => {
    const data = { kubernetes_config_map: { a: { '//': { metadata: 1 }, data: { '//': 'kept' } } } };
    expect(deliveredBody({ '//': 1, resource: data })).toEqual({
      resource: { kubernetes_config_map: { a: { data: { '//': 'kept' } } } },
    });
  });

  test('is the same text whatever the order of keys, says what rewrites it, and knows itself', () => {
    const one = renderGenerated({ locals: { b: 1, a: [{ d: 1, c: 2 }] } });
    expect(one).toBe(renderGenerated({ locals: { a: [{ c: 2, d: 1 }], b: 1 } }));
    expect(one).toContain('"rewrite with": "./registry deliver --into <this tree> --write"');
    expect(ownershipOf(one)).toBe('ours');
  });

  test.each([
    ['foreign', '{}'],
    ['foreign', 'not JSON'],
    ['foreign', '[]'],
    ['foreign', '{"//":{"metadata":{"stackName":"forgejo"}}}'],
    ['edited', renderGenerated({ locals: { a: 1 } }).replace('1\n', '2\n')],
    ['edited', renderGenerated({ locals: { a: 1 } }).replace('  "locals"', '"locals"')],
    ['edited', renderGenerated({ locals: { a: 1 } }).slice(0, -4)],
  ])('is told apart from what is %s', (owner, text) => {
    expect(ownershipOf(text)).toBe(owner);
  });

  test('reads back as the body it was rendered from, for any JSON', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (body) => {
        const { '//': note, ...rest } = body;
        const { '//': marker, ...read } = JSON.parse(renderGenerated(rest)) as Record<string, unknown>;
        expect(note === undefined || marker !== undefined).toBe(true);
        expect(read).toEqual(JSON.parse(JSON.stringify(rest)));
        expect(ownershipOf(renderGenerated(rest))).toBe('ours');
      }),
    );
  });
});
