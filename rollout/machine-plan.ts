import { createHash } from 'node:crypto';
import type { Activation } from './activation';
import type { Check } from './check';
import { asRoot, type Command, type SshAccess } from './command';
import { fileDiff } from './diff';
import type { Observation } from './observation';
import type { ResolvedFile, ResolvedMachine } from './resolved-machine';
import {
  answerScript,
  clearScript,
  makeDirectoryScript,
  markOf,
  pullScript,
  removeScript,
  unverified,
  writeScript,
} from './scripts';
import type { Step } from './step';

export interface MachinePlanProps<Effect extends string> {
  readonly machine: ResolvedMachine<Effect>;
  readonly observed: Observation;
  readonly activation: Activation<Effect>;
  readonly checks: readonly Check[];
  readonly access: SshAccess;
  /** What ssh dials. */
  readonly host: string;
  /** Whether something else than its files demands the checks. @default false */
  readonly mustVerify?: boolean;
}

export interface MachinePlan {
  /** Empty when there is nothing to do. */
  readonly steps: readonly Step[];
  readonly needsDrain: boolean;
}

type Root = (script: string, args: readonly string[], input?: string) => Command;

/**
 * What brings a machine from what it was seen to hold to what it should hold: files, then what makes it use them, then
 * removals, then the checks. What an earlier rollout began and did not finish is part of it.
 */
export function planMachine<Effect extends string>(props: MachinePlanProps<Effect>): MachinePlan {
  const { machine, observed, activation, checks, access, host, mustVerify = false } = props;
  const root: Root = (script, args, input) => asRoot(access, host, script, args, input);

  const files = machine.files.filter((file) => !isHeld(file, observed));
  const unfinished = machine.files
    .map(({ effect }) => effect)
    .filter((effect) => observed.pending.has(effect));
  const effects = [...new Set([...files.map(({ effect }) => effect), ...unfinished])];
  const lasting = effects.filter((effect) => activation.commands([effect]).length > 0);

  const changes: readonly Step[] = [
    ...machine.directories
      .filter((path) => !observed.directories.has(path))
      .map((path) => makeDirectory(path, root)),
    ...files.map((file) =>
      writeFile(file, lasting.includes(file.effect) ? file.effect : unverified, observed, root),
    ),
    ...activate(activation.commands(effects), lasting, root),
    ...machine.absent.filter((path) => observed.leftovers.has(path)).map((path) => remove(path, root)),
  ];
  if (changes.length === 0 && !mustVerify && !observed.pending.has(unverified))
    return { steps: [], needsDrain: false };
  return {
    steps: [...changes, ...checks.map((check) => verify(check, root)), settle(root)],
    needsDrain: activation.needsDrain(effects),
  };
}

function isHeld({ path, mode, text }: ResolvedFile, { files }: Observation): boolean {
  const standing = files.get(path);
  return (
    standing?.kind === 'file' && standing.mode === mode && standing.owner === '0:0' && standing.text === text
  );
}

function makeDirectory(path: string, root: Root): Step {
  return {
    kind: 'make-directory',
    title: `make directory ${path}`,
    command: root(makeDirectoryScript, [path]),
    advice: 'look at the disk of the machine',
  };
}

function writeFile(file: ResolvedFile, mark: string, { files }: Observation, root: Root): Step {
  const digest = createHash('sha256').update(file.text).digest('hex');
  return {
    kind: 'write-file',
    title: `write ${file.path} (${file.mode})`,
    command: root(writeScript, [file.path, file.mode, markOf(mark)], `${digest}\n${file.text}`),
    diff: fileDiff(file, files.get(file.path)),
    advice: 'look at the disk of the machine',
  };
}

/** The last command takes the marks off, so that a rollout that is killed before it runs them all again. */
function activate(commands: readonly string[], effects: readonly string[], root: Root): readonly Step[] {
  return commands.map((command, at) => ({
    kind: 'activate',
    title: command,
    command:
      at < commands.length - 1
        ? root(command, [])
        : root(`set -e; ${command}; ${clearScript}`, effects.map(markOf)),
    advice: 'read the log on the machine: journalctl -e',
  }));
}

function remove(path: string, root: Root): Step {
  return {
    kind: 'remove',
    title: `remove ${path}`,
    command: root(removeScript, [path]),
    advice: 'look at what holds it on the machine',
  };
}

function verify(check: Check, root: Root): Step {
  if (check.kind === 'pull') {
    const { reference, credentials } = check;
    return {
      kind: 'verify',
      title: `pull ${reference}`,
      command: root(pullScript, [reference], `${credentials.username}:${credentials.password}\n`),
      advice: 'repair its way to the registry: the name, the certificate, the pull Secret, hosts.toml',
    };
  }
  const { url, statuses, curlOptions } = check;
  return {
    kind: 'verify',
    title: `ask ${url}`,
    command: root(answerScript, [url, statuses.join('|'), ...curlOptions]),
    advice: 'see what should answer there (npm run nodes -- plan --only registry-vm)',
  };
}

function settle(root: Root): Step {
  return {
    kind: 'settle',
    title: 'record that every check has passed',
    command: root(clearScript, [markOf(unverified)]),
    advice: 'look at the disk of the machine',
  };
}
