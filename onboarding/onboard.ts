import { setTimeout as sleep } from 'node:timers/promises';
import { commitFiles, createRepository, findRepository, tipOf } from '../clients/forgejo/repositories';
import type { WoodpeckerRepository } from '../clients/woodpecker/repositories';
import { collectClaims } from '../evidence/collect';
import type { Sources } from '../evidence/sources';
import { perform, reasonOf } from '../steps/perform';
import { Refused } from '../steps/refused';
import type { Target } from '../steps/step';
import type { Work } from '../steps/work';
import type { Terminal } from '../terminal/terminal';
import { projectBuildTree } from '../trees/project-builds';
import { commitToPush, pushHistory, type HistoryProps } from './history';
import { observe, repositoriesOf, repositoryOf, type Observed, type ObserveProps } from './observe';
import { claimOf, faultsOf, planOnboarding, type OnboardKind, type OnboardStep } from './plan';

export interface OnboardProps extends Omit<ObserveProps, 'files' | 'source'> {
  readonly login: { readonly user: string; readonly password: string };
  readonly forgejoUrl: string;
  /** @default there is no history to push */
  readonly history?: HistoryProps;
  readonly sources: Sources;
  readonly environment: Terminal['environment'];
  /** Where evidence is written. */
  readonly folder: string;
  readonly out: (text: string) => void;
  readonly pauseMs: number;
  /** Ends what runs; the same call goes on. */
  readonly signal: AbortSignal;
}

/** A webhook may be late; a build that nobody began by then is begun. */
const looksForWebhook = 3;
/** With the pause between them an hour, after which a build is not waited for. */
const looksForBuild = 360;
const going = new Set(['pending', 'running', 'created', 'started']);

/** A run, for which the commit to push is looked up once: a split takes its time, and its source may move on meanwhile. */
interface Run extends OnboardProps {
  readonly commit: () => Promise<string | undefined>;
}

/** A project's repository at the forge, its registration with Woodpecker, its pipeline, and its first build seen. */
export function onboarding(asked: OnboardProps): Work<OnboardStep> {
  const { history, signal } = asked;
  let found: Promise<string | undefined> | undefined;
  const commit = (): Promise<string | undefined> =>
    (found ??= history === undefined ? Promise.resolve(undefined) : commitToPush(history, signal));
  const props: Run = { ...asked, commit };
  const survey = async (): Promise<Target<OnboardStep>> => {
    const { wanted, seen } = await look(props);
    const faults = faultsOf(wanted, seen);
    if (faults.length > 0) throw new Refused(faults);
    return planOnboarding(wanted, seen);
  };
  return {
    survey: async () => [await survey()],
    detailsOf: ({ details }) => details,
    apply: async () => {
      const target = await survey();
      const isDone = target.steps.length === 0;
      const left = 'what was done stays, and is found when it is run again; plan lists what is left to you';
      const means = {
        carryOut: ({ kind }: OnboardStep) => reasonOf(() => doings[kind](props)),
        leave: () => Promise.resolve(left),
        before: () => Promise.resolve(),
        signal,
        out: props.out,
      };
      if (!isDone) await perform(target, means);
      const { notes } = isDone ? target : await survey();
      for (const note of notes) props.out(`${note}\n`);
      return isDone ? 0 : 1;
    },
  };
}

async function look(props: Run): Promise<{ wanted: ObserveProps; seen: Observed }> {
  const { estate, project, forgejo, woodpecker } = props;
  const refusal = await forgejo.refusal();
  if (refusal !== undefined) throw new Refused([refusal.why]);
  const files = projectBuildTree(estate, project);
  if (files.length === 0)
    throw new Refused([
      `onboard: "${project.name}" pushes to no registry before dual-push, got phase ${estate.phase}; onboard it later`,
    ]);
  const wanted = { estate, project, forgejo, woodpecker, files, source: await props.commit() };
  return { wanted, seen: await observe(wanted) };
}

const doings: Readonly<Record<OnboardKind, (props: Run) => Promise<void>>> = {
  create: ({ estate, forgejo, project }) =>
    createRepository(forgejo, estate.forgejo.packages, project.name, project.branch),
  push: async (props) => {
    const { environment, estate, forgejo, forgejoUrl, history, login, pauseMs, project, signal } = props;
    const known = await props.commit();
    if (history === undefined || known === undefined)
      throw new Error('--source: is not given, got none; name a clone');
    const url = new URL(`/${estate.forgejo.packages.owner}/${project.name}.git`, forgejoUrl).href;
    const { source } = history;
    await pushHistory({ source, commit: known, url, branch: project.branch, login, environment, signal });
    // Forgejo has the branch a moment after it has taken the push; who looks before sees nothing of what was pushed.
    for (let turn = 0; turn < looksForBuild; turn += 1) {
      const tip = await tipOf(forgejo, [estate.forgejo.packages.owner, project.name], project.branch);
      if (tip !== undefined) return;
      await sleep(pauseMs, undefined, { signal });
    }
    throw new Error(`no branch "${project.branch}" after the push`);
  },
  register: async ({ estate, forgejo, project, woodpecker }) => {
    const found = await findRepository(forgejo, estate.forgejo.packages.owner, project.name);
    await repositoriesOf({ woodpecker }).activate(String(found?.id));
  },
  'allow-deployments': async (props) => {
    await repositoriesOf(props).allowDeployments(registered((await look(props)).seen).id);
  },
  secrets: async (props) => {
    const { missingSecrets } = (await look(props)).seen;
    if (missingSecrets.length > 0) throw new Error(`none called ${missingSecrets.join(', ')}`);
  },
  'write-pipeline': async (props) => {
    const { wanted, seen } = await look(props);
    const [fault] = faultsOf(wanted, seen);
    if (fault !== undefined) throw new Error(fault);
    const changed = wanted.files.filter(({ path, text }) => seen.files.get(path)?.text !== text);
    await commitFiles(
      props.forgejo,
      repositoryOf(wanted),
      wanted.project.branch,
      'ci: build and push to the registries of this phase, and read back what was pushed',
      changed.map(({ path, text }) => {
        const replaces = seen.files.get(path)?.sha;
        return { path, text, ...(replaces === undefined ? {} : { replaces }) };
      }),
    );
  },
  build,
  evidence: async (props) => {
    const claim = claimOf(props);
    if (!(await collectClaims(claim === undefined ? [] : [claim], props)))
      throw new Error('not the same image on both');
  },
};

/** Waits for the build of the branch's last commit, and begins it where no webhook did. */
async function build(props: Run): Promise<void> {
  const { pauseMs, signal } = props;
  for (let turn = 0; turn < looksForBuild; turn += 1) {
    if (turn > 0) await sleep(pauseMs, undefined, { signal });
    const { seen } = await look(props);
    const [newest] = seen.builds;
    if (newest?.status === 'success') return;
    const isOver = newest !== undefined && !going.has(newest.status);
    // One that failed before this run is begun anew, once.
    if ((newest === undefined && turn === looksForWebhook) || (isOver && turn === 0))
      await repositoriesOf(props).build(registered(seen).id, props.project.branch);
    else if (isOver) throw new Error(`build ${newest.number}, which ended as "${newest.status}"`);
  }
  throw new Error('no build that ended');
}

function registered({ registration }: Observed): WoodpeckerRepository {
  if (registration !== undefined) return registration;
  throw new Error('no registration with Woodpecker');
}
