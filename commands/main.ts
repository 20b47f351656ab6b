import { registry } from './registry';
import { verbs } from './verbs';

const terminal = {
  out: (text: string): boolean => process.stdout.write(text),
  err: (text: string): boolean => process.stderr.write(text),
  interactive: process.stderr.isTTY,
  environment: process.env,
};
void registry(process.argv.slice(2), terminal, verbs).then((code) => {
  process.exitCode = code;
});
