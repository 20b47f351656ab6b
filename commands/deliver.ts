import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Deliverable } from '../delivery/deliverable';
import { deliverablesOf, dnsDeliverable, registryVmDeliverable } from '../delivery/deliverables';
import { prepareDelivery } from '../delivery/deliver';
import { DeliveryRefused } from '../delivery/fault';
import { formatDelivery } from '../delivery/report';
import { estate } from '../estate';
import { validateEstate } from '../estate/validate';
import { dnsTree } from '../trees/dns';
import { registryVmTree } from '../trees/registry-vm';
import { synthesize } from '../stacks/synthesize';

const usage = 'usage: npm run deliver -- --into <tree> [--stack <name>]… [--write]';

export interface Output {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
}

/** Shows what a delivery would change in the tree, or with --write changes it. Returns the exit code. */
export async function deliver(
  args: readonly string[],
  deliverables: readonly Deliverable[],
  { out, err }: Output,
): Promise<number> {
  try {
    const { into, stacks, write } = parse(args, deliverables);
    const chosen = deliverables.filter(({ stack }) => stacks.length === 0 || stacks.includes(stack));
    const delivery = await prepareDelivery(into, chosen);
    if (delivery.changes.length === 0) {
      out(`nothing to do: ${into} holds everything already\n`);
      return 0;
    }
    out(formatDelivery(delivery));
    if (write) delivery.write();
    const files = delivery.changes.length === 1 ? '1 file' : `${delivery.changes.length.toString()} files`;
    out(write ? `\nwrote ${files}\n` : `\nnothing written; --write changes ${files}\n`);
    return 0;
  } catch (error) {
    if (!(error instanceof DeliveryRefused)) throw error;
    err(`${error.faults.join('\n')}\nnothing was changed\n`);
    return 1;
  }
}

function parse(
  args: readonly string[],
  deliverables: readonly Deliverable[],
): { into: string; stacks: readonly string[]; write: boolean } {
  const refuse = (fault: string): never => {
    throw new DeliveryRefused([`${fault}; ${usage}`]);
  };
  const values = ((): { into?: string; stack?: string[]; write?: boolean } => {
    try {
      return parseArgs({
        args: [...args],
        options: {
          into: { type: 'string' },
          stack: { type: 'string', multiple: true },
          write: { type: 'boolean' },
        },
      }).values;
    } catch (error) {
      return refuse(`deliver: wrong arguments, got "${(error as Error).message.split('\n')[0] ?? ''}"`);
    }
  })();
  const known = [...new Set(deliverables.map(({ stack }) => stack))].sort();
  const unknown = (values.stack ?? []).filter((name) => !known.includes(name));
  if (unknown.length > 0) {
    refuse(`--stack: no such stack, got "${unknown.join('", "')}", known are ${known.join(', ')}`);
  }
  return {
    into: values.into ?? refuse('--into: the infrastructure tree is missing'),
    stacks: values.stack ?? [],
    write: values.write ?? false,
  };
}

function synthesizedDeliverables(): Deliverable[] {
  const outdir = mkdtempSync(join(tmpdir(), 'deliver-'));
  try {
    const stacks = synthesize(validateEstate(estate), outdir);
    return [
      ...deliverablesOf(estate, stacks),
      ...registryVmDeliverable(estate, registryVmTree(estate)),
      dnsDeliverable(estate, dnsTree(estate)),
    ];
  } finally {
    rmSync(outdir, { recursive: true });
  }
}

async function main(): Promise<void> {
  process.exitCode = await deliver(process.argv.slice(2), synthesizedDeliverables(), {
    out: (text) => process.stdout.write(text),
    err: (text) => process.stderr.write(text),
  });
}

if (require.main === module)
  main().catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  });
