import { afterEach, expect, it } from '@jest/globals';
import { basename } from 'node:path';
import { startLab } from '../../lab/runs/lab';
import { describeLab } from './describe-lab';
import { noTraces, startLabBeside, tracesOf, type LabBeside } from './lab-beside';

describeLab('a lab', () => {
  const beside: LabBeside[] = [];
  const startBeside = async (options: Parameters<typeof startLabBeside>[0]): Promise<LabBeside> => {
    const lab = await startLabBeside(options);
    beside.push(lab);
    return lab;
  };
  afterEach(async () => {
    for (const lab of beside.splice(0)) await lab.stop();
  }, 60_000);

  it('serves until it is stopped, which leaves no process and no folder', async () => {
    const lab = await startLab({ legacyRegistry: true, pushgateway: true });
    expect((await fetch(`${lab.legacyRegistry.url}/v2/`)).status).toBe(200);
    expect(tracesOf(lab.folder).processes).toHaveLength(2);

    await lab.stop();
    expect(tracesOf(lab.folder)).toEqual(noTraces);
  }, 300_000);

  it('whose process is killed takes its servers along, and the next lab removes the rest', async () => {
    const killed = await startBeside({ forge: true, pushgateway: true });
    await killed.kill();
    expect(tracesOf(killed.folder)).toEqual({ ...noTraces, hasFolder: true });

    const next = await startBeside({ pushgateway: true });
    expect(next.said()).toContain(`removed what the killed lab "${basename(killed.folder)}" left`);
    expect(tracesOf(killed.folder)).toEqual(noTraces);
    expect(tracesOf(next.folder).processes).toHaveLength(1);
  }, 300_000);

  it('runs beside another, and leaves it when it ends', async () => {
    const [first, second] = [
      await startBeside({ pushgateway: true }),
      await startBeside({ pushgateway: true }),
    ];
    await first.stop();
    expect(tracesOf(first.folder)).toEqual(noTraces);
    expect(tracesOf(second.folder).processes).toHaveLength(1);
  }, 300_000);

  it('that is led to the servers of another uses them, and leaves them when it ends', async () => {
    const first = await startLab({ legacyRegistry: true, pushgateway: true });
    const variables = {
      LAB_EXISTING: 'legacy-registry,pushgateway',
      LEGACY_REGISTRY_URL: first.legacyRegistry.url,
      PUSHGATEWAY_URL: first.pushgateway.url,
    };
    Object.assign(process.env, variables);
    try {
      const second = await startLab({ legacyRegistry: true, pushgateway: true });
      expect([second.legacyRegistry.url, second.pushgateway.url]).toEqual([
        first.legacyRegistry.url,
        first.pushgateway.url,
      ]);
      expect(tracesOf(second.folder).processes).toEqual([]);
      await second.stop();
      expect(tracesOf(first.folder).processes).toHaveLength(2);
    } finally {
      for (const name of Object.keys(variables)) Reflect.deleteProperty(process.env, name);
      await first.stop();
    }
  }, 300_000);
});
