import type { Verb } from '../terminal/command';
import { deliver } from './deliver';
import { lab } from './lab';
import { nodes } from './nodes';
import { parity } from './parity';
import { probe } from './probe';
import { retention } from './retention';
import { scan } from './scan';

/** Every verb of the command line. A new one is a file beside this one, and its name here. */
export const verbs: readonly Verb[] = [deliver(), lab, nodes(), parity(), probe(), retention(), scan];
