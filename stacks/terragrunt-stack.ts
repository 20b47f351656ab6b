import { CloudflareProvider } from '@cdktf/provider-cloudflare/lib/provider';
import { HelmProvider } from '@cdktf/provider-helm/lib/provider';
import { KubernetesProvider } from '@cdktf/provider-kubernetes/lib/provider';
import { VaultProvider } from '@cdktf/provider-vault/lib/provider';
import {
  LocalBackend,
  PgBackend,
  TerraformOutput,
  TerraformResource,
  TerraformStack,
  TerraformVariable,
} from 'cdktf';
import type { Construct } from 'constructs';
import { atAddress } from '../constructs/address';
import { StackFile } from '../constructs/stack-file';
import { terraformName, VaultSecrets } from '../constructs/vault-secrets';
import type { Estate } from '../estate/estate';

export type ProviderName = 'kubernetes' | 'vault' | 'helm' | 'cloudflare';

export interface TerragruntStackProps {
  readonly estate: Estate;
  /**
   * `whole`: every resource of the tree's state is ours, and so is its state.
   * `shared`: the rest is the user's; the cdktf form has a state of its own.
   */
  readonly kind: 'whole' | 'shared';
  readonly providers: readonly ProviderName[];
}

/**
 * Constraints of the tree's generated providers.tf. Kubernetes 3.0 and 3.1 are left out for "Missing Resource
 * Identity After Update"; the bindings are of 2.38, so only attributes common to both majors are used.
 */
const providerVersions: Record<ProviderName, string> = {
  kubernetes: '>= 2.38.0, != 3.0.0, != 3.0.1, != 3.1.0',
  vault: '~> 4.0',
  helm: '>= 3.0.0',
  cloudflare: '~> 4.0',
};

/**
 * A stack in its cdktf form: complete, with providers and backend. What Terragrunt generates for itself in the tree,
 * or what belongs to the user there, is listed in `cdktfFormOnly` and left out at delivery.
 */
export class TerragruntStack extends TerraformStack {
  readonly kind: 'whole' | 'shared';
  /** Paths into the synthesized JSON that delivery leaves out, besides `terraform` and `provider`. */
  readonly cdktfFormOnly: string[] = [];

  constructor(scope: Construct, name: string, props: TerragruntStackProps) {
    super(scope, name);
    this.kind = props.kind;
    this.defineBackend(name, props.estate);
    this.defineProviders(props.estate, props.providers);
    if (props.kind === 'shared' && props.estate.stacks.form === 'terragrunt') this.refuseToPlan(name);
  }

  /**
   * With `true`, cdktf asks the terraform on PATH for its version in mid-synthesis and fails where there is none.
   * Synthesis needs no terraform; one too old for the `moved` blocks refuses them itself.
   */
  override hasResourceMove(): boolean {
    return false;
  }

  /** The files that the stack's expressions read: path to text. Two constructs may share one. */
  files(): Readonly<Record<string, string>> {
    const files: Record<string, string> = {};
    for (const file of this.node.findAll()) {
      if (!(file instanceof StackFile)) continue;
      if ((files[file.path] ?? file.text) !== file.text)
        throw new Error(
          `${file.node.path}: another file of this stack has this name, got "${file.path}"; rename one`,
        );
      files[file.path] = file.text;
    }
    return files;
  }

  /** Makes every Kubernetes object so far depend on the namespace: its name in them tells Terraform nothing. Called last. */
  protected orderAfter(namespace: TerraformResource): void {
    for (const resource of this.node.findAll()) {
      if (!TerraformResource.isTerraformResource(resource) || resource === namespace) continue;
      if (!/^kubernetes_(?!cluster_)/.test(resource.terraformResourceType)) continue;
      const address = `${namespace.terraformResourceType}.${namespace.friendlyUniqueId}`;
      resource.dependsOn = [...new Set([...(resource.dependsOn ?? []), address])];
    }
  }

  /** Declares a variable and returns its expression. Values come from the tree's config.tfvars. */
  protected variable(
    name: string,
    props: { readonly description: string; readonly default?: string },
  ): string {
    const variable = new TerraformVariable(this, `Variable-${name}`, { type: 'string', ...props });
    return atAddress(variable, name).stringValue;
  }

  /**
   * Tier-0 stacks keep their state in a file, all others in a PostgreSQL schema of their name; the connection
   * string comes from PG_CONN_STR. A shared stack never points at the tree's state: it would plan to destroy
   * everything else in it.
   */
  private defineBackend(name: string, { stacks }: Estate): void {
    const state = this.kind === 'whole' ? name : `${name}-registry`;
    if (stacks.tier0.includes(name)) {
      new LocalBackend(this, { path: `../../../state/stacks/${state}/terraform.tfstate` });
      return;
    }
    new PgBackend(this, { connStr: '', schemaName: state }).addOverride('conn_str', undefined);
  }

  private defineProviders(estate: Estate, providers: readonly ProviderName[]): void {
    const uses = (name: ProviderName): boolean => providers.includes(name);
    if (uses('kubernetes') || uses('helm')) {
      const configPath = this.variable('kube_config_path', {
        description: 'kubeconfig file',
        default: '~/.kube/config',
      });
      this.cdktfFormOnly.push('variable.kube_config_path');
      if (uses('kubernetes')) new KubernetesProvider(this, 'KubernetesProvider', { configPath });
      if (uses('helm')) new HelmProvider(this, 'HelmProvider', { kubernetes: { configPath } });
    }
    if (uses('vault') || uses('cloudflare'))
      new VaultProvider(this, 'VaultProvider', { address: estate.hosts.vaultAddress, skipChildToken: true });
    if (uses('cloudflare')) this.defineCloudflare(estate);
    for (const name of providers)
      this.addOverride(`terraform.required_providers.${name}.version`, providerVersions[name]);
  }

  private defineCloudflare({ forgejo: { publicDns } }: Estate): void {
    if (publicDns.madeBy !== 'cloudflare') return;
    const vault = new VaultSecrets(this, 'CloudflareSecrets', {
      keys: [publicDns.apiKey, publicDns.email],
      resourceNameOf: (path) => `cf_${terraformName(path)}`,
      runbook: 'docs/runbooks/adopt.md',
    });
    this.cdktfFormOnly.push(...vault.addresses);
    new CloudflareProvider(this, 'CloudflareProvider', {
      apiKey: `\${${vault.value(publicDns.apiKey)}}`,
      email: `\${${vault.value(publicDns.email)}}`,
    });
  }

  private refuseToPlan(name: string): void {
    // A variable, because Terraform refuses a condition that refers to nothing, and `validate` fails on a constant.
    this.variable('applied_by', { description: 'Who applies this stack', default: 'terragrunt' });
    const refusal = atAddress(new TerraformOutput(this, 'Refusal', { value: name }), 'applied_by_terragrunt');
    // TerraformOutput accepts a precondition and leaves it out of the JSON.
    refusal.addOverride('precondition', {
      condition: '${var.applied_by == "cdktf"}',
      error_message: `Stack "${name}" is shared and applied by Terragrunt: its own state would hold what the tree's state holds already. Run ./registry deliver --into <tree> and apply there, or set form to "cdktf" in estate/stacks.ts for an estate without such a tree.`,
    });
    this.cdktfFormOnly.push('output.applied_by_terragrunt', 'variable.applied_by');
  }
}
