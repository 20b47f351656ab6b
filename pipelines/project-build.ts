import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { VaultKey } from '../estate/tokens';
import { shellLine } from '../terminal/shell-words';
import { deployScript, deploySteps, type DeployProps } from './deploy';
import type { TreeFile } from './registry-config-sync';
import {
  commitTag,
  fromSecret,
  printPipeline,
  type Step,
  type WoodpeckerPipeline,
} from './woodpecker-pipeline';

/** Where Vault has it is the sync's to know. */
type SecretKey = Pick<VaultKey, 'key'>;

export interface BuildTarget {
  /** As references spell it. */
  readonly host: string;
  readonly repository: string;
  readonly username: string | SecretKey;
  readonly password: SecretKey;
}

export interface ProjectBuildProps {
  readonly path: string;
  readonly branch: string | readonly string[];
  /** A person alone starts it, for another builds at each push. @default false */
  readonly isFallback?: boolean;
  /** What the steps run in. */
  readonly images: Readonly<Record<'build' | 'clone' | 'verify', string>>;
  /** Every one of them gets the image, or the build fails. */
  readonly targets: readonly BuildTarget[];
  /** Tags besides the commit's, which move with every build. @default none */
  readonly floatingTags?: readonly string[];
  /** @default "Dockerfile" */
  readonly dockerfile?: string;
  /** @default "." */
  readonly context?: string;
  /** Changes of these paths alone start it. @default every push to the branch */
  readonly onlyFor?: readonly string[];
  readonly pushgateway: string;
  /** What is set to the image once every registry has it. @default nothing: somebody else deploys */
  readonly deploys?: DeployProps;
}

/** Beside no pipeline: Woodpecker takes each YAML of `.woodpecker/` for one, and prefers that folder to the one file. */
const script = 'ci/verify-push.sh';

/** A project's build with the script that reads back what it pushed, under the commit's tag. @throws Error without a target */
export function projectBuild(props: ProjectBuildProps): readonly TreeFile[] {
  if (props.targets.length === 0)
    throw new Error(`${props.path}: pushes nowhere, got no target; name a registry`);
  return [
    { path: script, text: readFileSync(join(__dirname, 'verify-push.sh'), 'utf8') },
    ...(props.deploys === undefined ? [] : [deployScript()]),
    { path: props.path, text: printPipeline(props.path, projectPipeline(props)) },
  ];
}

export function projectPipeline(props: ProjectBuildProps): WoodpeckerPipeline {
  const { branch, images, isFallback = false, onlyFor, targets } = props;
  const path = onlyFor === undefined ? {} : { path: { include: [...onlyFor, props.path, script] } };
  const manual = { event: 'manual', branch } as const;
  const steps = [build(props), ...targets.map((target) => verify(props, target))];
  // Whole commits: a private forge gives missing objects to nobody later (2026-06-19).
  const clone = [{ name: 'git', image: images.clone, settings: { partial: false, depth: 1 } }];
  if (!isFallback) {
    const started = () => [{ event: 'push', branch } as const, manual];
    const deploy = props.deploys === undefined ? [] : deploySteps(props.deploys, started);
    return { when: [{ event: 'push', branch, ...path }, manual], clone, steps: [...steps, ...deploy] };
  }
  const byPerson = (step: Step): Step => ({
    ...step,
    when: [{ event: 'manual', evaluate: 'DEPLOY != "true"' }],
  });
  return { when: [manual], clone: clone.map(byPerson), steps: steps.map(byPerson) };
}

function build({
  context = '.',
  dockerfile = 'Dockerfile',
  floatingTags = [],
  images,
  targets,
}: ProjectBuildProps): Step {
  return {
    name: 'build-and-push',
    image: images.build,
    settings: {
      repo: targets.map(({ host, repository }) => `${host}/${repository}`),
      logins: targets.map(({ host, username, password }) => ({
        registry: host === 'docker.io' ? 'https://index.docker.io/v1/' : `https://${host}`,
        username: typeof username === 'string' ? username : fromSecret(username),
        password: fromSecret(password),
      })),
      ...{ dockerfile, context, tags: [commitTag, ...floatingTags] },
      platforms: 'linux/amd64',
      // One manifest for one platform, whose digest is then the tag's.
      provenance: false,
    },
  };
}

/** What is asked for images of a host, and what changes a login there for a token: never what an answer names. */
const publicRegistries: Readonly<Record<string, readonly [url: string, tokenService: string]>> = {
  'docker.io': ['https://index.docker.io', 'https://auth.docker.io/token?service=registry.docker.io'],
};

function verify({ images, pushgateway }: ProjectBuildProps, target: BuildTarget): Step {
  const { host, repository, username, password } = target;
  const [url = `https://${host}`, ...tokenService] = publicRegistries[host] ?? [];
  return {
    name: `verify-${host.replaceAll(/[^a-z0-9]+/g, '-')}`,
    image: images.verify,
    environment: {
      USERNAME: typeof username === 'string' ? username : fromSecret(username),
      PASSWORD: fromSecret(password),
      PUSHGATEWAY: pushgateway,
    },
    commands: [
      'apk add --no-cache --quiet curl jq',
      `sh ${script} ${shellLine([url, repository, ...tokenService])}`,
    ],
  };
}
