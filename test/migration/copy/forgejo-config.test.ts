import { expect, test } from '@jest/globals';
import { configFault } from '../../../migration/copy/forgejo-config';

const oci = 'application/vnd.oci.image.config.v1+json';
const helm = 'application/vnd.cncf.helm.config.v1+json';

/** Each as Forgejo 11's own `ParseImageConfig` answered it. */
const taken: readonly string[] = [
  '{}',
  'null',
  '{"os":"linux"}',
  '{"os":"linux"} trailing',
  '{}[',
  '{"created":null}',
  '{"created":"2020-01-01T10:00:00Z"}',
  '{"created":"2020-01-01T10:00:00.123456789123Z"}',
  '{"created":"2020-01-01T10:00:00,5Z"}',
  '{"created":"2020-01-01T1:00:00Z"}',
  '{"created":"2020-01-01T10:00:00+01:00"}',
  '{"created":"2020-01-01T10:00:00+24:00"}',
  '{"created":"2020-01-01T10:00:00+23:60"}',
  '{"created":"2020-01-01T10:00:00+23:59"}',
  '{"created":"2020-02-29T10:00:00Z"}',
  '{"created":"0000-01-01T00:00:00Z"}',
  '{"created":"0000-02-29T00:00:00Z"}',
  '{"created":"0001-01-01T00:00:00Z"}',
  '{"created":"2020-01-01T10:00:00+14:00"}',
  '{"architecture":null}',
  '{"os.features":["a",null]}',
  '{"config":null}',
  '{"config":{"Labels":null}}',
  '{"config":{"Labels":{"a":null}}}',
  '{"config":{"ExposedPorts":{"80/tcp":{}}}}',
  '{"config":{"ExposedPorts":{"80/tcp":null}}}',
  '{"config":{"Volumes":{"x":{"a":1}}}}',
  '{"config":{"Entrypoint":null}}',
  '{"config":{"ArgsEscaped":null}}',
  '{"config":{"Unknown":0,"Memory":"x"}}',
  '{"rootfs":null}',
  '{"rootfs":{"diff_ids":["not a digest"]}}',
  '{"rootfs":{"diff_ids":[null]}}',
  '{"history":[null]}',
  '{"history":[{"created":null}]}',
  '{"os":"\\ud800"}',
  '{"layers":[]}',
  '{"__proto__":5}',
  '{"config":{"__proto__":5}}',
  '{"Platform":5}',
  '{"platform":5}',
  '{"toString":5,"constructor":1}',
  '{"config":{"OnBuild":5,"Healthcheck":"x"}}',
  '{"created":"2020-01-01T10:00:00.5+05:30"}',
  'nullx',
  ' \n{}',
  '{"created":"2020-01-01T10:00:00-24:60"}',
  '{"a":[[{"x":"]}"}]]}}}',
  '{"os":"\\""}x',
];
const refused: readonly (readonly [config: string, place: string])[] = [
  ['', 'it'],
  [' ', 'it'],
  ['[]', 'it'],
  ['[1]', 'it'],
  ['"x"', 'it'],
  ['1', 'it'],
  ['true', 'it'],
  ['{', 'it'],
  ['{"os":"linux"', 'it'],
  ['{"os":"lin', 'it'],
  ['{"os":"linux",}', 'it'],
  ['\ufeff{}', 'it'],
  ['os: linux', 'it'],
  ['{"created":""}', 'created'],
  ['{"created":"1"}', 'created'],
  ['{"created":"2020-01-01"}', 'created'],
  ['{"created":"2020-01-01 10:00:00"}', 'created'],
  ['{"created":"2020-01-01T10:00:00"}', 'created'],
  ['{"created":"2020-01-01T10:00:00z"}', 'created'],
  ['{"created":"2020-01-01t10:00:00Z"}', 'created'],
  ['{"created":"2020-01-01T10:00:00.Z"}', 'created'],
  ['{"created":"2020-01-01T10:00:00+0100"}', 'created'],
  ['{"created":"2020-01-01T10:00:00-25:00"}', 'created'],
  ['{"created":"2020-02-30T10:00:00Z"}', 'created'],
  ['{"created":"2021-02-29T10:00:00Z"}', 'created'],
  ['{"created":"2020-01-01T24:00:00Z"}', 'created'],
  ['{"created":"2020-01-01T23:59:60Z"}', 'created'],
  ['{"created":"1900-02-29T00:00:00Z"}', 'created'],
  ['{"created":"2020-00-01T00:00:00Z"}', 'created'],
  ['{"created":"2020-13-01T00:00:00Z"}', 'created'],
  ['{"created":"2020-01-00T00:00:00Z"}', 'created'],
  ['{"created":"10000-01-01T00:00:00Z"}', 'created'],
  ['{"created":5}', 'created'],
  ['{"created":false}', 'created'],
  ['{"created":{}}', 'created'],
  ['{"Created":""}', 'Created'],
  ['{"CREATED":"x"}', 'CREATED'],
  ['{"architecture":5}', 'architecture'],
  ['{"os.features":"x"}', 'os.features'],
  ['{"os.features":[1]}', 'os.features[0]'],
  ['{"os.features":{}}', 'os.features'],
  ['{"os.version":1}', 'os.version'],
  ['{"variant":[]}', 'variant'],
  ['{"author":{}}', 'author'],
  ['{"config":[]}', 'config'],
  ['{"config":""}', 'config'],
  ['{"config":{"Labels":[]}}', 'config.Labels'],
  ['{"config":{"Labels":{"a":1}}}', 'config.Labels["a"]'],
  ['{"config":{"labels":[]}}', 'config.labels'],
  ['{"config":{"ExposedPorts":{"80/tcp":[]}}}', 'config.ExposedPorts["80/tcp"]'],
  ['{"config":{"ExposedPorts":{"80/tcp":1}}}', 'config.ExposedPorts["80/tcp"]'],
  ['{"config":{"ExposedPorts":["80"]}}', 'config.ExposedPorts'],
  ['{"config":{"Volumes":{"x":"y"}}}', 'config.Volumes["x"]'],
  ['{"config":{"Env":"x"}}', 'config.Env'],
  ['{"config":{"Env":[1]}}', 'config.Env[0]'],
  ['{"config":{"Cmd":"x"}}', 'config.Cmd'],
  ['{"config":{"User":0}}', 'config.User'],
  ['{"config":{"ArgsEscaped":"true"}}', 'config.ArgsEscaped'],
  ['{"config":{"ArgsEscaped":0}}', 'config.ArgsEscaped'],
  ['{"rootfs":[]}', 'rootfs'],
  ['{"rootfs":{"type":1}}', 'rootfs.type'],
  ['{"rootfs":{"diff_ids":"x"}}', 'rootfs.diff_ids'],
  ['{"rootfs":{"diff_ids":[{}]}}', 'rootfs.diff_ids[0]'],
  ['{"history":{}}', 'history'],
  ['{"history":["x"]}', 'history[0]'],
  ['{"history":[{"created":""}]}', 'history[0].created'],
  ['{"history":[{"empty_layer":1}]}', 'history[0].empty_layer'],
  ['{"history":[{"empty_layer":"true"}]}', 'history[0].empty_layer'],
  ['{"history":[{"Empty_Layer":"true"}]}', 'history[0].Empty_Layer'],
  ['{"history":[{"created_by":[]}]}', 'history[0].created_by'],
  ['{"history":[{"comment":1}]}', 'history[0].comment'],
  ['{"config":{"Wor\u212aingDir":5}}', 'config.Wor\u212aingDir'],
  ['{"created":"2020-01-01T10:00:00Z","created":""}', 'created'],
  ['{"os":"a\u0001b"}', 'it'],
  ['{"x":"a\u0001b"}', 'it'],
  ['{"x":01}', 'it'],
  ['{"x":1.}', 'it'],
  ['{"x":nope}', 'it'],
  ['{"x":"\\q"}', 'it'],
  ['{"x":[1,]}', 'it'],
  ['{"os.features":["a",]}', 'it'],
  ['{"x":{"a":1,}}', 'it'],
  ['{os:1}', 'it'],
  ['{"created":"2020-01-01T10:00:00Z"', 'it'],
  ['{"config":{"Labels":{"a":"b"', 'it'],
  ['{"created":"2020-01-01T10:00:00Z" "os":"x"}', 'it'],
  ['{"os":1e5}', 'os'],
  ['{"x":NaN}', 'it'],
  ['{"config":{"Labels":{"__proto__":5}}}', 'config.Labels["__proto__"]'],
  ['{"created":" 2020-01-01T10:00:00Z"}', 'created'],
  ['{"created":"2020-01-01T10:00:00Z "}', 'created'],
  ['{"created":"2020-01-01T10:60:00Z"}', 'created'],
  ['{"created":"2020-01-01T10:00:00.5"}', 'created'],
  ['{"created":"2020-01-01T10:00:00-24:61"}', 'created'],
  ['{"created":"2020-1-01T10:00:00Z"}', 'created'],
  ['{"created":"2020-01-01T10:0:00Z"}', 'created'],
];
const takenOfChart: readonly string[] = ['{"created":""}', '{}', '{"dependencies":5}'];
const refusedOfChart: typeof refused = [
  ['{"name":5}', 'name'],
  ['{"maintainers":[{"name":1}]}', 'maintainers[0].name'],
  ['{"maintainers":{}}', 'maintainers'],
  ['{"maintainers":["x"]}', 'maintainers[0]'],
  ['{"deprecated":"true"}', 'deprecated'],
  ['{"annotations":{"a":1}}', 'annotations["a"]'],
  ['{"keywords":"x"}', 'keywords'],
  ['{"appVersion":1.0}', 'appVersion'],
  ['', 'it'],
  ['[]', 'it'],
];

