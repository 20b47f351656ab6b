import type { Verb } from '../terminal/command';
import { backup } from './backup';
import { bootstrap } from './bootstrap';
import { copy } from './copy';
import { cutover } from './cutover';
import { decommission } from './decommission';
import { deliver } from './deliver';
import { diff } from './diff';
import { evidence } from './evidence';
import { lab } from './lab';
import { nodes } from './nodes';
import { onboard } from './onboard';
import { parity } from './parity';
import { pipeline } from './pipeline';
import { preflight } from './preflight';
import { probe } from './probe';
import { report } from './report';
import { restore } from './restore';
import { retention } from './retention';
import { scan } from './scan';
import { smoke } from './smoke';
import { stacks } from './stacks';
import { status } from './status';

/** Every verb of the command line. A new one is a file beside this one, and its name here. */
export const verbs: readonly Verb[] = [
  backup(),
  bootstrap(),
  copy(),
  cutover(),
  decommission(),
  deliver(),
  diff(),
  evidence(),
  lab,
  nodes(),
  onboard(),
  parity(),
  pipeline(),
  preflight(),
  probe(),
  report(),
  restore(),
  retention(),
  cutover('rollback'),
  scan,
  smoke(),
  stacks(),
  status(),
];
