import { Resolver } from 'node:dns/promises';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { dnsSnippets } from '../../cloud-init/dns-records';
import { estate } from '../../estate';
import { findTool } from '../../lab/programs/find-tool';
import { startLab, type Lab } from '../../lab/runs/lab';
import { freePort } from '../../lab/process/ports';
import { run } from '../../terminal/run';
import { startCoreDns } from '../../lab/servers/coredns';
import { applyObjects } from '../../lab/servers/apply-objects';
import { describeLab } from './describe-lab';

const { forgejo, hosts } = estate;

describeLab('the split horizon, by the servers that read it', () => {
  const scratch = mkdtempSync(join(tmpdir(), 'dns-'));
  let lab: Lab<'kubernetes'>;
  beforeAll(async () => {
    lab = await startLab({ kubernetes: true });
  }, 1_800_000);
  afterAll(async () => {
    await lab.stop();
    rmSync(scratch, { recursive: true });
  }, 60_000);

  const snippetsOf = (wanted: string): readonly { readonly fileName: string; readonly text: string }[] =>
    dnsSnippets(estate).filter(({ server }) => server === wanted);

  /** CoreDNS with these blocks, on a loopback port instead of 53. */
  const resolverOf = async (name: string, blocks: string): Promise<Resolver> => {
    const port = await freePort();
    const address = `127.0.0.1:${port}`;
    const corefile = blocks.replaceAll(':53 {', `:${port} {\n    bind 127.0.0.1`);
    await startCoreDns(lab, { name, corefile });
    const resolver = new Resolver();
    resolver.setServers([address]);
    return resolver;
  };

  it('pods find Forgejo at the cluster IP of Traefik, whichever that is', async () => {
    const [name = '', namespace = ''] = hosts.traefikService.split('.');
    await applyObjects(lab.kubernetes, [
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
      {
        ...{ apiVersion: 'v1', kind: 'Service', metadata: { name, namespace } },
        spec: { ports: [{ port: 443 }] },
      },
    ]);
    const path = `/api/v1/namespaces/${namespace}/services/${name}`;
    const { body } = await lab.kubernetes.request({ path });
    const { clusterIP } = (body as { spec: { clusterIP: string } }).spec;

    const [{ text } = { text: '' }] = snippetsOf('coredns');
    const outside = `kubernetes cluster.local {\n        kubeconfig ${lab.kubernetes.kubeconfig}\n    }`;
    const resolver = await resolverOf('coredns', text.replace('kubernetes cluster.local', outside));
    expect(await resolver.resolve4(forgejo.host)).toEqual([clusterIP]);
  });

  it('nodes, VMs and workstations find what Technitium’s zones say, and no other name', async () => {
    const blocks = snippetsOf('technitium').map(({ fileName, text }) => {
      const zone = fileName.replace(/^technitium\/|\.zone$/g, '');
      const file = join(scratch, `${zone}.zone`);
      writeFileSync(file, text);
      return `${zone}:53 {\n    file ${file}\n}\n`;
    });
    const resolver = await resolverOf('technitium', blocks.join(''));
    expect(await resolver.resolve4(forgejo.host)).toEqual([hosts.traefikLoadBalancer]);
    expect(await resolver.resolve4(estate.registryVm.pullName)).toEqual([estate.registryVm.address]);
    await expect(resolver.resolve4(`mail.${hosts.rootDomain}`)).rejects.toThrow('REFUSED');
  });

  it('Unbound accepts what pfSense is told', async () => {
    const { path, libraries = '' } = await findTool('unbound-checkconf');
    const check = async (text: string): Promise<string> => {
      const file = join(scratch, 'unbound.conf');
      writeFileSync(file, `server:\n    directory: "${scratch}"\n    chroot: ""\n    username: ""\n${text}`);
      const env = { ...process.env, LD_LIBRARY_PATH: libraries };
      const { stdout, stderr } = await run(path, [file], { env });
      return stdout + stderr;
    };
    const [{ text } = { text: '' }] = snippetsOf('pfsense');
    expect(await check(text)).toContain('no errors');
    expect(await check(text.replace('forward-addr: 10', 'forward-addr: ten'))).toContain('cannot parse');
  });
});
