import { nodeEffectCommands, type NodeEffect } from '../cloud-init/kubernetes-node';
import type { Activation } from './activation';
import { shellLine } from '../terminal/shell-words';

/**
 * What a node's changed files need. A restart of containerd leaves containers running but answers nobody meanwhile, so
 * pods leave the node before.
 */
export const nodeActivation: Activation<NodeEffect> = {
  commands: (effects) => nodeEffectCommands(effects).map(shellLine),
  needsDrain: (effects) => effects.includes('containerd'),
};
