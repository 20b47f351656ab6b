import { parseArgs } from 'node:util';
import { down } from '../lab/runs/down';
import { printEnvironment } from '../lab/runs/environment';
import { printLogs } from '../lab/runs/logs';
import { printStatus } from '../lab/runs/status';
import { supervise } from '../lab/runs/supervise';
import { buildTools, printTools } from '../lab/programs/tools-report';
import { up } from '../lab/runs/up';

const usage = `usage: npm run lab -- <command> [--name <lab>]

  up [server…]      start real servers on loopback, all of them unless some are named;
                    with --pods also nodes that run pods beside the API server (as root)
  status            print what runs
  env               print the shell lines that lead tests to this lab, for eval
  logs [server]     print the last lines of a server's log, or of all
  down              end the lab's servers and remove its folder
  tools [tool…]     print where each program comes from; with names, get them now
`;

async function main(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      name: { type: 'string', default: 'default' },
      pods: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h' },
    },
  });
  const [command, ...rest] = positionals;
  switch (command) {
    case 'up':
      return up({ name: values.name, servers: rest, pods: values.pods });
    case 'status':
      return printStatus();
    case 'env':
      return printEnvironment(values.name);
    case 'logs':
      return printLogs(values.name, rest[0]);
    case 'down':
      return down(values.name);
    case 'tools':
      return rest.length === 0 ? printTools() : buildTools(rest);
    case 'supervise': // the process that `up` leaves behind; not for hands
      return supervise({ name: values.name, servers: rest, pods: values.pods });
    case undefined:
    default:
      process.stderr.write(usage);
      return values.help === true ? 0 : 1;
  }
}

main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  },
);
