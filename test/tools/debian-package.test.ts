import { describe, expect, it } from '@jest/globals';
import { upstreamVersion } from '../../lab/programs/debian-package';

describe('the upstream version of a Debian package', () => {
  it.each([
    ['3.4.23-4+b4', '3.4.23'],
    ['2.8.2+ds1-1', '2.8.2'],
    ['2.42.0+ds-5+deb12u1', '2.42.0'],
    ['1.6.20~ds1-1+deb12u3', '1.6.20'],
    ['1:1.0-rc1-2', '1.0-rc1'],
    ['0.9.0-1', '0.9.0'],
  ])('of %s is %s', (debian, upstream) => {
    expect(upstreamVersion(debian)).toBe(upstream);
  });
});
