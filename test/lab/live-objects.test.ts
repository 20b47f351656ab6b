import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { findTool } from '../../lab/programs/find-tool';
import { evaluateStack, referencedSecrets } from '../support/evaluate-stack';
import { startLab } from '../../lab/runs/lab';
import { readSecrets, writeSecrets } from './vault-secrets';
import { installDefinitions } from './surroundings';
import { manifestsOf } from '../../manifests/stack-manifests';
import { synthesize } from '../../stacks/synthesize';
import { run, runOk } from '../../terminal/run';
import { estateAt } from '../support/estates';
import type { Block, TerraformJson } from '../support/synthesized';
import { missingProviders } from '../support/terraform';
import { describeLab } from './describe-lab';

const variables = { tls_secret_name: 'tls-secret', tls_certificate_folder: 'secrets' };
const certificate = { 'secrets/fullchain.pem': 'certificate', 'secrets/privkey.pem': 'key' };

/**
 * The stack without what no server of the lab stands for: DNS records, a chart from the internet. No pod starts, so that
 * nothing waits for one.
 */
function kubernetesOnly(json: TerraformJson): TerraformJson {
  const { required_providers: all, ...terraform } = json.terraform ?? {};
  const kept = ([name]: readonly [string, unknown]): boolean => ['kubernetes', 'vault'].includes(name);
  const only = (block: object): Block => Object.fromEntries(Object.entries(block).filter(kept));
  const resources = Object.entries(json.resource ?? {}).filter(([type]) => type.startsWith('kubernetes_'));
  const said = JSON.stringify([resources, json.provider]);
  return {
    ...json,
    // Terraform asks for a value of each that has none, whoever refers to it.
    variable: Object.fromEntries(
      Object.entries(json.variable ?? {}).filter(([name]) => said.includes(`var.${name}`)),
    ),
    terraform: { ...terraform, required_providers: only(all as object) },
    provider: only(json.provider ?? {}),
    data: Object.fromEntries(
      Object.entries(json.data ?? {}).map(([type, { cf_platform: _, ...byName }]) => [type, byName]),
    ),
    resource: Object.fromEntries(
      resources.map(([type, byName]) => [
        type,
        Object.fromEntries(
          Object.entries(byName).map(([name, { depends_on: after, ...attributes }]) => [
            name,
            {
              ...attributes,
              ...(Array.isArray(after)
                ? { depends_on: after.filter((on) => String(on).startsWith('kubernetes_')) }
                : {}),
              ...(type === 'kubernetes_deployment' ? { wait_for_rollout: false } : {}),
            },
          ]),
        ),
      ]),
    ),
    moved: [],
  };
}

describeLab('the objects that Terraform itself applies', () => {
  it.each(['forgejo', 'kyverno', 'monitoring'])(
    'of %s are those of the manifests: the API server sees no difference, and Terraform none the second time',
    async (stack) => {
      const outdir = mkdtempSync(join(tmpdir(), 'live-objects-'));
      const cwd = join(outdir, 'stacks', stack);
      try {
        const estate = estateAt('prepare');
        const stacks = synthesize({ ...estate, stacks: { ...estate.stacks, form: 'cdktf' } }, outdir);
        const { text, files } = stacks.find(({ name }) => name === stack) ?? { text: '', files: {} };
        const json = kubernetesOnly(JSON.parse(text) as TerraformJson);
        const asked = Object.entries(json.variable ?? {}).filter(([, one]) => !('default' in one));
        expect(asked.map(([name]) => name).filter((name) => !(name in variables))).toEqual([]);
        writeFileSync(join(cwd, 'cdk.tf.json'), JSON.stringify(json));
        mkdirSync(join(cwd, 'secrets'));
        for (const [path, content] of Object.entries(certificate)) writeFileSync(join(cwd, path), content);
        const { path: terraform } = await findTool('tofu');
        // Not the rest of it: KUBE_… and VAULT_… of whoever runs this name a real cluster.
        const environment = Object.fromEntries(
          ['PATH', 'HOME', 'TF_CLI_CONFIG_FILE', 'TF_PLUGIN_CACHE_DIR']
            .map((name) => [name, process.env[name]] as const)
            .concat([['CHECKPOINT_DISABLE', '1']]),
        );
        const override = join(cwd, 'lab_override.tf.json');
        writeFileSync(override, JSON.stringify({ terraform: { backend: { local: {} } } }));
        const initialized = await run(terraform, ['init', '-input=false', '-no-color'], {
          cwd,
          env: environment,
        });
        if (initialized.code !== 0) {
          if (!missingProviders.test(initialized.stderr)) throw new Error(initialized.stderr);
          console.warn(
            `skipped: nothing proves here that what Terraform applies of ${stack} is what the manifests say, and that a second plan is empty; init found no providers`,
          );
          return;
        }

        const lab = await startLab({ controllers: true, kubernetes: true, vault: true });
        try {
          await installDefinitions(lab.kubernetes);
          await writeSecrets(json, lab.vault, referencedSecrets(json));
          const vault = await readSecrets(json, lab.vault);
          const evaluated = await evaluateStack(json, {
            variables,
            vault,
            files: { ...files, ...certificate },
          });
          const objects = manifestsOf(evaluated).map(({ object }) => object);
          const provider = { vault: { address: lab.vault.url } };
          writeFileSync(override, JSON.stringify({ terraform: { backend: { local: {} } }, provider }));
          const env = {
            ...environment,
            VAULT_TOKEN: lab.vault.token,
            TF_VAR_kube_config_path: lab.kubernetes.kubeconfig,
            TF_VAR_tls_secret_name: variables.tls_secret_name,
          };
          await runOk(terraform, ['apply', '-auto-approve', '-input=false', '-no-color'], { cwd, env });

          const manifests = objects.map((object) => JSON.stringify(object)).join('\n---\n');
          const args = ['diff', '--server-side', '--force-conflicts', '--field-manager=review', '-f', '-'];
          expect(await lab.kubernetes.kubectl(args, manifests)).toBe('');
          const again = await runOk(terraform, ['plan', '-input=false', '-no-color'], { cwd, env });
          expect(again).toContain('No changes.');

          // A controller's pod template is held to the standard where a namespace only warns.
          const standard = 'pod-security.kubernetes.io/warn=restricted';
          await lab.kubernetes.kubectl(['label', 'namespaces', '--all', '--overwrite', standard]);
          await lab.kubernetes.kubectl([
            ...['annotate', 'cronjobs', '--all', '--all-namespaces'],
            ...['--dry-run=server', '--warnings-as-errors', 'held=to-it'],
          ]);
        } finally {
          await lab.stop();
        }
      } finally {
        rmSync(outdir, { recursive: true });
      }
    },
    900_000,
  );
});
