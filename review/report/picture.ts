import type { Overview } from './overview';

/** A box or a line's end, in the picture's own units: 360 wide, so that a phone shows its text in its own size. */
const width = 360;
const boxWidth = 150;
const boxHeight = 26;
const gap = 8;

interface Node {
  readonly name: string;
  /** Lines from it to nodes on the right, by name. */
  readonly to: readonly { readonly name: string; readonly style: 'now' | 'later' }[];
  /** @default '' */
  readonly kind?: 'done' | '';
}

interface PictureProps {
  readonly id: string;
  readonly title: string;
  readonly description: string;
  readonly left: readonly Node[];
  readonly right: readonly string[];
}

/** Names on the left, names on the right, lines between them, as SVG. A table beside it says the same to whoever does not see it. */
function picture({ id, title, description, left, right }: PictureProps): string {
  const rows = Math.max(left.length, right.length);
  const height = rows * (boxHeight + gap) + gap;
  const yOf = (index: number, count: number): number =>
    gap + ((index + 0.5) * (height - gap)) / count - boxHeight / 2;
  const rightY = new Map(right.map((name, index) => [name, yOf(index, right.length)]));
  const lines = left.flatMap(({ to }, index) =>
    to.flatMap(({ name, style }) => {
      const end = rightY.get(name);
      if (end === undefined) return [];
      const [y1, y2] = [yOf(index, left.length) + boxHeight / 2, end + boxHeight / 2];
      return [
        `<path class="${style}" d="M${boxWidth} ${y1.toFixed(1)}C${width / 2} ${y1.toFixed(1)} ${width / 2} ${y2.toFixed(1)} ${width - boxWidth} ${y2.toFixed(1)}"/>`,
      ];
    }),
  );
  const box = (name: string, x: number, y: number, kind = ''): string =>
    `<g class="box ${kind}"><rect x="${x}" y="${y.toFixed(1)}" width="${boxWidth}" height="${boxHeight}" rx="5"/>` +
    `<text x="${x + boxWidth / 2}" y="${(y + boxHeight / 2 + 4).toFixed(1)}">${escapeHtml(short(name))}</text></g>`;
  return [
    `<svg role="img" aria-labelledby="${id}-title ${id}-desc" viewBox="0 0 ${width} ${height}">`,
    `<title id="${id}-title">${escapeHtml(title)}</title><desc id="${id}-desc">${escapeHtml(description)}</desc>`,
    ...lines,
    ...left.map(({ name, kind }, index) => box(name, 0, yOf(index, left.length), kind)),
    ...right.map((name, index) => box(name, width - boxWidth, yOf(index, right.length), 'right')),
    '</svg>',
  ].join('\n');
}

/** The volume's use over time below its ceiling; `undefined` without two points. */
export function storagePicture(
  points: readonly (readonly [number, number])[],
  ceilingBytes: number,
  description: string,
): string | undefined {
  const [first, last] = [points.at(0), points.at(-1)];
  if (first === undefined || last === undefined || last[0] <= first[0]) return undefined;
  const height = 120;
  const top = Math.max(ceilingBytes, ...points.map(([, bytes]) => bytes)) * 1.05;
  const at = ([second, bytes]: readonly [number, number]): string =>
    `${(((second - first[0]) / (last[0] - first[0])) * width).toFixed(1)} ${yOf(bytes).toFixed(1)}`;
  const yOf = (bytes: number): number => height - (bytes / top) * height;
  const ceiling = yOf(ceilingBytes).toFixed(1);
  return [
    `<svg role="img" aria-labelledby="storage-title storage-desc" viewBox="0 0 ${width} ${height}">`,
    `<title id="storage-title">Storage over time</title><desc id="storage-desc">${escapeHtml(description)}</desc>`,
    `<path class="ceiling" d="M0 ${ceiling}H${width}"/>`,
    `<path class="used" d="M${points.map(at).join('L')}"/>`,
    '</svg>',
  ].join('\n');
}

export function appsPicture({ movers, registries, phase }: Overview): string {
  const target = registries.at(-1)?.host ?? '';
  return picture({
    ...{ id: 'apps', title: `Where each app pulls from in the phase "${phase}"` },
    description: `${movers.filter(({ moved }) => moved).length} of ${movers.length} pull from ${target}; the table below names each.`,
    left: movers.map(({ name, moved, from }) => ({
      ...{ name, kind: moved ? 'done' : '' },
      to: [
        ...from.map((host) => ({ name: host, style: 'now' as const })),
        ...(moved ? [] : [{ name: target, style: 'later' as const }]),
      ],
    })),
    right: registries.map(({ host }) => host),
  });
}

export function pathsPicture({ pullPaths }: Overview): string {
  const hosts = [...new Set(pullPaths.map(({ host }) => host))];
  const clients = [...new Set(pullPaths.map(({ client }) => client))];
  return picture({
    ...{ id: 'paths', title: 'Who reaches which registry' },
    description: `${clients.join(', ')}; the table below names the way of each.`,
    left: clients.map((client) => ({
      name: client,
      to: pullPaths
        .filter((path) => path.client === client)
        .map(({ host }) => ({ name: host, style: 'now' as const })),
    })),
    right: hosts,
  });
}

export function tokensPicture({ tokens, registries }: Overview): string {
  const target = registries.at(-1)?.host ?? '';
  return picture({
    ...{ id: 'tokens', title: 'Who holds which token' },
    description: `${tokens.map(({ duty, owner }) => `${duty} by ${owner}`).join(', ')}.`,
    left: tokens.map(({ duty, owner }) => ({
      ...{ name: `${duty}: ${owner}` },
      to: [{ name: target, style: 'now' as const }],
    })),
    right: [target],
  });
}

export function escapeHtml(text: string): string {
  const names: Readonly<Record<string, string>> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&#39;',
  };
  return text.replace(/[&<>"']/gu, (character) => names[character] ?? character);
}

/** What fits into a box; the table has the whole name. */
function short(name: string): string {
  return name.length > 24 ? `${name.slice(0, 23)}…` : name;
}
