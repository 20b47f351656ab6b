/* eslint jest/no-export: off -- one suite, the real Pushgateway and the fake */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { deleteGroup, replaceGroup, updateGroup, type Gauge } from '../../clients/pushgateway';
import { pushedSamples } from '../../clients/pushed-samples';

interface Served {
  readonly url: string;
  stop(): Promise<void>;
}

/** What the programs rely on of a Pushgateway, held to the real one and to the fake alike. */
export function pushgatewayContract(start: () => Promise<Served>): void {
  let served: Served;
  const group = { job: 'contract' };
  const prefix = 'contract_';
  const gauge = (name: string, value: number, labels: Record<string, string> = {}): Gauge => ({
    ...{ name: `${prefix}${name}`, help: 'help', samples: [{ labels, value }] },
  });
  const held = async (job = group.job): Promise<readonly string[]> =>
    (await pushedSamples({ url: served.url, group: { job }, prefix })).map(
      ({ name, value }) => `${name} ${value}`,
    );
  const push = async (body: string, path = '/metrics/job/contract'): Promise<number> =>
    (await fetch(`${served.url}${path}`, { method: 'POST', body })).status;

  beforeAll(async () => {
    served = await start();
  }, 600_000);
  afterAll(() => served.stop());

  it('PUT replaces everything that the group held, POST the metrics of the same names, and other groups stay', async () => {
    const pushgateway = { url: served.url, group };
    await replaceGroup({ url: served.url, group: { job: 'other' } }, [gauge('a', 9)]);
    await replaceGroup(pushgateway, [gauge('a', 1), gauge('b', 2)]);
    await updateGroup(pushgateway, [gauge('b', 3)]);
    expect(await held()).toEqual(['contract_a 1', 'contract_b 3']);
    await replaceGroup(pushgateway, [gauge('c', 4)]);
    expect([await held(), await held('other')]).toEqual([['contract_c 4'], ['contract_a 9']]);
  });

  it('DELETE removes a group, and one that is not there is no error', async () => {
    const pushgateway = { url: served.url, group };
    await replaceGroup(pushgateway, [gauge('a', 1)]);
    await deleteGroup(pushgateway);
    await deleteGroup(pushgateway);
    expect(await held()).toEqual([]);
  });

  it('labels of a sample and of its group come back as they were, whatever stands in them', async () => {
    const odd = 'a"b\\c\nd{}, =é';
    const job = 'x/y z';
    await replaceGroup({ url: served.url, group: { job } }, [gauge('odd', 1, { odd, empty: '' })]);
    const [sample] = await pushedSamples({ url: served.url, group: { job }, prefix: `${prefix}odd` });
    expect(sample).toMatchObject({ labels: { job, odd }, value: 1 });
  });

  it('finite numbers come back as they were; others are no samples', async () => {
    const values = [0, -1.5, 1_790_000_000, 1_790_000_000.25, 1e21, 1e-9, Infinity, -Infinity, NaN];
    const gauges = values.map((value, place) => gauge(`n${place}`, value));
    await replaceGroup({ url: served.url, group }, gauges);
    expect(await held()).toEqual(values.slice(0, 6).map((value, place) => `contract_n${place} ${value}`));
  });

  it.each([
    ['what is no exposition', '{{{\n'],
    ['a line without its end', 'contract_refused 1'],
    ['a value that is none', 'contract_refused one\n'],
    ['a time of its own', 'contract_refused 1 1790000000000\n'],
    ['the same series twice', 'contract_refused{x="1"} 1\ncontract_refused{x="1"} 2\n'],
  ])('%s is refused with 400, and what the group held stays', async (_, body) => {
    await replaceGroup({ url: served.url, group }, [gauge('before', 1)]);
    expect([await push(body), await held()]).toEqual([400, ['contract_before 1']]);
  });

  it('the labels of the path are those of the samples, whatever these say', async () => {
    await deleteGroup({ url: served.url, group });
    expect(await push('contract_own{job="z",x="1"} 1\n')).toBe(200);
    expect(await held()).toEqual(['contract_own 1']);
  });

  it('serves its groups one after the other as lines that end, with help and type', async () => {
    await replaceGroup({ url: served.url, group }, [gauge('a', 1)]);
    const text = await (await fetch(`${served.url}/metrics`)).text();
    expect(text).toMatch(/^contract_a\{(?:instance="",)?job="contract"\} 1$/m);
    expect(text.endsWith('\n')).toBe(true);
    expect((await fetch(`${served.url}/metrics/job`, { method: 'POST', body: '' })).status).toBeGreaterThan(
      399,
    );
  });
}
