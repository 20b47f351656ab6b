import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { TreeFile } from './registry-config-sync';

export interface RegistryStacksProps {
  /** Has everything that the script names. */
  readonly image: string;
  /** Where this project is cloned from, without a login. */
  readonly project: string;
  /** The forge whose pull requests are commented. */
  readonly forge: string;
  readonly vault: { readonly address: string; readonly mount: string; readonly role: string };
  readonly pushgateway: string;
  /** Vault path that may hold the token for comments. */
  readonly secrets: string;
  /** Namespace of the pipelines' pods. */
  readonly namespace: string;
  /** @default that of the namespace */
  readonly serviceAccount?: string;
  /** A push to the branch applies; else a person starts each apply. */
  readonly applyOnPush: boolean;
}

/** Paths of the pipelines in the tree, with the folder of what they run. */
const paths = {
  apply: '.woodpecker/registry-stacks.yml',
  drift: '.woodpecker/registry-drift.yml',
  folder: 'scripts/registry-stacks',
} as const;

/** Woodpecker's name of the nightly cron job, which is made there and not in a file. */
const driftCronName = 'registry-drift';

const script = `${paths.folder}/run.sh`;

/**
 * The pipelines that plan and apply the delivered stacks and look for drift in all, with the script that they run. Their
 * commands hold no `$`, which Woodpecker would substitute before any shell reads it (incident 23).
 *
 * @see https://woodpecker-ci.org/docs/usage/workflow-syntax
 */
export function registryStacks(props: RegistryStacksProps): readonly TreeFile[] {
  const push = props.applyOnPush ? [{ event: 'push', branch: 'master' }] : [];
  const apply = [...push, { event: 'manual' }];
  const pipeline = (when: readonly object[], steps: readonly object[]): string =>
    stringify({ when, clone, steps }, { lineWidth: 0, aliasDuplicateObjects: false });
  return [
    { path: script, text: readFileSync(join(__dirname, 'registry-stacks.sh'), 'utf8') },
    {
      path: paths.apply,
      text: pipeline(
        [{ event: 'pull_request' }, ...apply],
        [
          stepOf(props, 'plan', 'plan', { when: [{ event: 'pull_request' }] }),
          stepOf(props, 'apply', 'apply', { when: apply }),
        ],
      ),
    },
    {
      path: paths.drift,
      text: pipeline([{ event: 'cron', cron: driftCronName }], [stepOf(props, 'drift', 'drift', {})]),
    },
  ];
}

/** Whole: who came before whom is asked of the history, and a private forge gives missing objects to nobody later (2026-06-19). */
const clone = [
  { name: 'git', image: 'woodpeckerci/plugin-git', settings: { depth: 0, partial: false, tags: false } },
];

function stepOf(props: RegistryStacksProps, name: string, work: string, more: object): object {
  const { image, project, forge, vault, pushgateway, namespace, secrets, serviceAccount } = props;
  return {
    ...{ name, image },
    environment: {
      ...{
        PROJECT: project,
        FORGE: forge,
        PUSHGATEWAY: pushgateway,
        CI_NAMESPACE: namespace,
        SECRETS: secrets,
      },
      ...{ VAULT_ADDR: vault.address, VAULT_MOUNT: vault.mount, VAULT_ROLE: vault.role },
    },
    commands: [`sh ${script} ${work}`],
    ...(serviceAccount === undefined
      ? {}
      : { backend_options: { kubernetes: { serviceAccountName: serviceAccount } } }),
    ...more,
  };
}
