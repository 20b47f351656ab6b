import { ledgerContract } from '../support/ledger-contract';
import { MemoryKv } from '../support/memory-kv';

const kv = new MemoryKv();
ledgerContract('in memory', () => kv, 'applied');
