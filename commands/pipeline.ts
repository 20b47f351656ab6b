import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { estate } from '../estate';
import type { Estate } from '../estate/estate';
import { Refused } from '../steps/refused';
import type { Verb } from '../terminal/command';
import { exit } from '../terminal/exit-codes';
import { githubSecretsIn, secretsIn } from '../trees/ci-secrets';
import { pipelineTree } from '../trees/pipeline';
import { verbCommand } from './listed';

/** The build of one project, as its repository holds it in the estate's phase. */
export function pipeline(ofTheEstate: () => Estate = () => estate): Verb {
  return ({ out, err }, end) =>
    verbCommand('pipeline', {
      examples: [
        ['pipeline planner', 'each file with its path'],
        ['pipeline planner --into ../planner', 'then read its git diff, and commit'],
      ],
    })
      .argument('<project>', 'its name in estate/projects.ts')
      .option('--into <repository>', 'write there; a file of the same path is replaced')
      .action((name, { into }) => {
        const subject = ofTheEstate();
        const files = pipelineTree(subject, name);
        if (files === undefined) {
          const names = [
            ...subject.projects.map((row) => row.name),
            ...subject.githubProjects.map(({ repository }) => repository),
          ];
          const known = [...new Set(names)].sort().join(', ');
          throw new Refused([`pipeline: is no project, got "${name}"; name one of ${known}`]);
        }
        if (files.length === 0)
          throw new Refused([
            `pipeline: "${name}" pushes to no registry before dual-push, got phase ${subject.phase}; build it later`,
          ]);
        if (into !== undefined && !existsSync(join(into, '.git')))
          throw new Refused([`pipeline: is no Git repository, got "${into}"; clone the project there`]);
        if (into === undefined) out(files.map(({ path, text }) => `# ${path}\n${text}`).join('\n'));
        else
          for (const { path, text } of files) {
            mkdirSync(dirname(join(into, path)), { recursive: true });
            writeFileSync(join(into, path), text);
            out(`${path}\n`);
          }
        const woodpecker = secretsIn(files).map((each) => each.name);
        const needs = { GitHub: githubSecretsIn(files), Woodpecker: woodpecker };
        for (const [where, secrets] of Object.entries(needs))
          if (secrets.length > 0) err(`needs of ${where} the secrets ${secrets.join(', ')}\n`);
        end(exit.done);
      });
}
