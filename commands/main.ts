import { exit } from '../terminal/exit-codes';
import { registry } from './registry';
import { verbsFor } from './verbs';

const terminal = {
  out: (text: string): boolean => process.stdout.write(text),
  err: (text: string): boolean => process.stderr.write(text),
  interactive: process.stderr.isTTY,
  environment: process.env,
};
const args = process.argv.slice(2);
// Until it says how it ended: a process that waits for nothing that could still come ends by itself.
process.exitCode = exit.failed;
void registry(args, terminal, verbsFor(args)).then((code) => {
  process.exitCode = code;
});
