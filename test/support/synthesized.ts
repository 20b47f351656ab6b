import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Estate } from '../../estate/estate';
import type { Phase } from '../../estate/phases';
import { validateEstate } from '../../estate/validate';
import { estateAt } from './estates';
import { synthesize, type SynthesizedStack } from '../../stacks/synthesize';

/** A block of a synthesized stack, as far as tests look into it. */
export type Block = Record<string, unknown>;

export interface TerraformJson {
  readonly resource?: Record<string, Record<string, Block>>;
  readonly data?: Record<string, Record<string, Block>>;
  readonly locals?: Record<string, string>;
  readonly variable?: Record<string, Block>;
  readonly output?: Record<string, Block>;
  readonly moved?: { readonly from: string; readonly to: string }[];
  readonly terraform?: Block;
  readonly provider?: Block;
}

type Synthesized = Map<string, SynthesizedStack & { readonly json: TerraformJson }>;

const atPhase = new Map<Phase, Synthesized>();

/** The test estate of a phase, synthesized once a test file. */
export function synthesizedAt(phase: Phase): Synthesized {
  const result = atPhase.get(phase) ?? synthesized(estateAt(phase));
  atPhase.set(phase, result);
  return result;
}

/** Synthesizes an estate into a folder that is gone afterwards. */
export function synthesized(estate: Estate): Synthesized {
  const outdir = mkdtempSync(join(tmpdir(), 'synthesized-'));
  try {
    return new Map(
      synthesize(validateEstate(estate), outdir).map((stack) => [
        stack.name,
        { ...stack, json: JSON.parse(stack.text) as TerraformJson },
      ]),
    );
  } finally {
    rmSync(outdir, { recursive: true });
  }
}

/** One block, found by its address; the test fails with the addresses there are when it is missing. */
export function blockAt(json: TerraformJson, address: string): Block {
  const [type = '', name = ''] = address.replace(/^data\./, '').split('.');
  const blocks = address.startsWith('data.') ? json.data : json.resource;
  const block = blocks?.[type]?.[name];
  if (block === undefined)
    throw new Error(`no ${address}; there are ${Object.keys(blocks?.[type] ?? {}).join(', ')}`);
  return block;
}
