import { describe, expect, it } from '@jest/globals';
import { formatGauges } from '../../clients/pushgateway';
import { FakePushgateway } from '../support/fake-pushgateway';
import { pushgatewayContract } from '../support/pushgateway-contract';

describe('the fake Pushgateway', () => {
  pushgatewayContract(() => new FakePushgateway().start());
});

it('gauges are written in the text exposition, with labels and help escaped', () => {
  expect(
    formatGauges([
      { name: 'a', help: 'first\nline \\', samples: [{ labels: {}, value: 1 }] },
      {
        name: 'b',
        help: 'second',
        samples: [
          { labels: { x: 'a"b\\c\nd', y: '' }, value: 1.5 },
          { labels: { x: '', y: 'z' }, value: Infinity },
          { labels: { x: 'n', y: 'n' }, value: NaN },
        ],
      },
    ]),
  ).toBe(
    [
      '# HELP a first\\nline \\\\',
      '# TYPE a gauge',
      'a 1',
      '# HELP b second',
      '# TYPE b gauge',
      'b{x="a\\"b\\\\c\\nd",y=""} 1.5',
      'b{x="",y="z"} +Inf',
      'b{x="n",y="n"} NaN',
      '',
    ].join('\n'),
  );
});
