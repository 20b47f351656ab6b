import { stringify } from 'smol-toml';
import type { ContainerdFacts } from '../estate/nodes';

/** The major version of containerd that a node runs, as its `nodeInfo.containerRuntimeVersion` says. */
export type ContainerdMajor = 1 | 2;

/**
 * containerd's config.toml, whole: what differs from its defaults. The predecessor replaced `config_path = ""` in the
 * default file by a pattern; containerd 2.x writes single quotes there, so that new nodes had no mirrors, and tables
 * appended to the file were duplicates (incident 46).
 */
export function containerdConfigToml(facts: ContainerdFacts, major: ContainerdMajor): string {
  return stringify({
    version: major === 1 ? 2 : 3,
    // A GPU node's runtime is a file of its own there.
    imports: ['/etc/containerd/conf.d/*.toml'],
    plugins: major === 1 ? pluginsOf1(facts) : pluginsOf2(facts),
  });
}

function pluginsOf1({ hostsDirectory, maxConcurrentDownloads, pauseImage }: ContainerdFacts): object {
  return {
    'io.containerd.grpc.v1.cri': {
      sandbox_image: pauseImage,
      max_concurrent_downloads: maxConcurrentDownloads,
      registry: { config_path: hostsDirectory },
      containerd: { runtimes: { runc } },
    },
  };
}

function pluginsOf2({ hostsDirectory, maxConcurrentDownloads, pauseImage }: ContainerdFacts): object {
  return {
    'io.containerd.cri.v1.images': {
      // The other way to pull, the transfer service, does not look at this plugin's limit; from 2.1 on containerd
      // itself falls back to this way where a limit is set, with a warning.
      use_local_image_pull: true,
      max_concurrent_downloads: maxConcurrentDownloads,
      pinned_images: { sandbox: pauseImage },
      registry: { config_path: hostsDirectory },
    },
    'io.containerd.cri.v1.runtime': { containerd: { runtimes: { runc } } },
  };
}

/** kubeadm sets the kubelet up with systemd's cgroups; containerd has to use the same. */
const runc = { runtime_type: 'io.containerd.runc.v2', options: { SystemdCgroup: true } };
