import { whyNoForgejo } from '../../clients/forgejo/why-no-forgejo';
import type { VaultKv } from '../../clients/vault/kv';
import type { Estate } from '../../estate/estate';
import type { Duty, VaultKey } from '../../estate/tokens';
import type { Run } from '../../rollout/run-command';
import { readPaths, textAt, type ReadPaths } from '../../rollout/vault-paths';
import type { Progress } from '../../terminal/progress';
import { askCiSecrets, type CiSecret } from './ci-secrets';
import { judgeEvidence, retentionEnforces } from './evidence';
import { answered, findingOf, type Finding } from './finding';
import { frontDoorQuestions, judgeFrontDoor, type askFrontDoor } from './front-doors';
import { judgeName, nameQuestions, type askName } from './names';
import { judgePullSecrets, observePullSecrets } from './pull-secrets';
import { judgeToken, observeToken } from './tokens';
import { judgeVaultKeys, type ReadKey } from './vault-keys';

export interface PreflightProps {
  readonly estate: Estate;
  /** Every key of Vault that a stack, a job or a pipeline reads. */
  readonly keys: readonly ReadKey[];
  readonly vault: VaultKv;
  /** What pipelines are given. */
  readonly ciSecrets: readonly CiSecret[];
  /** Forgejo's address from here, and the CI's. */
  readonly url: string;
  readonly ciUrl: string;
  readonly run: Run;
  readonly askName: typeof askName;
  readonly askFrontDoor: typeof askFrontDoor;
  readonly nowMs: number;
  readonly tell: Progress;
}

/** Everything that has to hold before an apply, and changes nothing. */
export async function preflight(props: PreflightProps): Promise<readonly Finding[]> {
  const { estate, keys, vault, url, run, nowMs, tell } = props;
  tell('Vault');
  const closed = await vault.faults();
  const paths = closed.length === 0 ? await readPaths(vault, keys) : new Map<string, never>();
  const duties = Object.keys(estate.tokens) as Duty[];
  const issued: VaultKey[] = Object.values(estate.tokens).map((token) => token.vault);
  tell('tokens');
  const forgejo = await forgejoFindings(url);
  const tokens: Finding[] = [];
  if (forgejo.every(({ state }) => state === 'well'))
    for (const duty of duties) tokens.push(...(await tokenFindings(props, duty, duties, paths)));
  tell('secrets of the CI');
  const ciSecrets = await ciSecretFindings(props, paths);
  tell('the pull Secret');
  const copies = await answered('pull secret', estate.pullSecret.name, async () =>
    judgePullSecrets(estate, await observePullSecrets(estate, run), paths),
  );
  const isOfRetention = ({ subject }: Finding): boolean => subject === 'retention-observed';
  const retention = await answered('evidence', 'retention-observed', async () =>
    judgeEvidence(estate, nowMs, await retentionEnforces(estate, run)).filter(isOfRetention),
  );
  tell(`names and front doors, by way of ${url}`);
  const names = nameQuestions(estate).map(async (question) =>
    judgeName(
      question,
      question.server === undefined ? undefined : await props.askName(question.server, question.name),
    ),
  );
  const doors = frontDoorQuestions(estate).map(async (question) => {
    const { address, dials } = question;
    return judgeFrontDoor(
      question,
      address === undefined ? undefined : await props.askFrontDoor({ address, dials }),
    );
  });
  return [
    ...closed.map((says) => findingOf('vault', 'itself')('fault', says)),
    ...(closed.length === 0 ? judgeVaultKeys(keys, paths, issued) : []),
    ...forgejo,
    ...tokens,
    ...ciSecrets,
    ...copies,
    ...(await Promise.all(names)),
    ...(await Promise.all(doors)),
    ...judgeEvidence(estate, nowMs).filter((finding) => !isOfRetention(finding)),
    ...retention,
  ];
}

function forgejoFindings(url: string): Promise<readonly Finding[]> {
  const subject = new URL(url).origin;
  return answered('forgejo', subject, async () => {
    const why = await whyNoForgejo(url);
    return [findingOf('forgejo', subject)(why === undefined ? 'well' : 'fault', why ?? 'is a Forgejo')];
  });
}

/** Nothing without the CI's token in Vault, which its key's finding says. */
async function ciSecretFindings(
  { ciSecrets, ciUrl, estate }: PreflightProps,
  paths: ReadPaths,
): Promise<readonly Finding[]> {
  const { apiToken } = estate.woodpecker.secretSync;
  const token = textAt(paths, apiToken);
  if (token === undefined || ciSecrets.length === 0) return [];
  return answered('ci secret', new URL(ciUrl).origin, () => askCiSecrets(ciUrl, token, apiToken, ciSecrets));
}

/** Nothing for a token that Vault does not have, which its key's finding says. */
async function tokenFindings(
  { estate, url }: PreflightProps,
  duty: Duty,
  duties: readonly Duty[],
  paths: ReadPaths,
): Promise<readonly Finding[]> {
  const valueOf = (of: Duty): string | undefined => textAt(paths, estate.tokens[of].vault);
  const value = valueOf(duty);
  if (value === undefined) return [];
  const shared = duties.filter((other) => other !== duty && valueOf(other) === value);
  return answered('token', `${duty} of ${estate.tokens[duty].owner}`, async () => [
    judgeToken(estate, duty, await observeToken(url, estate, duty, value), shared),
  ]);
}
