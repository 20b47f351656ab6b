import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CiSet } from '../estate/derived/ci-deployments';
import { shellLine } from '../terminal/shell-words';
import type { TreeFile } from './registry-config-sync';
import {
  fromSecret,
  printPipeline,
  type Step,
  type When,
  type WoodpeckerPipeline,
} from './woodpecker-pipeline';

export interface DeployProps {
  readonly deployments: readonly CiSet[];
  readonly branches: readonly string[];
  readonly images: Readonly<Record<'clone' | 'deploy', string>>;
  readonly serviceAccount: string;
  readonly vault: { readonly address: string; readonly mount: string; readonly role: string };
  /** Path at which Vault makes an account for one namespace. */
  readonly credentials: string;
  readonly rolloutMinutes: number;
  readonly slackWebhook: string;
}

/** Woodpecker's path of it; onboarding allows deployments, which a new repository does not. */
const path = '.woodpecker/deploy.yml';
const script = 'ci/deploy.sh';

/** A repository's deploy with its script: sets these containers and no other, under the tag of the commit that was built. */
export function deploy(props: DeployProps): readonly TreeFile[] {
  return [deployScript(), { path, text: printPipeline(path, deployPipeline(props)) }];
}

export function deployScript(): TreeFile {
  return { path: script, text: readFileSync(join(__dirname, 'deploy.sh'), 'utf8') };
}

export function deployPipeline(props: DeployProps): WoodpeckerPipeline {
  const { branches, images } = props;
  const started = (): When[] => [
    { event: 'deployment', branch: branches },
    { event: 'manual', branch: branches, evaluate: 'DEPLOY == "true"' },
  ];
  return {
    when: started().map(({ evaluate: _, ...when }) => when),
    clone: [{ name: 'git', image: images.clone, settings: { partial: false, depth: 1 }, when: started() }],
    steps: deploySteps(props, started),
  };
}

/** The deploy itself, and what tells of it however it went. @param started makes the rows of when they run */
export function deploySteps(props: DeployProps, started: () => readonly When[]): readonly Step[] {
  const { credentials, deployments, images, rolloutMinutes, serviceAccount, slackWebhook, vault } = props;
  const words = deployments.map(
    ({ namespace, name, containers, image }) => `${namespace}/${name}/${containers.join(',')}=${image}`,
  );
  return [
    {
      ...{ name: 'deploy', image: images.deploy, when: started() },
      environment: {
        ...{ VAULT_ADDR: vault.address, VAULT_MOUNT: vault.mount, VAULT_ROLE: vault.role },
        ...{ CREDENTIALS: credentials, ROLLOUT_SECONDS: String(rolloutMinutes * 60) },
      },
      commands: [`sh ${script} set ${shellLine(words)}`],
      backend_options: { kubernetes: { serviceAccountName: serviceAccount } },
    },
    {
      ...{ name: 'notify', image: images.deploy },
      environment: { SLACK_WEBHOOK: fromSecret({ key: slackWebhook }) },
      commands: [`sh ${script} say`],
      when: started().map((when) => ({ ...when, status: ['success', 'failure'] as const })),
    },
  ];
}
