import type { Verb } from '../terminal/command';
import { bootstrap } from './bootstrap';
import { copy } from './copy';
import { deliver } from './deliver';
import { evidence } from './evidence';
import { lab } from './lab';
import { nodes } from './nodes';
import { parity } from './parity';
import { preflight } from './preflight';
import { probe } from './probe';
import { retention } from './retention';
import { scan } from './scan';
import { smoke } from './smoke';

/** Every verb of the command line. A new one is a file beside this one, and its name here. */
export const verbs: readonly Verb[] = [
  bootstrap(),
  copy(),
  deliver(),
  evidence(),
  lab,
  nodes(),
  parity(),
  preflight(),
  probe(),
  retention(),
  scan,
  smoke(),
];
