import type { ToolName } from '../programs/tools';
import { requiredTools } from './lab';

/** What the suites run beside the servers that they start: readers of formats, and programs of machines. */
const besideServers: Readonly<Record<'lab' | 'pods', readonly ToolName[]>> = {
  lab: [
    ...(['containerd', 'containerd-2', 'ctr', 'runc', 'kubelet', 'sshd', 'sudo'] as const),
    ...(['tofu', 'promtool', 'coredns', 'unbound-checkconf', 'nginx', 'docker-compose'] as const),
    ...(['cloud-init', 'shellcheck', 'systemd-analyze'] as const),
  ],
  pods: [],
};

/** The servers that each suite starts. */
const { pods, ...others } = requiredTools;
const servers = {
  lab: Object.values(others).flat(),
  pods: [...pods, ...others.forge, ...others.traefik, ...others.kyverno, ...others.pushgateway],
};

/** Every program that a suite needs, each once. */
export function suiteTools(suite: 'lab' | 'pods'): readonly ToolName[] {
  return [...new Set<ToolName>([...servers[suite], ...besideServers[suite]])];
}