test.each(taken)('Forgejo takes %j', (config) => {
  expect(configFault(oci, config)).toBeUndefined();
});
test.each(refused)('Forgejo refuses %j, by %s', (config, place) => {
  expect(configFault(oci, config)).toMatch(
    place === 'it' ? /^it is no (?:JSON|object), got / : `${place} is no `,
  );
});
test.each(takenOfChart)("Forgejo takes a chart's %j", (config) => {
  expect(configFault(helm, config)).toBeUndefined();
  expect(configFault(helm.toUpperCase(), config)).toBeUndefined();
});
test.each(refusedOfChart)("Forgejo refuses a chart's %j, by %s", (config, place) => {
  expect(configFault(helm, config)).toContain(`${place} is no `);
});

test.each([
  ['application/vnd.oci.empty.v1+json', ''],
  ['application/vnd.wasm.config.v0+json', '{"created":""}'],
  ['text/plain', 'hello'],
])('Forgejo reads the configuration of any %s as an image, %j too', (mediaType, config) => {
  expect(configFault(mediaType, config)).toBeDefined();
  expect(configFault(mediaType, '{"entries":[1]}')).toBeUndefined();
});

test('a configuration as large as is read takes no time', () => {
  for (const config of [
    '\\"'.repeat(500_000),
    `{"x":${'['.repeat(1_000_000)}`,
    `{"os":"${'\\"'.repeat(500_000)}"} more`,
  ])
    expect(configFault(oci, config)?.length ?? 0).toBeLessThan(200);
}, 2000);

test('what is wrong is told with what was got', () => {
  expect(configFault(oci, '{"history":[{},{"created":"2020-01-01"}]}')).toBe(
    'history[1].created is no time as 2006-01-02T15:04:05Z, got "2020-01-01"',
  );
  expect(configFault(oci, '{"config":{"Labels":{"a b":1}}}')).toBe('config.Labels["a b"] is no text, got 1');
});
