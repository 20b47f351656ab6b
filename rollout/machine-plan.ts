import { createHash } from 'node:crypto';
import { machineScripts, markOf, unverifiedMark, type MachineScript } from '../cloud-init/machine-scripts';
import { shellLine } from '../terminal/shell-words';
import type { Activation } from './activation';
import type { Check } from './machine-check';
import { asRoot, runScript, type Command, type SshAccess } from './machine-command';
import { fileDiff } from './file-diff';
import type { Observation } from './observation';
import type { ResolvedFile, ResolvedMachine } from './resolved-machine';
import type { MachineStep } from './machine-step';

export interface MachinePlanProps {
  readonly machine: ResolvedMachine;
  readonly observed: Observation;
  readonly activation: Activation;
  readonly checks: readonly Check[];
  readonly access: SshAccess;
  /** What ssh dials. */
  readonly host: string;
  /** Whether something else than its files demands the checks. @default false */
  readonly mustVerify?: boolean;
}

export interface MachinePlan {
  /** Empty when there is nothing to do. */
  readonly steps: readonly MachineStep[];
  readonly needsDrain: boolean;
}

/** How a command is run on the machine: one of its scripts, or a line that a plan shows in other words. */
interface On {
  readonly script: (name: MachineScript, args: readonly string[], input?: string) => Command;
  readonly line: (shown: string, script: string, args: readonly string[]) => Command;
}

/**
 * What brings a machine from what it was seen to hold to what it should hold: files, then what makes it use them, then
 * removals, then the checks. What an earlier rollout began and did not finish is part of it.
 */
export function planMachine(props: MachinePlanProps): MachinePlan {
  const { machine, observed, activation, checks, access, host, mustVerify = false } = props;
  const on: On = {
    script: (name, args, input) => runScript(access, host, name, args, input),
    line: (shown, script, args) => asRoot(access, host, script, args, { shown }),
  };

  const files = machine.files.filter((file) => !isHeld(file, observed));
  const unfinished = machine.files
    .map(({ effect }) => effect)
    .filter((effect) => observed.pending.has(effect));
  const effects = [...new Set([...files.map(({ effect }) => effect), ...unfinished])];
  const lasting = effects.filter((effect) => activation.commands([effect]).length > 0);

  const changes: readonly MachineStep[] = [
    ...machine.directories
      .filter((path) => !observed.directories.has(path))
      .map((path) => makeDirectory(path, on)),
    ...files.map((file) =>
      writeFile(file, lasting.includes(file.effect) ? file.effect : unverifiedMark, observed, on),
    ),
    ...activate(activation.commands(effects), lasting, on),
    ...machine.absent.filter((path) => observed.leftovers.has(path)).map((path) => remove(path, on)),
  ];
  if (changes.length === 0 && !mustVerify && !observed.pending.has(unverifiedMark))
    return { steps: [], needsDrain: false };
  return {
    steps: [...changes, ...checks.map((check) => verify(check, on)), settle(on)],
    needsDrain: activation.needsDrain(effects),
  };
}

function isHeld({ path, mode, text }: ResolvedFile, { files }: Observation): boolean {
  const standing = files.get(path);
  return (
    standing?.kind === 'file' && standing.mode === mode && standing.owner === '0:0' && standing.text === text
  );
}

function makeDirectory(path: string, on: On): MachineStep {
  return {
    kind: 'make-directory',
    title: `make directory ${path}`,
    command: on.script('make-directory', [path]),
    advice: 'look at the disk of the machine',
  };
}

function writeFile(file: ResolvedFile, mark: string, { files }: Observation, on: On): MachineStep {
  const digest = createHash('sha256').update(file.text).digest('hex');
  return {
    kind: 'write-file',
    title: `write ${file.path} (${file.mode})`,
    command: on.script('write', [file.path, file.mode, markOf(mark)], `${digest}\n${file.text}`),
    diff: fileDiff(file, files.get(file.path)),
    advice: 'look at the disk of the machine',
  };
}

/** The last command takes the marks off, so that a rollout that is killed before it runs them all again. */
function activate(commands: readonly string[], effects: readonly string[], on: On): readonly MachineStep[] {
  return commands.map((command, at) => ({
    kind: 'activate',
    title: command,
    command:
      at < commands.length - 1
        ? on.line(command, command, [])
        : on.line(
            `${command}; ${shellLine(['clear.sh', ...effects.map(markOf)])}`,
            `set -e\n${command}\n${machineScripts.clear}`,
            effects.map(markOf),
          ),
    advice: 'read the log on the machine: journalctl -e',
  }));
}

function remove(path: string, on: On): MachineStep {
  return {
    kind: 'remove',
    title: `remove ${path}`,
    command: on.script('remove', [path]),
    advice: 'look at what holds it on the machine',
  };
}

function verify(check: Check, on: On): MachineStep {
  switch (check.kind) {
    case 'pull': {
      const { reference, credentials } = check;
      return {
        kind: 'verify',
        title: `pull ${reference}`,
        command: on.script('pull', [reference], `${credentials.username}:${credentials.password}\n`),
        advice: 'repair its way to the registry: the name, the certificate, the pull Secret, hosts.toml',
      };
    }
    case 'answer': {
      const { url, statuses, curlOptions } = check;
      return {
        kind: 'verify',
        title: `ask ${url}`,
        command: on.script('answer', [url, statuses.join('|'), ...curlOptions]),
        advice: 'see what should answer there (./registry nodes plan --only registry-vm)',
      };
    }
    case 'crontab':
      return {
        kind: 'verify',
        title: "look for the predecessor's jobs in root's crontab",
        command: on.script('crontab', [check.pattern]),
        advice: 'remove these lines with crontab -e: /etc/cron.d has replaced them',
      };
  }
}

function settle(on: On): MachineStep {
  return {
    kind: 'settle',
    title: 'record that every check has passed',
    command: on.script('clear', [unverifiedMark]),
    advice: 'look at the disk of the machine',
  };
}
