import { estate, type ThisEstate } from '../../estate';
import { requiredClaims } from '../../estate/derived/claims';
import type { Estate } from '../../estate/estate';
import { factsHash } from '../../estate/evidence';
import { isAtLeast, type Phase } from '../../estate/phases';
import type { VaultConsumer } from '../../estate/vault';

/** Evidence of everything the estate needs, issued for tests; the real estate's reader refuses it. */
export function withTestEvidence<E extends Estate>(subject: E): E {
  const evidence = requiredClaims(subject).map(({ name, facts }) => ({
    claim: name,
    facts: factsHash(facts),
    measuredAt: '2026-01-01T00:00:00Z',
    issuer: 'test' as const,
    seal: 'none',
  }));
  return { ...subject, evidence };
}

/** The real estate as it will be in a phase, with what its owner will have done by then. */
export function estateAt(phase: Phase): ThisEstate {
  return inPhase(estate, phase);
}

/** Any estate as it will be in a phase, with what its owner will have done by then. */
export function inPhase<E extends Estate>(subject: E, phase: Phase): E {
  const cutOver = isAtLeast(phase, 'cutover');
  return withTestEvidence({
    ...subject,
    phase,
    hosts: {
      ...subject.hosts,
      websecure: {
        readTimeoutSeconds: subject.forgejo.registryIngress.transferSeconds,
        writeTimeoutSeconds: 0,
      },
    },
    pipelineImages: subject.pipelineImages.map((row) => ({ ...row, cutOver })),
    apps: subject.apps.map((app) => ({
      ...app,
      cutOver,
      pulls: app.pulls.map((pull) => ({
        ...pull,
        workloads: pull.workloads.map((workload) => ({ ...workload, hasPullSecret: true })),
      })),
    })),
  });
}

/** The estate once nobody may any more what its consumers of Vault could before. */
export function narrowed<E extends Estate>(subject: E): E {
  const { consumers } = subject.vault;
  const narrow = (consumer: VaultConsumer): VaultConsumer =>
    consumer.formerly === undefined
      ? consumer
      : { ...consumer, formerly: { ...consumer.formerly, narrowed: true } };
  return {
    ...subject,
    vault: {
      ...subject.vault,
      consumers: {
        apply: narrow(consumers.apply),
        secretSync: narrow(consumers.secretSync),
        deploy: narrow(consumers.deploy),
      },
    },
  };
}
