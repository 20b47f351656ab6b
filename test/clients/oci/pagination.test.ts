import { expect, it } from '@jest/globals';
import { namesOf, nextPage } from '../../../clients/oci/pagination';

it.each([
  ['</a>; rel="next"', '/a'],
  ['</a>; rel=next', '/a'],
  ['</a>;REL="Next"', '/a'],
  ['</a>; rel="prev next"', '/a'],
  ['</p>; rel="prev", </a?x=1,2>; rel="next"', '/a?x=1,2'],
  ['</p>; title="a, <b>; rel=next"; rel=prev, </a>; rel="next"', '/a'],
  ['</a>; rel="nextpage"', undefined],
  ['</a>; title="; rel=next"; rel="last"', undefined],
  ['</a>; rel="last"; rel="next"', undefined],
  ['</a>; title=next', undefined],
  ['</a>; title="x"; rel=next', '/a'],
  ['</a>; crossorigin; rel=next', '/a'],
  ['</a>; rel="ne\\xt"', '/a'],
  ['</a>x; rel="next"', undefined],
  ['</a>', undefined],
  ['rel="next"', undefined],
  [null, undefined],
])('the next page that %s names is %s', (header, next) => {
  expect(nextPage(header)).toBe(next);
});

const asked = { method: 'GET', url: new URL('https://forge.example/v2/_catalog') } as const;

it.each([
  [{ names: ['a', 'b'] }, ['a', 'b']],
  [{ names: null }, []],
])('the names of %j are %j', (page, names) => {
  expect(namesOf(page, 'names', asked)).toEqual(names);
});

it.each([[{ names: {} }], [{ names: ['a', 1] }], [{ names: 'a' }], [{}], [null], [[]]])(
  '%j has no list of names',
  (page) => {
    const read = (): unknown => namesOf(page, 'names', asked);
    expect(read).toThrow(/_catalog: .*"names" is not a list of names; check that this address is a registry/);
    expect(read).toThrow(expect.objectContaining({ kind: 'malformed' }));
  },
);
