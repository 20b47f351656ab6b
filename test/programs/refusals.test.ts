import { describe, expect, it } from '@jest/globals';
import { probeRequests, probeWorld } from '../support/hostile-probe';
import { retentionRequests, retentionWorld } from '../support/hostile-retention';
import { play } from '../support/hostile-run';

const pace = { deadlineSeconds: 60, timeoutMs: 10_000 };

/** What a person reads when every request of one kind is refused. */
async function refused(
  world: typeof retentionWorld,
  at: string,
  status: number,
): Promise<{ readonly code: number; readonly output: string }> {
  const answer = { kind: 'status' as const, status, body: '{"message":"no"}' };
  const script = {
    faults: [{ at, from: 0, times: 1_000, answer }],
    ...{ stranger: 'silence' as const, scheme: 'bearer' as const, interruption: null },
  };
  const { broken, ending } = await play(script, pace, world);
  expect(broken).toEqual([]);
  return ending;
}

const needs = {
  forge:
    'retention takes the delete token: one of "viktor" with write:package, where that account owns the packages of "viktor" or its team may write them; run ./registry bootstrap plan',
  cluster:
    "retention takes the token of this pod's ServiceAccount, which may list pods and workloads of every namespace; run kubectl get pod -n forgejo forgejo-cleanup-1",
  gateway: 'metrics are pushed without a login; check that pushgatewayUrl is the Pushgateway itself',
  registry:
    'forgejo-integrity-probe takes the pull token of the nodes, got the one of "puller"; compare REG_USER and REG_PASS of its Secret with what the nodes pull from forge.example with: ./registry preflight',
};

describe.each([401, 403])('a refusal by %i', (status) => {
  it.each(retentionRequests)('of retention (%s) names the token, the account and what to run', async (at) => {
    const { code, output } = await refused(retentionWorld, at, status);

    const isGateway = at === 'metrics' || at === 'tell';
    expect(output).toContain(isGateway ? needs.gateway : at === 'cluster' ? needs.cluster : needs.forge);
    // Other owners are asked for where they may be; nothing rests on it.
    expect(code).toBe(at === 'catalog' ? 0 : isGateway || at === 'check' ? 1 : 3);
  });

  it.each(probeRequests)('of the probe (%s) names the token, the account and what to run', async (at) => {
    const { code, output } = await refused(probeWorld, at, status);

    expect(output).toContain(at === 'metrics' || at === 'tell' ? needs.gateway : needs.registry);
    expect(code).toBe(1);
  });
});
