import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { startLab, type Lab } from '../../lab/runs/lab';
import { bundle } from '../../programs/bundle';
import type { IntegrityProbeConfig } from '../../programs/integrity-probe/config';
import { RegistryClient } from '../../clients/oci/client';
import { pushImage } from '../support/push-image';
import { describeLab } from './describe-lab';

/** The bundle as the CronJob runs it, before a certificate that only the lab's own authority vouches for. */
describeLab('the integrity probe before a registry with a private authority', () => {
  let lab: Lab<'legacyRegistry' | 'pushgateway'>;
  let secure: Server;
  beforeAll(async () => {
    lab = await startLab({ legacyRegistry: true, pushgateway: true });
    await pushImage(new RegistryClient({ url: lab.legacyRegistry.url }), 'viktor/app', 'layer', '1');
    const { certFile, keyFile } = await lab.authority.issue({ name: 'registry', hosts: ['127.0.0.1'] });
    const tls = { cert: readFileSync(certFile), key: readFileSync(keyFile) };
    secure = createServer(tls, (request, response) => {
      const { method, headers, url = '/' } = request;
      const passed = httpRequest(`${lab.legacyRegistry.url}${url}`, { method, headers }, (answer) => {
        answer.pipe(response.writeHead(answer.statusCode ?? 502, answer.headers));
      });
      request.pipe(passed.on('error', () => response.destroy()));
    });
    await new Promise<void>((resolve) => secure.listen(0, '127.0.0.1', resolve));
  }, 1_800_000);
  afterAll(async () => {
    secure.closeAllConnections();
    secure.close();
    await lab.stop();
  }, 60_000);

  const probe = async (job: string, trust: NodeJS.ProcessEnv): Promise<{ code: number; output: string }> => {
    const config: IntegrityProbeConfig = {
      registryUrl: `https://127.0.0.1:${(secure.address() as AddressInfo).port}`,
      instance: 'registry.example',
      pushgatewayUrl: lab.pushgateway.url,
      job,
      retiredJobs: [],
      deployedReferences: ['viktor/app:1'],
      ...{ intervalMinutes: 15, rereadDays: 0, deployedRereadDays: 0 },
      ...{ maxBytesPerRun: 1e9, maxConcurrentRequests: 4, deadlineSeconds: 600 },
    };
    const [program, settings] = [join(lab.folder, 'probe.mjs'), join(lab.folder, `${job}.json`)];
    writeFileSync(program, bundle('integrity-probe'));
    writeFileSync(settings, JSON.stringify(config));
    return new Promise((resolve) => {
      execFile(process.execPath, [program, settings], { env: trust }, (error, output) => {
        resolve({ code: Number(error?.code ?? 0), output });
      });
    });
  };
  const metric = async (job: string, name: string): Promise<string | undefined> => {
    const lines = (await lab.pushgateway.metrics()).split('\n');
    const series = lines.filter((line) => line.includes(`job="${job}"`) && line.includes(name));
    return series[0]?.split(' ').at(-1);
  };

  it('that nobody told it to trust exits 1, says the registry cannot be reached and how to trust it', async () => {
    const { code, output } = await probe('untrusted', {});

    expect({ code, output }).toEqual({
      code: 1,
      output: expect.stringMatching(
        /the connection failed, got \w+; trust its authority through NODE_EXTRA_CA_CERTS/,
      ),
    });
    expect(await metric('untrusted', 'catalog_accessible')).toBe('0');
    expect(await metric('untrusted', 'verdict="registry-down"')).toBe('1');
    // No image is blamed for it.
    expect(await metric('untrusted', 'integrity_failures')).toBeUndefined();
  });

  it('that it was told to trust finds every image whole', async () => {
    const { code } = await probe('trusted', { NODE_EXTRA_CA_CERTS: lab.authority.caFile });

    expect(code).toBe(0);
    expect(await metric('trusted', 'catalog_accessible')).toBe('1');
    expect(await metric('trusted', 'verdict="healthy"')).toBe('1');
    expect(await metric('trusted', 'tags_checked')).toBe('1');
  });
});
