import { describe, expect, it } from '@jest/globals';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { programs } from '../../estate/programs';
import type { GoSource, Tool } from '../../lab/programs/tool';
import { tools } from '../../lab/programs/tools';

const recipes = join(__dirname, '../../lab/tools');
const built = Object.entries<Tool>(tools).flatMap(([name, { version, source }]) =>
  source.kind === 'go' ? [{ name, version, source }] : [],
);

describe('the table of tools', () => {
  it.each(built)('$name is built at the version that its go.mod requires', ({ version, source }) => {
    const requirements = readFileSync(join(recipes, source.folder, 'go.mod'), 'utf8');
    expect(requirements).toMatch(new RegExp(`\\b${source.module} v${version.replaceAll('.', '\\.')}\\b`));
  });

  it.each(built)('$name is declared a tool of its go.mod, with the checksums beside it', ({ source }) => {
    const requirements = readFileSync(join(recipes, source.folder, 'go.mod'), 'utf8');
    const declared = requirements.split(/\s+/);
    for (const main of [source.package, ...Object.values(source.plugins ?? {})])
      expect(declared).toContain(main);
    expect(existsSync(join(recipes, source.folder, 'go.sum'))).toBe(true);
  });

  it('every staging module of Kubernetes is replaced by the published one of the same release', () => {
    const { version } = tools['kube-apiserver'];
    const lines = readFileSync(join(recipes, 'kubernetes/go.mod'), 'utf8').split('\n');
    const replacements = lines.filter((line) => line.includes('=>'));
    expect(replacements.length).toBeGreaterThan(20);
    for (const line of replacements) {
      expect(line).toMatch(new RegExp(`^\\t(k8s\\.io/\\S+) => \\1 v${version.replace(/^1\./, '0.')}$`));
    }
  });

  it('the Node that pods get is the one of the image that CronJobs name', () => {
    expect(programs.image).toContain(`/node:${tools.node.version}-`);
  });

  it('no recipe is left that no tool uses', () => {
    const used = new Set(built.map(({ source }: { source: GoSource }) => source.folder));
    expect(readdirSync(recipes).filter((folder) => !used.has(folder))).toEqual([]);
  });
});
