import type { Leaf } from './leaves';

/** What a fact of few choices may be, by the name of its field. */
const choices: Readonly<Record<string, readonly string[]>> = {
  phase: ['prepare', 'dual-push', 'bake', 'cutover', 'decommission'],
  form: ['terragrunt', 'cdktf'],
  mode: ['observe', 'enforce'],
  madeBy: ['cloudflare', 'others'],
  by: ['dns', 'redirect'],
  frontDoor: ['traefik-load-balancer', 'traefik-service', 'public-address', 'registry-vm'],
  reaches: ['traefik-load-balancer', 'traefik-service', 'public-address', 'registry-vm'],
  client: ['kubelet', 'pod', 'vm', 'workstation', 'ci-runner'],
  configuredAs: ['zone-files', 'unbound', 'corefile', 'others'],
  tagIs: ['literal', 'expression', 'absent'],
  imageSetBy: ['terraform', 'ci', 'updater'],
  tagOwner: ['terraform', 'ci', 'updater'],
  registry: ['legacy', 'forgejo', 'docker.io', 'ghcr.io'],
  nameOf: ['forgejo', 'legacy-registry'],
  deployTrigger: ['rendered', 'by hand'],
  move: ['extract from monorepo', 'push', 'already there', 'stays in infra'],
  kind: ['Deployment', 'StatefulSet', 'DaemonSet', 'CronJob'],
  bypasses: ['retry', 'error-pages', 'rate-limit', 'ai-bot-block', 'anti-ai-headers'],
  scopes: ['read:package', 'write:package'],
  events: ['push', 'tag', 'release', 'cron', 'deployment', 'manual'],
  capabilities: ['read', 'update', 'create', 'patch', 'delete', 'list', 'sudo', 'deny'],
};

/** Words that choose which other fields there are: the compiler refuses another one beside the same fields. */
export const choosesFields = /\/(machine|copiedBy|ownerIs|madeBy)$/;

/** The choices that the code itself names, where the fact at a path is one of few. */
export function choicesOf({ path, value }: Leaf): readonly string[] | undefined {
  const field = path
    .split('/')
    .reverse()
    .find((key) => !/^\d+$/.test(key));
  const known = choices[field ?? ''];
  return known?.includes(String(value)) === true ? known : undefined;
}

/** Another value of the same kind: a port for a port, a name for a name, a schedule for a schedule. */
export function plausible({ path, value }: Leaf): Leaf['value'] {
  if (typeof value === 'boolean') return !value;
  if (typeof value === 'number') return value > 0 && value < 1 ? value / 2 : value + 1;
  const other = choicesOf({ path, value })?.find((word) => word !== value);
  if (other !== undefined) return other;
  if (value.startsWith('*/')) return value.replace(/\d+/, (digits) => (digits === '15' ? '30' : '15'));
  if (/^\d+ [\d*]/.test(value)) return value.replace(/\d+/, (minute) => String((Number(minute) + 2) % 60));
  if (value.startsWith('sha256:')) return value.replace(/.$/, (last) => (last === '0' ? '1' : '0'));
  if (/^[0-9A-F]{40}$/.test(value)) return value.replace(/.$/, (last) => (last === '0' ? '1' : '0'));
  if (value === 'Etc/UTC') return 'Europe/Lisbon';
  if (/^https?:\/\//.test(value)) return value.replace(/\/\/([a-z0-9-]+)/, '//$1b');
  if (/^[\d.]+(:\d+)?$/.test(value) && value.includes('.')) return value.replace(/(\d+)(:\d+)?$/, increased);
  if (/^[a-z0-9-]+(\.[a-z0-9-]+)+$/.test(value)) return value.replace(/^[a-z0-9-]+/, '$&b');
  if (/^\d/.test(value)) return value.replace(/\d+/, increased);
  if (/:[^/]*\d/.test(value)) return value.replace(/\d+(?=\D*$)/, increased);
  if (/^\/.*\/$/.test(value)) return value.replace(/\/$/, 'b/');
  return `${value}b`;
}

function increased(digits: string, rest = ''): string {
  return `${Number.parseInt(digits, 10) + 1}${typeof rest === 'string' && rest.startsWith(':') ? rest : ''}`;
}
