import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { StackJson } from '../../manifests/stack-manifests';
import { findTool } from '../../lab/programs/find-tool';
import { runOk } from '../../terminal/run';

/** What a stack's expressions refer to outside of it. */
export interface StackValues {
  /** Values of Terraform variables that have no default. */
  readonly variables: Readonly<Record<string, string>>;
  /** Vault secret name to its keys, for `data.vault_kv_secret_v2`. */
  readonly vault: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Paths that `file(…)` reads, to their contents. @default {} */
  readonly files?: Readonly<Record<string, string>>;
}

/** The part of a synthesized stack that is evaluated. */
export interface EvaluatedJson extends StackJson {
  readonly variable?: Readonly<Record<string, object>>;
  readonly locals?: Readonly<Record<string, unknown>>;
  readonly data?: Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, unknown>>>>>>;
}

/**
 * The stack with every expression of its resources replaced by its value. Terraform itself
 * evaluates them, as outputs of a scratch configuration without providers, in which what Vault
 * would answer is a local value, held to the stack's own conditions on it.
 *
 * @throws Error with Terraform's words, such as the error message of a condition that fails
 */
export async function evaluateStack(json: EvaluatedJson, values: StackValues): Promise<StackJson> {
  const texts: string[] = [];
  collectTexts(json.resource, texts);
  const unique = [...new Set(texts)];
  if (unique.length === 0) return json;
  const question = JSON.stringify([
    unique,
    json.variable,
    json.locals,
    secretConditions(json, values.vault),
    values,
  ]);
  const answer = answers.get(question) ?? evaluate(unique, json, values);
  answers.set(question, answer);
  const evaluated = await answer;
  return { resource: replaceTexts(json.resource, evaluated) as NonNullable<StackJson['resource']> };
}

/** Most stacks are the same in most phases, and Terraform is started three times to be asked. */
const answers = new Map<string, ReturnType<typeof evaluate>>();

async function evaluate(
  texts: readonly string[],
  json: EvaluatedJson,
  { variables, vault, files = {} }: StackValues,
): Promise<ReadonlyMap<string, string>> {
  const terraform = await findTool('tofu');
  const folder = mkdtempSync(join(tmpdir(), 'lab-evaluate-'));
  try {
    for (const [path, content] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), content);
    }
    const outputs = texts.map((text, index): [string, object] => [
      `value_${index}`,
      // What is sensitive is to be shown here.
      { value: text.replaceAll('data.vault_kv_secret_v2.', 'local.lab_vault.'), sensitive: true },
    ]);
    const secrets = Object.fromEntries(Object.entries(vault).map(([name, data]) => [name, { data }]));
    const configuration = {
      variable: json.variable ?? {},
      locals: { ...json.locals, lab_vault: secrets },
      output: { ...Object.fromEntries(outputs), ...secretConditions(json, vault) },
    };
    // One value a line: Terraform quotes the faulty line, and no other may hold a secret.
    writeFileSync(join(folder, 'main.tf.json'), JSON.stringify(configuration, undefined, 1));
    writeFileSync(join(folder, 'terraform.tfvars.json'), JSON.stringify(variables));
    const env = { PATH: process.env['PATH'], HOME: folder, CHECKPOINT_DISABLE: '1' };
    const tell = (...args: readonly string[]): Promise<string> =>
      runOk(terraform.path, args, { cwd: folder, env });
    await tell('init', '-input=false', '-no-color', '-backend=false');
    await tell('apply', '-auto-approve', '-input=false', '-no-color');
    const answer = JSON.parse(await tell('output', '-json')) as OutputAnswer;
    return new Map(texts.map((text, index) => [text, answer[`value_${index}`]?.value ?? '']));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The conditions on each secret that is answered for, as those of an output: a data source of a provider has none here. */
function secretConditions(
  json: EvaluatedJson,
  vault: StackValues['vault'],
): Readonly<Record<string, object>> {
  const secrets = Object.entries(json.data?.['vault_kv_secret_v2'] ?? {}).filter(([name]) => name in vault);
  return Object.fromEntries(
    secrets.map(([name, { lifecycle }]) => {
      const { postcondition = [] } = (lifecycle ?? {}) as Lifecycle;
      const precondition = postcondition.map(({ condition, ...rest }) => ({
        ...rest,
        condition: condition.replaceAll('self.', `local.lab_vault.${name}.`),
      }));
      return [`secret_${name}`, { value: name, precondition }];
    }),
  );
}

interface Lifecycle {
  readonly postcondition?: readonly { readonly condition: string; readonly error_message: string }[];
}

type OutputAnswer = Readonly<Record<string, { readonly value: string }>>;

/** Every text that Terraform reads as a template. */
function collectTexts(value: unknown, texts: string[]): void {
  if (typeof value === 'string' && /[$%]\{/.test(value)) texts.push(value);
  else if (typeof value === 'object' && value !== null) {
    for (const [key, item] of Object.entries(value)) if (!unevaluated.has(key)) collectTexts(item, texts);
  }
}

// Terraform's own arguments hold addresses and conditions about the live object.
const unevaluated = new Set(['//', 'depends_on', 'lifecycle']);

function replaceTexts(value: unknown, values: ReadonlyMap<string, string>): unknown {
  if (typeof value === 'string') return values.get(value) ?? value;
  if (Array.isArray(value)) return value.map((item: unknown) => replaceTexts(item, values));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, replaceTexts(item, values)]));
}

/** Every Vault key that the stack's expressions name, each with a value of its own. */
export function referencedSecrets({ resource }: StackJson): StackValues['vault'] {
  const texts: string[] = [];
  collectTexts(resource, texts);
  const secrets: Record<string, Record<string, string>> = {};
  for (const text of texts) {
    const named = text.matchAll(/data\.vault_kv_secret_v2\.(\w+)\.data\["([^"]+)"\]/g);
    for (const [, name = '', key = ''] of named) (secrets[name] ??= {})[key] = `value-of-${name}-${key}`;
  }
  return secrets;
}
