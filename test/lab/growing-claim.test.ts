import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { hclParser } from '../../hcl/read';
import { stackTodo } from '../../delivery/stack-todo';
import { findTool } from '../../lab/programs/find-tool';
import { startLab, type Lab } from '../../lab/runs/lab';
import { applyObjects } from '../../lab/servers/apply-objects';
import { describeLab } from './describe-lab';

const [namespace, name, storageClass] = ['forgejo', 'forgejo-data-encrypted', 'growing'];
const claim = (size: string): object => ({
  metadata: { name, namespace },
  spec: { access_modes: ['ReadWriteOnce'], resources: { requests: { storage: size } } },
});

describeLab('a claim that has to grow', () => {
  let lab: Lab<'kubernetes'>;
  beforeAll(async () => {
    lab = await startLab({ kubernetes: true });
    const spec = {
      accessModes: ['ReadWriteOnce'],
      storageClassName: storageClass,
      volumeName: 'volume',
      resources: { requests: { storage: '5Gi' } },
    };
    await applyObjects(lab.kubernetes, [
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
      {
        apiVersion: 'storage.k8s.io/v1',
        kind: 'StorageClass',
        metadata: { name: storageClass },
        provisioner: 'example.org/none',
        allowVolumeExpansion: true,
      },
      { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name, namespace }, spec },
    ]);
    await hasVolumeOf('5Gi');
  }, 600_000);
  afterAll(() => lab.stop(), 60_000);

  /** As the controllers leave a claim that has its volume. */
  const hasVolumeOf = async (storage: string): Promise<void> => {
    const { status, body } = await lab.kubernetes.request({
      method: 'PATCH',
      path: `/api/v1/namespaces/${namespace}/persistentvolumeclaims/${name}/status`,
      contentType: 'application/merge-patch+json',
      body: { status: { phase: 'Bound', accessModes: ['ReadWriteOnce'], capacity: { storage } } },
    });
    if (status !== 200) throw new Error(`the claim has no volume of ${storage}: ${JSON.stringify(body)}`);
  };

  it('grows by the command that a delivery prints, and is never shrunk by it', async () => {
    const type = 'kubernetes_persistent_volume_claim';
    const commandFor = async (from: string, to: string): Promise<string> => {
      const hcl = `resource "${type}" "data" {\n  spec {\n    resources { requests = { storage = "${from}" } }\n  }\n}\n`;
      const file = await (await hclParser())('main.tf', hcl);
      const [todo] = stackTodo('forgejo', { resource: { [type]: { data: claim(to) } } }, undefined, [file]);
      return todo?.commands[0] ?? '';
    };
    const { path: kubectl } = await findTool('kubectl');
    const shell = (command: string): string =>
      execFileSync('sh', ['-c', command.replace(/^kubectl/, kubectl)], {
        encoding: 'utf8',
        stdio: 'pipe',
        env: { ...process.env, KUBECONFIG: lab.kubernetes.kubeconfig },
      });

    expect(shell(await commandFor('5Gi', '15Gi'))).toContain('patched');
    const { body } = await lab.kubernetes.request({
      path: `/api/v1/namespaces/${namespace}/persistentvolumeclaims/${name}`,
    });
    expect(body).toMatchObject({ spec: { resources: { requests: { storage: '15Gi' } } } });
    await hasVolumeOf('15Gi');
    const smaller = await commandFor('5Gi', '10Gi');
    expect(() => shell(smaller)).toThrow('field can not be less than');
    expect(await commandFor('15Gi', '15Gi')).toBe('');
  });
});
