import { posix } from 'node:path';
import { filesBelow, textOf, type Tree } from './tree';

interface Named {
  readonly uid?: unknown;
  readonly title?: unknown;
}

/**
 * Dashboards of the stack's folder that ours would meet in Grafana: of one uid it shows whichever it read last, and of one
 * file name the sidecar writes whichever it saw last.
 *
 * @param files what is delivered, by the path from the tree's root
 */
export function dashboardFaults(
  tree: Tree,
  folder: string,
  files: Readonly<Record<string, string>>,
): string[] {
  const ours = Object.entries(files).flatMap(([path, text]) => {
    const { uid, title } = dashboardOf(path, text) ?? {};
    return typeof uid === 'string' ? [{ fileName: posix.basename(path), uid, title: String(title) }] : [];
  });
  if (ours.length === 0) return [];
  return [...filesBelow(tree, folder)]
    .filter((path) => !(path in files))
    .flatMap((path) => {
      const text = textOf(tree, path) ?? '';
      const theirs = dashboardOf(path, text);
      return ours.flatMap(({ fileName, uid, title }) => {
        const line =
          text.split('\n').findIndex((one) => new RegExp(`\\buid"?\\s*[:=]\\s*"${uid}"`, 'u').test(one)) + 1;
        const same =
          theirs === undefined
            ? line > 0 && text.includes('panels') && `the uid "${uid}"`
            : (theirs.uid === uid && `the uid "${uid}"`) ||
              (theirs.title === title && `the title "${title}"`) ||
              (posix.basename(path) === fileName && `the file name "${fileName}"`);
        return same === false
          ? []
          : [
              `${path}${line > 0 ? `:${line}` : ''}: a dashboard has ${same} too, so Grafana would show one of the two; rename it, or remove it if ours takes its place`,
            ];
      });
    });
}

function dashboardOf(path: string, text: string): Named | undefined {
  if (!path.endsWith('.json')) return undefined;
  try {
    const json = JSON.parse(text) as Named | null;
    return typeof json === 'object' && json !== null && 'panels' in json ? json : undefined;
  } catch {
    return undefined;
  }
}
