import type { NodeFacts } from '../../estate/nodes';

export const nodes: NodeFacts = {
  admin: {
    name: 'operator',
    sshPublicKey: { path: 'machines/key', key: 'operator_key' },
    passwordHash: { path: 'machines/hash', key: 'operator_hash' },
  },
  apt: {
    docker: {
      source: 'deb [signed-by=$KEY_FILE] https://mirror.example.net/docker noble stable',
      keyid: '1111111111111111111111111111111111111111',
    },
    kubernetes: {
      source: 'deb [signed-by=$KEY_FILE] https://mirror.example.net/kubernetes/v1.34 /',
      keyid: '2222222222222222222222222222222222222222',
    },
  },
  packages: ['nfs-common', 'containerd.io'],
  kubernetesPackages: ['kubeadm', 'kubelet'],
  folders: ['/srv/shared'],
  joinCommand: { path: 'machines/join', key: 'join_line' },
  containerd: {
    major: 1,
    hostsDirectory: '/etc/containerd/registries',
    maxConcurrentDownloads: 7,
    pauseImage: 'mirror.example.net/pause:3.9',
  },
  kubelet: {
    maxParallelImagePulls: 11,
    reserved: { cpu: '350m', memory: '700Mi' },
    evictionHard: { memoryAvailable: '300Mi', nodefsAvailable: '11%', imagefsAvailable: '13%' },
    evictionSoft: { memoryAvailable: '600Mi', nodefsAvailable: '17%', imagefsAvailable: '19%' },
    evictionSoftGrace: '2m10s',
    containerLog: { maxSize: '25Mi', maxFiles: 4 },
    shutdownGrace: [
      { priority: 0, seconds: 44 },
      { priority: 4321, seconds: 33 },
    ],
    inhibitDelayMaxSeconds: 222,
    stopTimeoutSeconds: 199,
  },
  journald: { maxUse: '750M', maxRetention: '5day' },
  swap: { path: '/swapfile', gibibytes: 2, swappiness: 25 },
};
