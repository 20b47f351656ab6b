import type { ToolName } from '../programs/tools';
import { requiredTools, type ServerName } from './lab';

/** What each room of tests runs: servers that its labs start, and programs that its suites and their machines start. */
const uses = {
  lab: {
    servers: (Object.keys(requiredTools) as ServerName[]).filter((server) => server !== 'pods'),
    programs: [
      ...(['containerd', 'containerd-2', 'ctr', 'crictl', 'runc', 'coredns', 'nginx'] as const),
      ...(['sshd', 'sudo', 'regbot', 'busybox'] as const),
      // readers of what is rendered
      ...(['tofu', 'promtool', 'cloud-init', 'kubelet', 'shellcheck', 'actionlint'] as const),
      ...(['systemd-analyze', 'unbound-checkconf', 'docker-compose', 'chromium'] as const),
    ],
  },
  pods: {
    servers: ['pods', 'forge', 'legacyRegistry', 'pushgateway', 'kyverno', 'traefik', 'vault'],
    programs: ['tofu', 'promtool', 'regbot'],
  },
} as const satisfies Record<string, { servers: readonly ServerName[]; programs: readonly ToolName[] }>;

/** The programs to have before a room of tests runs, so that no test waits for a build. */
export function toolsFor(room: keyof typeof uses): readonly ToolName[] {
  const { servers, programs } = uses[room];
  return [...new Set<ToolName>([...servers.flatMap((server) => requiredTools[server]), ...programs])];
}
