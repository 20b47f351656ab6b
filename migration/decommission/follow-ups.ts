import { imageAt } from '../../estate/derived/references';
import { legacyOnVm, legacySpellings } from '../../estate/derived/legacy-registry';
import { deletedFolders } from '../../estate/derived/registry-vm-paths';
import { hasRegistryVm, type Estate } from '../../estate/estate';
import type { Group } from '../../clients/pushgateway';
import { shellWord } from '../../terminal/shell-words';
import {
  askBuilds,
  askContainer,
  askFolder,
  askIngresses,
  askName,
  askPushgateway,
  askSeries,
  askWorkloads,
  type DecommissionProps,
  type Seen,
} from './ask';

/** Something to do by hand. */
export interface FollowUp {
  readonly what: string;
  readonly command: string;
  /** How far it is now. @default a person has to look */
  readonly ask?: (props: DecommissionProps) => Promise<Seen>;
}

/** What is left to do by hand once the legacy registry has left the estate, in order. */
export function followUps(estate: Estate): readonly FollowUp[] {
  const { legacyRegistry, forgejo, projects } = estate;
  const { host } = legacyRegistry;
  const query = seriesQuery(host);
  const grep = legacySpellings(estate)
    .map((spelling) => `-e ${spelling}`)
    .join(' ');
  const archived = projects.flatMap(({ name, githubRepository }) =>
    githubRepository === undefined ? [] : [{ name, repository: githubRepository }],
  );
  const dual = projects.filter(({ move }) => move !== 'stays in infra').map(({ name }) => name);
  return [
    {
      what: 'nothing runs from it, or can be rolled back to it',
      command: `kubectl get deployments,statefulsets,daemonsets,replicasets,cronjobs,jobs,pods -A -o json | grep -n ${grep}`,
      ask: askWorkloads,
    },
    ...onVm(estate),
    { what: 'no node is set up for it any more', command: './registry nodes plan' },
    {
      what: 'a new namespace gets a pull Secret with the logins of the estate alone, and a node pulls with it',
      command: './registry smoke',
    },
    pushedFollowUp({ job: 'registry-integrity-probe' }),
    {
      what: `no Ingress and no Service leads to ${host}`,
      command: `kubectl get ingresses,services -A -o json | grep -n ${grep}`,
      ask: askIngresses,
    },
    { what: `nobody answers for the name ${host}`, command: `dig +short ${host}`, ask: askName },
    {
      what: `no monitor watches ${host}`,
      command: `curl -fsSG "$PROMETHEUS/api/v1/query" --data-urlencode ${shellWord(`query=${query}`)}  # and look in Uptime Kuma`,
      ask: (props) => askSeries(query, props),
    },
    {
      what: 'pipelines of the tree push to Forgejo alone, and one build of each is whole there',
      command: `git -C "$TREE" grep -n ${grep} -- .woodpecker`,
      ask: askBuilds,
    },
    ...(dual.length === 0
      ? []
      : [
          {
            what: `the pipelines of ${dual.join(', ')} push to Forgejo alone`,
            command: `git grep -n ${grep} -- ':/.woodpecker*'  # in each of their repositories`,
          },
        ]),
    ...archived.flatMap(({ name, repository }): FollowUp[] => [
      {
        what: `${repository} is archived, since its source is at Forgejo`,
        command: `gh repo view ${repository} --json isArchived --jq .isArchived  # true; gh repo archive ${repository}`,
      },
      {
        what: `no document installs ${name} from GitHub`,
        command: `git grep -n 'github.*${repository}' -- '*CLAUDE.md' README.md  # nothing; write https://${forgejo.host}/${imageAtPath(estate, name)}.git`,
      },
    ]),
  ];
}

/** Every series that is still made about the old name. */
const seriesQuery = (host: string): string =>
  `count({__name__=~".+",instance=~"(https?://)?${host.replaceAll('.', String.raw`\\.`)}([:/].*)?"}) or vector(0)`;

function imageAtPath(estate: Estate, name: string): string {
  const image = estate.images.find((row) => row.name === name);
  return image === undefined ? name : imageAt(estate, image, 'forgejo').repository;
}

function onVm(estate: Estate): readonly FollowUp[] {
  const legacy = legacyOnVm(estate);
  const { runsOn, host } = estate.legacyRegistry;
  if (legacy === undefined || !hasRegistryVm(estate))
    return [
      {
        what: `the pods of the legacy registry, which are somebody else's, are gone`,
        command: `kubectl get pods -A | grep ${runsOn.machine === 'cluster' ? runsOn.service : host}`,
      },
    ];
  const { name, ssh } = estate.registryVm;
  const login = `ssh ${ssh.user}@${name}`;
  const container = `registry-${legacy.name}`;
  const keys = [legacy.htpasswd, legacy.tls.certificate, legacy.tls.key];
  return [
    {
      what: `the container ${container} is gone, which no apply does by itself`,
      command: `${login} docker ps --all --filter name=${container} --format '{{.Names}}'`,
      ask: (props) => askContainer(container, props),
    },
    ...deletedFolders(estate).map((path): FollowUp => ({
      what: `${path} is removed, seven days without an alert later, and its bytes are free`,
      command: `${login} du -sh ${path}  # no such file; before: rm -rf --one-file-system ${path}`,
      ask: (props) => askFolder(path, props),
    })),
    {
      what: 'its keys have left Vault, and the secrets of Woodpecker',
      command: keys.map(({ path, key }) => `vault kv get -mount=secret -field=${key} ${path}`).join('; '),
    },
    pushedFollowUp({ job: 'registry-gc', registry: legacy.name }),
  ];
}

function pushedFollowUp(group: Group): FollowUp {
  const labels = Object.entries(group).map(([name, value]) => `${name}="${value}"`);
  const path = Object.entries(group).flat().join('/');
  return {
    what: `the Pushgateway keeps nothing of ${labels.join(', ')}`,
    command: `curl -fsS "$PUSHGATEWAY/metrics" | grep -c '^push_time_seconds.*${labels.join('.*')}'  # 0; else curl -X DELETE "$PUSHGATEWAY/metrics/${path}"`,
    ask: (props) => askPushgateway(group, props),
  };
}
