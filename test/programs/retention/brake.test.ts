import { expect, it } from '@jest/globals';
import { brakeOf, describeBrake } from '../../../programs/retention/brake';

const told = (packages: number, objects: number, expected: Parameters<typeof brakeOf>[1]): string => {
  const brake = brakeOf({ packages, objects }, expected);
  return brake === undefined ? 'none' : describeBrake(brake);
};

it.each([
  [
    9,
    40,
    { packages: undefined, objects: undefined },
    /^retention: nothing .*no earlier run is known .*; the next run can$/,
  ],
  [9, 40, { packages: undefined, objects: 999 }, /no earlier run/],
  [
    8,
    40,
    { packages: 9, objects: 40 },
    /the list shrank, got 8 of 9 packages with a tag; check .* delete this job's Pushgateway group$/,
  ],
  [
    9,
    19,
    { packages: 9, objects: 40 },
    /the cluster shrank, got 19 objects where the last run saw 40; check .* ServiceAccount/,
  ],
  [9, 20, { packages: 9, objects: 40 }, /^none$/],
  [9, 0, { packages: 9, objects: undefined }, /^none$/],
  [10, 99, { packages: 9, objects: 40 }, /^none$/],
])(
  '%d packages and %d objects, where %j are expected, is a brake: %s',
  (packages, objects, expected, brake) => {
    expect(told(packages, objects, expected)).toMatch(brake);
  },
);
