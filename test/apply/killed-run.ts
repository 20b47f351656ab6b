import { openCheckout } from '../../apply/checkout';
import { Ledger } from '../../apply/ledger';
import { MemoryKv } from '../support/memory-kv';
import { Pipeline } from './tree';

/** A pipeline that is killed (SIGKILL, by itself) before its nth write of the record: the program of a child process. */
async function main([root = '', plans = '', records = '', nth = '0']: readonly string[]): Promise<void> {
  const kv = new MemoryKv(records);
  let writes = 0;
  kv.beforeWrite = () => {
    writes += 1;
    if (writes === Number(nth)) process.kill(process.pid, 'SIGKILL');
  };
  const ledger = new Ledger(kv, 'applied');
  await new Pipeline(openCheckout(root), { ledger }, plans, { leaseSeconds: 1 }).run();
  process.stdout.write(writes.toString());
}

void main(process.argv.slice(2));
