import { expect, it } from '@jest/globals';
import { nextPage } from '../../../clients/oci/pagination';

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
  ['</a>', undefined],
  ['rel="next"', undefined],
  [null, undefined],
])('the next page that %s names is %s', (header, next) => {
  expect(nextPage(header)).toBe(next);
});
