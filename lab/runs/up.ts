import { spawn } from 'node:child_process';
import { stderrProgress } from '../process/progress';
import { readLabState } from '../process/state';
import { renderLab } from './status';
import type { LabUpProps, SupervisorMessage } from './supervise';

/** Starts a lab that outlives this command. Returns the exit code once every server is ready or one has failed. */
export async function up({ name, servers, pods }: LabUpProps): Promise<number> {
  const [program = ''] = process.argv.slice(1);
  const supervisor = spawn(
    process.execPath,
    [
      ...process.execArgv,
      program,
      'lab',
      'supervise',
      '--name',
      name,
      ...(pods ? ['--pods'] : []),
      ...servers,
    ],
    { detached: true, stdio: ['ignore', 'ignore', 'ignore', 'ipc'] },
  );
  return new Promise((resolve) => {
    const finish = (code: number): void => {
      supervisor.removeAllListeners();
      if (supervisor.connected) supervisor.disconnect();
      supervisor.unref();
      resolve(code);
    };
    supervisor.on('message', (message: SupervisorMessage) => {
      switch (message.kind) {
        case 'progress':
          stderrProgress(message.line);
          return;
        case 'failed':
          process.stderr.write(`${message.reason}\n`);
          finish(1);
          return;
        case 'ready': {
          const lab = readLabState(name);
          if (lab !== undefined) process.stdout.write(renderLab(lab));
          finish(0);
        }
      }
    });
    supervisor.on('exit', (code) => {
      const how = `ended with code ${code ?? 'none'} before it was ready`;
      process.stderr.write(`lab ${name}: its supervisor ${how}\n`);
      finish(1);
    });
  });
}
