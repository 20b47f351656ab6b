import { dirname } from 'node:path';
import { freePort } from '../../lab/process/ports';
import { findTool } from '../../lab/programs/find-tool';
import type { SshMachineProps } from '../lab/ssh-machine';

/**
 * What makes a machine a Kubernetes node as far as a rollout sees one: a real containerd and crictl, and stand-ins
 * for the programs that the lab cannot have there: `systemctl` (no init runs) and `sysctl` (the kernel is everybody's).
 * Nodes share one loopback here, so each one's kubelet answers at a port of its own, to which `curl` is led.
 */
export async function rolloutNode(): Promise<Required<Pick<SshMachineProps, 'files' | 'folders'>>> {
  const containerd = await findTool('containerd');
  const [programs, crictl] = [dirname(containerd.path), dirname((await findTool('crictl')).path)];
  const busybox = (await findTool('busybox')).path;
  const health = `127.0.0.1:${await freePort()}`;
  return {
    folders: [programs, crictl, dirname(busybox)],
    files: {
      'usr/local/bin/ctr': { text: `#!/bin/sh\nexec ${programs}/ctr "$@"\n`, mode: 0o755 },
      'usr/local/bin/crictl': { text: `#!/bin/sh\nexec ${crictl}/crictl "$@"\n`, mode: 0o755 },
      'usr/local/bin/sysctl': { text: '#!/bin/sh\necho "sysctl $*" >>/var/log/systemctl\n', mode: 0o755 },
      'usr/local/bin/systemctl': { text: systemctl(programs, busybox, health), mode: 0o755 },
      'usr/local/bin/curl': { text: curl(health), mode: 0o755 },
    },
  };
}

/**
 * The machine's init. Of containerd it answers when that serves or has ended, as Type=notify does; of the kubelet, whose
 * health alone is there, at once: Type=simple. With /run/kubelet.broken there it does not come up.
 */
function systemctl(programs: string, busybox: string, health: string): string {
  return `#!/bin/sh
PATH=${programs}:$PATH
echo "$*" >>/var/log/systemctl
end() {
  [ -f "$1" ] || return 0
  kill "$(cat "$1")" 2>/dev/null
  while kill -0 "$(cat "$1")" 2>/dev/null; do sleep 0.05; done
}
if [ "$*" = "restart kubelet" ]; then
  end /run/kubelet.pid
  [ ! -e /run/kubelet.broken ] || exit 0
  mkdir -p /run/kubelet
  echo ok >/run/kubelet/healthz
  setsid ${busybox} httpd -f -p ${health} -h /run/kubelet >/dev/null 2>&1 </dev/null &
  echo $! >/run/kubelet.pid
fi
[ "$*" = "restart containerd" ] || exit 0
end /run/containerd.pid
setsid containerd >>/var/log/containerd.log 2>&1 </dev/null &
echo $! >/run/containerd.pid
until ctr version >/dev/null 2>&1; do
  kill -0 "$(cat /run/containerd.pid)" 2>/dev/null ||
    { echo "Job for containerd.service failed because the control process exited with error code." >&2; exit 1; }
  sleep 0.05
done
`;
}

function curl(health: string): string {
  return `#!/bin/sh
for word; do
  shift
  set -- "$@" "$(echo "$word" | sed 's/127\\.0\\.0\\.1:10248/${health}/')"
done
exec /usr/bin/curl "$@"
`;
}
