import { stringify } from 'yaml';
import type { VaultKey } from '../estate/tokens';
import { substitutedNames } from './substitution';

export type WoodpeckerEvent = 'push' | 'pull_request' | 'tag' | 'deployment' | 'cron' | 'manual';

/** When a pipeline or a step runs: one of the rows, all of its fields. */
export interface When {
  readonly event: WoodpeckerEvent;
  readonly branch?: string | readonly string[];
  readonly cron?: string;
  readonly status?: readonly ('success' | 'failure')[];
  readonly path?: { readonly include: readonly string[] };
  /** An expression over variables, also those of a manual start. Of steps alone: not every server gives these to workflows. */
  readonly evaluate?: string;
}

/** A Woodpecker secret that a step is given: named as its key in Vault. */
export interface FromSecret {
  readonly from_secret: string;
}

export type SettingValue =
  | string
  | number
  | boolean
  | FromSecret
  | readonly SettingValue[]
  | { readonly [name: string]: SettingValue };

interface StepBase {
  readonly name: string;
  readonly image: string;
  readonly when?: readonly When[];
  readonly backend_options?: { readonly kubernetes: { readonly serviceAccountName: string } };
}

/** A step either runs commands or is a plugin, which Woodpecker tells apart by `settings`. */
export type Step = StepBase &
  (
    | {
        readonly commands: readonly string[];
        readonly environment?: Readonly<Record<string, string | FromSecret>>;
      }
    | { readonly settings: Readonly<Record<string, SettingValue>> }
  );

/** A workflow as Woodpecker's documentation has it, in what this project uses of it. */
export interface WoodpeckerPipeline {
  readonly when: readonly When[];
  readonly clone?: readonly Step[];
  readonly steps: readonly Step[];
}

/** The first eight characters of the commit, which are what a tag names here. */
export const commitTag = '${CI_COMMIT_SHA:0:8}';

export function fromSecret({ key }: Pick<VaultKey, 'key'>): FromSecret {
  return { from_secret: key };
}

/**
 * The pipeline as YAML. Only what can hold nothing but hexadecimal digits may be substituted, for values come unescaped into
 * the text (incident 23); and it stands quoted, for eight digits would be a number.
 *
 * @throws an Error that names every other substitution
 * @see https://woodpecker-ci.org/docs/usage/workflow-syntax
 */
export function printPipeline(path: string, pipeline: WoodpeckerPipeline): string {
  const text = stringify(pipeline, {
    lineWidth: 0,
    aliasDuplicateObjects: false,
    defaultStringType: 'PLAIN',
    defaultKeyType: 'PLAIN',
  });
  const faults = substitutedNames(text).filter((name) => name !== 'CI_COMMIT_SHA');
  if (faults.length > 0)
    throw new Error(
      `${path}: Woodpecker would substitute before it parses, got ${faults.map((name) => `"${name}"`).join(', ')}; read the variable in a script of its own`,
    );
  return text.replace(/^(\s*(?:- )*(?:[\w.-]+: )?)(\$\{[^"\n]*)$/gm, '$1"$2"');
}

/** Every secret that the pipeline is given, by its name at the server. */
export function pipelineSecrets({ clone = [], steps }: WoodpeckerPipeline): readonly string[] {
  const found = new Set<string>();
  JSON.stringify([clone, steps], (key, value: unknown) => {
    if (key === 'from_secret') found.add(String(value));
    return value;
  });
  return [...found].sort();
}
