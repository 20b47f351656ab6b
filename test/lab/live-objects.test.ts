import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { evaluateStack, referencedSecrets } from '../../lab/runs/evaluate-stack';
import { findTool } from '../../lab/programs/find-tool';
import { startLab } from '../../lab/runs/lab';
import { run, runOk } from '../../terminal/run';
import { applyObjects } from '../../lab/servers/surroundings';
import { readSecrets, writeSecrets } from '../../lab/runs/vault-secrets';
import { manifestsOf } from '../../manifests/stack-manifests';
import { synthesize } from '../../stacks/synthesize';
import { estateAt } from '../support/estates';
import type { TerraformJson } from '../support/synthesized';
import { missingProviders } from '../support/terraform';
import { describeLab } from './describe-lab';

const stack = 'monitoring';

describeLab('the objects that Terraform itself applies', () => {
  it('are those of the manifests: the API server sees no difference', async () => {
    const outdir = mkdtempSync(join(tmpdir(), 'live-objects-'));
    const cwd = join(outdir, 'stacks', stack);
    const estate = estateAt('prepare');
    const stacks = synthesize({ ...estate, stacks: { ...estate.stacks, form: 'cdktf' } }, outdir);
    const json = JSON.parse(stacks.find(({ name }) => name === stack)?.text ?? '') as TerraformJson;
    const { path: terraform } = await findTool('tofu');
    const environment = { PATH: process.env['PATH'], HOME: process.env['HOME'], CHECKPOINT_DISABLE: '1' };
    const override = join(cwd, 'lab_override.tf.json');
    writeFileSync(override, JSON.stringify({ terraform: { backend: { local: {} } } }));
    const initialized = await run(terraform, ['init', '-input=false', '-no-color'], {
      cwd,
      env: environment,
    });
    if (initialized.code !== 0) {
      if (!missingProviders.test(initialized.stderr)) throw new Error(initialized.stderr);
      console.warn(
        `skipped: what Terraform applies is not compared, because init found no providers of ${stack}`,
      );
      rmSync(outdir, { recursive: true });
      return;
    }

    const lab = await startLab({ kubernetes: true, vault: true });
    try {
      await writeSecrets(json, lab.vault, referencedSecrets(json));
      const objects = manifestsOf(
        await evaluateStack(json, { variables: {}, vault: await readSecrets(json, lab.vault) }),
      ).map(({ object }) => object);
      const namespaces = [...new Set(objects.flatMap(({ metadata }) => metadata.namespace ?? []))];
      await applyObjects(
        lab.kubernetes,
        namespaces.map((name) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } })),
      );
      const provider = { vault: { address: lab.vault.url } };
      writeFileSync(override, JSON.stringify({ terraform: { backend: { local: {} } }, provider }));
      const env = {
        ...environment,
        VAULT_TOKEN: lab.vault.token,
        TF_VAR_kube_config_path: lab.kubernetes.kubeconfig,
      };
      await runOk(terraform, ['apply', '-auto-approve', '-input=false', '-no-color'], { cwd, env });

      const manifests = objects.map((object) => JSON.stringify(object)).join('\n---\n');
      const args = ['diff', '--server-side', '--force-conflicts', '--field-manager=review', '-f', '-'];
      expect(await lab.kubernetes.kubectl(args, manifests)).toBe('');
    } finally {
      await lab.stop();
      rmSync(outdir, { recursive: true });
    }
  }, 600_000);
});
