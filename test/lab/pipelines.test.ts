import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { estate } from '../../estate';
import type { Estate } from '../../estate/estate';
import { findPresentTool, findTool, type FoundTool } from '../../lab/programs/find-tool';
import { run } from '../../terminal/run';
import { secondEstate } from '../second-estate';
import { isScript, isWoodpecker, isWorkflow, renderedForCi, type RenderedFile } from '../support/pipelines';
import { describeLab } from './describe-lab';

const files = renderedForCi();

describeLab('what CI reads of ours', () => {
  let folder: string;
  let actionlint: FoundTool;
  let shellcheck: FoundTool;
  let woodpecker: FoundTool | undefined;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'pipelines-'));
    [actionlint, shellcheck] = [await findTool('actionlint'), await findTool('shellcheck')];
    woodpecker = await findPresentTool('woodpecker-cli');
    if (woodpecker === undefined)
      console.warn(
        'no woodpecker-cli on PATH reads the pipelines: the types, a model of its documented schema, are their one reader',
      );
  }, 1_800_000);
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });
  const write = ({ path, text }: RenderedFile): string => {
    const file = join(mkdtempSync(join(folder, 'file-')), path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    return file;
  };
  const read = (text: string): Promise<unknown> =>
    run(actionlint.path, [
      '-no-color',
      `-shellcheck=${shellcheck.path}`,
      '-pyflakes=',
      write({ name: '', path: '.github/workflows/x.yml', text }),
    ]);

  it.each(files.filter(isWorkflow))('actionlint takes $name', async ({ text }) => {
    expect(await read(text)).toEqual({ code: 0, stdout: '', stderr: '' });
  });

  it('actionlint finds a branch inside of a script, and shellcheck a word that splits', async () => {
    const text = (line: string): string =>
      `on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - run: ${line}\n`;

    expect(await read(text("echo '${{ github.head_ref }}'"))).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('untrusted') as unknown,
    });
    expect(await read(text('cat $HOME'))).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('SC2086') as unknown,
    });
  });

  it('shellcheck takes every script', async () => {
    const scripts = files.filter(isScript).map(write);

    expect(await run(shellcheck.path, scripts)).toEqual({ code: 0, stdout: '', stderr: '' });
  });

  it('woodpecker-cli takes every pipeline, where it is', async () => {
    // What onboard.md asks of the server: by default it runs no plugin privileged, and refuses the build with this one.
    const plugins = [estate, secondEstate].map((subject: Estate) => subject.woodpecker.images.build);
    const env = {
      ...{ PATH: process.env['PATH'], HOME: folder, WOODPECKER_PLUGINS_PRIVILEGED: plugins.join(',') },
      WOODPECKER_DISABLE_UPDATE_CHECK: 'true',
    };
    for (const file of woodpecker === undefined ? [] : files.filter(isWoodpecker)) {
      const lint = ['lint', '--strict', write(file)];
      const { code, stdout, stderr } = await run(woodpecker?.path ?? '', lint, { env });
      expect([file.name, code, code === 0 ? '' : stdout + stderr]).toEqual([file.name, 0, '']);
    }
  });
});
