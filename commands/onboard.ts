import { ForgejoAdministration } from '../clients/forgejo/administration';
import { administratorOf, administratorVariables, required } from '../credentials/operator';
import { estate } from '../estate';
import type { Estate } from '../estate/estate';
import { evidenceFolder } from '../estate/evidence';
import { sourcesOf } from '../evidence/sources';
import { onboarding } from '../onboarding/onboard';
import { Refused, together } from '../steps/refused';
import { applyWork, planWork } from '../steps/work';
import type { Verb } from '../terminal/command';
import { httpUrl, oneOf } from '../terminal/option-values';
import { untilTold } from '../terminal/until-told';
import { verbCommand } from './listed';

/** Moves a project's source to Forgejo, and sees its first build on both registries. */
export function onboard(
  ofTheEstate: () => Estate = () => estate,
  means = { folder: evidenceFolder, pauseMs: 10_000, now: Date.now, signal: untilTold },
): Verb {
  return ({ out, environment }, end) =>
    verbCommand('onboard', {
      examples: [
        ['onboard planner plan --source ../code', 'what is missing; its folder of the monorepo is split out'],
        ['onboard planner apply --source ../code', 'do it; again, when it was stopped'],
      ],
      environment: [
        ...administratorVariables,
        ['WOODPECKER_TOKEN', 'of somebody who administers the repository'],
        ['FORGEJO_USER, FORGEJO_TOKEN', 'an account that pulls, for what the build pushed'],
        ['REG_USER, REG_PASS', "the legacy registry's login, for the same"],
      ],
    })
      .argument('<project>', 'its name in estate/projects.ts')
      .argument('<verb>', 'plan or apply', oneOf(['plan', 'apply']))
      .option('--source <repository>', 'a clone of what holds the project now')
      .option('--folder <path>', 'its folder there, where it is a monorepo (default: its name)')
      .option('--forgejo <url>', "its address (default: the estate's host)", httpUrl)
      .option('--woodpecker <url>', "its address (default: the estate's host)", httpUrl)
      .option('--legacy <url>', "the legacy registry's (default: the estate's host)", httpUrl)
      .action(async (name, verb, options) => {
        const subject = ofTheEstate();
        const project = subject.projects.find((row) => row.name === name);
        const names = subject.projects.map((row) => row.name).sort();
        if (project === undefined)
          throw new Refused([`onboard: is no project, got "${name}"; name one of ${names.join(', ')}`]);
        if (project.move === 'stays in infra')
          throw new Refused([
            `onboard: "${name}" stays where it is, got a project of the tree; write its build with ./registry pipeline ${name} --into <tree>`,
          ]);
        if (options.folder !== undefined && project.move !== 'extract from monorepo')
          throw new Refused([
            `--folder: is no use, got "${options.folder}" for a project whose history is taken whole; leave it away`,
          ]);
        const { source, folder = name, forgejo = `https://${subject.forgejo.host}` } = options;
        const [token, login] = together(
          () => required('WOODPECKER_TOKEN', environment['WOODPECKER_TOKEN'], 'copy it from your user page'),
          () => administratorOf(environment),
        );
        const history = project.move === 'extract from monorepo' ? { folder } : {};
        const work = onboarding({
          ...{ estate: subject, project, login, out, environment },
          ...{ folder: means.folder, pauseMs: means.pauseMs, signal: means.signal() },
          ...{ forgejoUrl: forgejo, forgejo: new ForgejoAdministration({ url: forgejo, ...login }) },
          ...(source === undefined ? {} : { history: { source, ...history } }),
          woodpecker: { url: options.woodpecker ?? `https://${subject.woodpecker.host}`, token },
          sources: sourcesOf(subject, options, environment, means.now()),
        });
        end(await (verb === 'plan' ? planWork(work, out) : applyWork(work, 'project', out)));
      });
}
