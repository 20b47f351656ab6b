import { HclError } from '../hcl/hcl-error';
import { Refused } from '../steps/refused';

/** Runs one part of a plan; a refusal in it is added to the faults and the other parts go on. */
export async function collectFaults<T>(faults: string[], part: () => Promise<T> | T): Promise<T | undefined> {
  try {
    return await part();
  } catch (error) {
    if (error instanceof Refused) faults.push(...error.faults);
    else if (error instanceof HclError) faults.push(error.message);
    else throw error;
    return undefined;
  }
}
