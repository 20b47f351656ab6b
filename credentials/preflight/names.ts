import { Resolver } from 'node:dns/promises';
import { answerThrough, frontDoorData } from '../../estate/derived/name-resolution';
import { pullPathsOf } from '../../estate/derived/pull-paths';
import type { Estate } from '../../estate/estate';
import type { ClientClass } from '../../estate/pull-paths';
import { findingOf, type Finding } from './finding';

/** A question to one DNS server, and who depends on its answer. */
export interface NameQuestion {
  readonly resolver: string;
  /** Undefined for one that only pods, or the world, can ask. */
  readonly server: string | undefined;
  readonly name: string;
  /** Undefined where the estate does not know the address, such as a public one. */
  readonly expected: string | undefined;
  readonly clients: readonly ClientClass[];
}

/** The addresses that a server gave, or why it gave none. */
export type NameAnswer = { readonly addresses: readonly string[] } | { readonly why: string };

/** What every present pull path asks of its class's servers, each question once. */
export function nameQuestions(estate: Estate): readonly NameQuestion[] {
  const questions = new Map<string, NameQuestion>();
  for (const { client, dials, isPresent } of pullPathsOf(estate)) {
    const name = dials.replace(/:\d+$/, '');
    if (!isPresent || !/[a-z]/i.test(name)) continue;
    for (const resolver of estate.clientNetworks[client].resolvers) {
      const key = `${resolver} ${name}`;
      const door = answerThrough(estate, resolver, name)?.frontDoor;
      const before = questions.get(key);
      questions.set(key, {
        ...{ resolver, name, server: estate.resolvers[resolver]?.address },
        expected: door === undefined ? undefined : frontDoorData(estate, door),
        clients: [...new Set([...(before?.clients ?? []), client])],
      });
    }
  }
  return [...questions.values()];
}

/** Asks one server. @param server an address, with a port unless it is 53 */
export async function askName(server: string, name: string): Promise<NameAnswer> {
  const resolver = new Resolver({ timeout: 3000, tries: 2 });
  resolver.setServers([server]);
  try {
    return { addresses: await resolver.resolve4(name) };
  } catch (error) {
    return { why: (error as NodeJS.ErrnoException).code ?? 'no answer' };
  }
}

export function judgeName(question: NameQuestion, answer: NameAnswer | undefined): Finding {
  const { resolver, name, expected, clients } = question;
  const finding = findingOf('name', `${name} by ${resolver}`);
  if (answer === undefined || expected === undefined)
    return finding('elsewhere', `only ${clients.join(', ')} can ask it`);
  const remedy = 'give the server what estate.stacks.dnsFolder holds for it, or correct estate.resolvers';
  if ('why' in answer)
    return /TIMEOUT|REFUSED|UNREACH/.test(answer.why)
      ? finding('unasked', `does not answer here, got ${answer.why}; ask from a machine of that network`)
      : finding('fault', `leads ${clients.join(', ')} nowhere, got ${answer.why}; ${remedy}`);
  return answer.addresses.join() === expected
    ? finding('well', `is ${expected}, for ${clients.join(', ')}`)
    : finding(
        'fault',
        `leads ${clients.join(', ')} astray, got ${answer.addresses.join(', ')}, expected ${expected}; ${remedy}`,
      );
}
