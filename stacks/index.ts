import type { App } from 'cdktf';
import type { Estate } from '../estate/estate';
import { AppStack } from './app';
import { ForgejoStack } from './forgejo';
import { InfraStack } from './infra';
import { KyvernoStack } from './kyverno';
import { MonitoringStack } from './monitoring';
import { PullSecretsStack } from './pull-secrets';
import type { TerragruntStack } from './terragrunt-stack';
import { VaultStack } from './vault';
import { WoodpeckerStack } from './woodpecker';

/** A stack that an estate has, before it is made. */
export type StackDefinition = (app: App) => TerragruntStack;

/** One stack per Terragrunt stack of the estate, in the order in which they are applied. */
export function stacksOf(estate: Estate): readonly StackDefinition[] {
  return [
    (app) => new ForgejoStack(app, estate),
    pullSecretStack(estate),
    (app) => new MonitoringStack(app, estate),
    (app) => new InfraStack(app, estate),
    (app) => new VaultStack(app, estate),
    (app) => new WoodpeckerStack(app, estate),
    ...estate.apps.map(
      (row): StackDefinition =>
        (app) =>
          new AppStack(app, estate, row),
    ),
  ];
}

function pullSecretStack(estate: Estate): StackDefinition {
  const { pullSecret } = estate;
  return (app) =>
    pullSecret.copiedBy === 'kyverno'
      ? new KyvernoStack(app, estate, pullSecret)
      : new PullSecretsStack(app, estate, pullSecret);
}
