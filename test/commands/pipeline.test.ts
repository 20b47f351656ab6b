import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { pipeline } from '../../commands/pipeline';
import type { Phase } from '../../estate/phases';
import { call, type Called } from '../support/call';
import { estateAt } from '../support/estates';

const at = (phase: Phase, ...args: readonly string[]): Promise<Called> =>
  call(['pipeline', ...args], { verbs: [pipeline(() => estateAt(phase))] });
const golden = (path: string): string => readFileSync(join(__dirname, '../golden/pipelines', path), 'utf8');

test('prints each file after its path', async () => {
  const { code, out } = await at('dual-push', 'infra-ci');

  expect(code).toBe(0);
  expect(out).toMatch(/^# ci\/verify-push\.sh\n#!\/bin\/sh\n/);
  expect(out).toContain(`\n# .woodpecker/build-ci-image.yml\n${golden('dual-push/infra-ci.yml')}`);
});

test('writes both files into the repository, in the place of what stands there', async () => {
  const repository = mkdtempSync(join(tmpdir(), 'pipeline-'));
  mkdirSync(join(repository, '.git'));
  writeFileSync(join(repository, '.woodpecker.yml'), 'steps: []\n');

  expect(await at('decommission', 'job-hunter', '--into', repository)).toEqual({
    ...{ code: 0, out: 'ci/verify-push.sh\n.woodpecker.yml\n' },
    err: 'needs of Woodpecker the secrets forgejo_push_token\n',
  });
  expect(readFileSync(join(repository, '.woodpecker.yml'), 'utf8')).toBe(
    golden('decommission/job-hunter.yml'),
  );
  rmSync(repository, { recursive: true });
});

test('gives a project that GitHub builds what it has there, until it is pushed to Forgejo', async () => {
  const paths = async (phase: Phase): Promise<unknown> =>
    (await at(phase, 'claude-memory-mcp')).out.match(/^# \S+\.yml$/gm);

  expect(await paths('prepare')).toEqual([
    '# .github/workflows/build-and-deploy.yml',
    '# .woodpecker/build-fallback.yml',
  ]);
  expect(await paths('dual-push')).toEqual(['# .woodpecker.yml']);
});

test('names the secrets that a person gives the repository', async () => {
  const { err } = await at('prepare', 'f1-stream');

  expect(err).toBe(
    'needs of GitHub the secrets DOCKERHUB_TOKEN, DOCKERHUB_USERNAME, WOODPECKER_TOKEN\n' +
      'needs of Woodpecker the secrets dockerhub_token, dockerhub_username, slack_webhook\n',
  );
});

test('refuses a project that Docker Hub has until there is another registry to push to', async () => {
  const verbs = [pipeline(() => ({ ...estateAt('prepare'), githubProjects: [] }))];
  const { code, err } = await call(['pipeline', 'claude-memory-mcp'], { verbs });

  expect(code).toBe(3);
  expect(err).toBe(
    'pipeline: "claude-memory-mcp" pushes to no registry before dual-push, got phase prepare; build it later\nnothing was changed\n',
  );
});
