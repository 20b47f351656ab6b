import type { App } from 'cdktf';
import type { Estate } from '../estate/estate';
import { AppStack } from './app';
import { ForgejoStack } from './forgejo';
import { InfraStack } from './infra';
import { KyvernoStack } from './kyverno';
import { MonitoringStack } from './monitoring';
import type { TerragruntStack } from './terragrunt-stack';

/** One stack per Terragrunt stack of the estate, in the order in which they are applied. */
export function defineStacks(app: App, estate: Estate): TerragruntStack[] {
  return [
    new ForgejoStack(app, estate),
    new KyvernoStack(app, estate),
    new MonitoringStack(app, estate),
    new InfraStack(app, estate),
    ...estate.apps.map((row) => new AppStack(app, estate, row)),
  ];
}
