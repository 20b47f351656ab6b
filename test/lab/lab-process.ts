import { startLab, type LabOptions } from '../../lab/runs/lab';

/** A lab in a process of its own, which tests may kill: says its folder when all is ready, and stops at the end of its input. */
void startLab(JSON.parse(process.argv[2] ?? '{}') as LabOptions).then((lab) => {
  process.stdout.write(`${lab.folder}\n`);
  process.stdin.on('end', () => void lab.stop()).resume();
});
