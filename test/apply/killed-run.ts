import { openCheckout } from '../../apply/checkout';
import { Ledger } from '../../apply/ledger';
import { MemoryKv } from '../support/memory-kv';
import { Pipeline } from './tree';

/** A pipeline that is killed (SIGKILL, by itself) before it claims its turn, or before it records its end. */
async function main([root = '', plans = '', records = '', moment = '']: readonly string[]): Promise<void> {
  const kv = new MemoryKv(records);
  // It also says from time to time that it is there: that is neither of the two.
  kv.beforeWrite = ({ a = '' }) => {
    if ((moment === 'claim') === a.includes('"begun"')) process.kill(process.pid, 'SIGKILL');
  };
  const ledger = new Ledger(kv, 'applied');
  const run = new Pipeline(openCheckout(root), { ledger, environment: process.env }, plans, {
    leaseSeconds: 1,
  });
  await run.run();
}

void main(process.argv.slice(2));
