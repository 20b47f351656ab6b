import { describe, expect, it } from '@jest/globals';
import { parseConfig as parseProbe } from '../../programs/integrity-probe/config';
import { parseConfig as parseRetention } from '../../programs/retention/config';
import { configFor } from '../support/program-process';

const servers = {
  registryUrl: 'https://forge.example',
  clusterUrl: 'https://cluster.example',
  pushgatewayUrl: 'http://gateway:9091',
};

describe.each([
  ['retention', parseRetention],
  ['integrity-probe', parseProbe],
] as const)('the configuration of %s', (program, parse) => {
  const config = configFor(program, servers);
  const faultsOf = (value: unknown): string => {
    try {
      parse(typeof value === 'string' ? value : JSON.stringify(value));
      return 'none';
    } catch (error) {
      return (error as Error).message;
    }
  };

  it('is accepted as it is meant', () => {
    expect(faultsOf(config)).toBe('none');
  });

  it.each(['null', '[]', '5', '"x"', '', '{', 'NaN', '[{}]', '{"a":1}}'])('%s is no object', (text) => {
    expect(faultsOf(text)).toContain('it must be a JSON object');
  });

  it('that is empty lacks every setting by name', () => {
    const wanted = Object.keys(config).filter(
      (name) => !['kubernetesUrl', program === 'retention' ? 'maxConcurrentRequests' : ''].includes(name),
    );
    for (const name of wanted) expect(faultsOf({})).toMatch(new RegExp(`\\b${name} must be .*, got nothing`));
    expect(faultsOf({}).split('; ')).toHaveLength(wanted.length + 1);
  });

  it.each(Object.keys(config))(
    'names %s when it is of another type, and everything else beside it',
    (name) => {
      for (const value of [null, {}, [{}], { toString: 1 }, true, -1, 0.5, 1e300, '', '!!!', '\u001b[2J']) {
        const message = faultsOf({ ...config, [name]: value, unheard: 1 });
        expect(message).toContain('unheard is not a setting');
        expect(message).not.toMatch(/[\p{Cc}\p{Cf}]|Cannot |TypeError/u);
      }
      expect(faultsOf({ ...config, [name]: { toString: 1 } })).toContain(`${name} must be`);
    },
  );
});

it.each([
  ['retention', { owner: 'Viktor' }],
  ['retention', { registryHosts: ['HTTPS://F'] }],
  ['retention', { registryHosts: ['F.example'] }],
  ['retention', { registryHosts: [] }],
  ['retention', { estateReferences: ['!!!'] }],
  ['retention', { estateReferences: [{ reference: 'forge.example/a:1' }] }],
  ['retention', { maxConcurrentRequests: 1e9 }],
  ['integrity-probe', { deployedReferences: ['!!!'] }],
  ['integrity-probe', { canaryReference: '!!!' }],
  ['integrity-probe', { maxConcurrentRequests: 1e9 }],
  ['integrity-probe', { instance: 'HTTPS://F' }],
  ['integrity-probe', { retiredJobs: null }],
  ['integrity-probe', { pushgatewayUrl: 'http://user:secret@gateway' }],
] as const)('%s refuses %j', (program, change) => {
  const parse = program === 'retention' ? parseRetention : parseProbe;
  const [name = ''] = Object.keys(change);
  expect(() => parse(JSON.stringify({ ...configFor(program, servers), ...change }))).toThrow(
    `${name} must be`,
  );
});

it.each([
  'http://user:secret@gateway',
  'http://user:sec/ret@gateway',
  'http://user:s"ecret@gateway',
  'http:\\\\user:secret@gateway',
  'user:secret@gateway:9091',
])('what is before the @ of the address %s is not shown', (pushgatewayUrl) => {
  const text = JSON.stringify({ ...configFor('retention', servers), pushgatewayUrl });
  expect(() => parseRetention(text)).toThrow(/pushgatewayUrl must be [^;]*, got "…@gateway/);
  expect(() => parseRetention(text)).not.toThrow(/user|ret@/);
});

it('a digest of a reference that is refused is shown', () => {
  const estateReferences = [`a b@sha256:${'0'.repeat(64)}`];
  const text = JSON.stringify({ ...configFor('retention', servers), estateReferences });
  expect(() => parseRetention(text)).toThrow('got ["a b@sha256:');
});
