import type { Estate } from '../estate';
import { hostFaults } from '../image-reference';
import {
  check,
  ciEvent,
  ciSecretName,
  count,
  cron,
  objectName,
  portNumber,
  stepImage,
  timeZone,
  vaultKeyFaults,
  vaultName,
  vaultPath,
  vaultRulePath,
} from './check';
import type { Rule } from './rule';

/** The fields of the CI and of its ways into Vault. */
export const ciFields: Rule = (estate) => [...woodpeckerFields(estate), ...vaultFields(estate)];

function woodpeckerFields(estate: Estate): string[] {
  const { woodpecker, woodpeckerRepositoryIds, woodpeckerOnlyRepositories } = estate;
  const { deploy, host, images, namespace, server, secretSync } = woodpecker;
  const where = 'estate.woodpecker';
  const sync = `${where}.secretSync`;
  const events = (at: string, list: readonly string[]): string[] =>
    list.length === 0
      ? [`${at}: is empty, got ""; Woodpecker refuses a secret without events, so name some`]
      : list.flatMap((event) => check(at, event, ciEvent, 'write an event of Woodpecker, such as "push"'));
  return [
    ...check(`${where}.host`, host, hostFaults, 'write the name of the CI'),
    ...check(`${where}.namespace`, namespace, objectName, 'write the name of its namespace'),
    ...check(`${where}.server.service`, server.service, objectName, 'write the name of the Service'),
    ...check(`${where}.server.port`, server.port, portNumber, 'write the port of the Service'),
    ...check(`${where}.server.podPort`, server.podPort, portNumber, 'write the port of its pods'),
    ...Object.entries(images).flatMap(([name, image]) =>
      check(`${where}.images.${name}`, image, stepImage, 'write an image as a step names it'),
    ),
    ...check(`${where}.deploy.credentials`, deploy.credentials, vaultRulePath, 'write mount/creds/role'),
    ...check(`${where}.deploy.rolloutMinutes`, deploy.rolloutMinutes, count, 'write minutes'),
    ...check(
      `${where}.deploy.slackWebhook`,
      deploy.slackWebhook,
      ciSecretName,
      'write the name of the secret',
    ),
    ...check(`${sync}.schedule`, secretSync.schedule, cron, 'write five fields such as "0 */6 * * *"'),
    ...check(`${sync}.timeZone`, secretSync.timeZone, timeZone, 'write a zone such as "Etc/UTC"'),
    ...check(`${sync}.deadlineMinutes`, secretSync.deadlineMinutes, count, 'write minutes'),
    ...check(`${sync}.globalPath`, secretSync.globalPath, vaultPath, 'write a path such as "ci/global"'),
    ...vaultKeyFaults(`${sync}.apiToken`, secretSync.apiToken),
    ...Object.entries(secretSync.repositoryPaths).flatMap(([name, path]) => [
      ...check(`${sync}.repositoryPaths["${name}"]`, path, vaultPath, 'write a path such as "ci/app"'),
      ...(name in woodpeckerRepositoryIds
        ? []
        : [
            `${sync}.repositoryPaths["${name}"]: has no Woodpecker repository id, got none; add it to woodpeckerRepositoryIds`,
          ]),
    ]),
    ...woodpeckerOnlyRepositories
      .filter((name) => !(name in woodpeckerRepositoryIds))
      .map(
        (name) =>
          `estate.woodpeckerOnlyRepositories: has no Woodpecker repository id, got "${name}"; add it to woodpeckerRepositoryIds`,
      ),
    ...events(`${sync}.events`, secretSync.events),
    ...Object.entries(secretSync.filters).flatMap(([name, filter]) => [
      ...check(`${sync}.filters["${name}"]`, name, ciSecretName, 'write the key in Vault'),
      ...(filter.events === undefined ? [] : events(`${sync}.filters["${name}"].events`, filter.events)),
    ]),
  ];
}

function vaultFields({ vault }: Estate): string[] {
  const where = 'estate.vault';
  return [
    ...check(`${where}.service`, vault.service, objectName, 'write the name of the Service'),
    ...check(`${where}.namespace`, vault.namespace, objectName, 'write its namespace'),
    ...check(`${where}.port`, vault.port, portNumber, 'write the port of the Service'),
    ...check(`${where}.kubernetesAuth`, vault.kubernetesAuth, vaultName, 'write the mount'),
    ...Object.entries(vault.consumers).flatMap(([name, consumer]) => {
      const at = `${where}.consumers["${name}"]`;
      const accounts = [consumer.serviceAccount, ...(consumer.formerly?.serviceAccounts ?? [])];
      return [
        ...check(`${at}.role`, consumer.role, vaultName, 'write the name of the role'),
        ...check(`${at}.tokenDays`, consumer.tokenDays, count, 'write days'),
        ...accounts.flatMap((account) =>
          check(`${at} serviceAccounts`, account, objectName, 'write the name of a ServiceAccount'),
        ),
        ...consumer.otherPolicies.flatMap((policy) =>
          check(`${at}.otherPolicies`, policy, vaultName, 'write the name of a policy'),
        ),
        ...[...consumer.rights, ...(consumer.formerly?.rights ?? [])].flatMap(({ path }) =>
          check(`${at} rights`, path, vaultRulePath, 'write a path such as "secret/data/ci/*"'),
        ),
      ];
    }),
    ...sharedAccounts(vault.consumers),
  ];
}

/** One ServiceAccount is one consumer once it is narrowed: who may be two may what both may. */
function sharedAccounts(consumers: Estate['vault']['consumers']): string[] {
  const all = Object.entries(consumers);
  return all.flatMap(([name, { serviceAccount }], index) =>
    all
      .slice(0, index)
      .filter(([, other]) => other.serviceAccount === serviceAccount)
      .map(
        ([other]) =>
          `estate.vault.consumers["${name}"].serviceAccount: is that of "${other}" too, got "${serviceAccount}"; give each consumer one of its own`,
      ),
  );
}
