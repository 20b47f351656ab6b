import { registry } from './registry';
import { verbsFor } from './verbs';

const terminal = {
  out: (text: string): boolean => process.stdout.write(text),
  err: (text: string): boolean => process.stderr.write(text),
  interactive: process.stderr.isTTY,
  environment: process.env,
};
const args = process.argv.slice(2);
void registry(args, terminal, verbsFor(args)).then((code) => {
  process.exitCode = code;
});
