import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { quantityBytes } from '../../estate/derived/quantity';
import { phases } from '../../estate/phases';
import { formatBytes } from '../../terminal/quantities';
import { storageDays } from './measurements';
import type { GateRow, Overview } from './overview';
import { appsPicture, escapeHtml, pathsPicture, storagePicture, tokensPicture } from './picture';
import { readingWords, verdictWords } from './words';

/** A cell: text, or HTML that was made here. */
type Cell = string | { readonly html: string };

/** The overview as one HTML page that needs nothing beside itself: no script, no font, no request. */
export function reportPage(overview: Overview): string {
  const { phase, takenAt, faults, next, overrides } = overview;
  const sections: readonly (readonly [string, string, string])[] = [
    ['next', 'What to do next', steps(overview)],
    ...(faults.length === 0 ? [] : [['faults', 'Faults', list(faults.map(escapeHtml))] as const]),
    ['apps', 'Apps and registries', apps(overview)],
    ['gates', 'Gates', gates(overview)],
    ['results', 'Probe and retention', results(overview)],
    ['storage', 'Storage', storage(overview)],
    ['paths', 'Pull paths', paths(overview)],
    ['tokens', 'Tokens', tokens(overview)],
    ...(overrides.length === 0 ? [] : [['overrides', 'Overrides', list(overrides.map(escapeHtml))] as const]),
  ];
  const verdict = verdictWords(overview);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>Registry consolidation: ${phase}</title>
<style>
${readFileSync(join(__dirname, 'page.css'), 'utf8')}</style>
</head>
<body>
<a class="skip" href="#next">To what is next</a>
<header>
<h1>Registry consolidation</h1>
<p>${badge(verdict.mark, verdict.text)}<br>as of <time datetime="${takenAt}">${takenAt}</time></p>
<ol class="phases" aria-label="Phases">
${phases.map((each) => `<li${each === phase ? ' aria-current="step"' : ''}>${each}</li>`).join('\n')}
</ol>
<nav aria-label="Sections"><ul>
${sections.map(([id, title]) => `<li><a href="#${id}">${title}</a></li>`).join('\n')}
</ul></nav>
</header>
<main>
${sections.map(([id, title, body]) => `<section id="${id}" aria-labelledby="${id}-h">\n<h2 id="${id}-h">${title}</h2>\n${body}\n</section>`).join('\n')}
</main>
<footer><p>Made by <code>./registry report</code>; ${next.length === 0 ? 'nothing is left to do' : 'what is next is on top'}.</p></footer>
</body>
</html>
`;
}

function steps({ next }: Overview): string {
  if (next.length === 0) return '<p>Nothing is left to do.</p>';
  return `<ol>\n${next
    .map(
      ({ what, command }) =>
        `<li>${escapeHtml(what)}${command === undefined ? '' : `<br><code>${escapeHtml(command)}</code>`}</li>`,
    )
    .join('\n')}\n</ol>`;
}

function apps(overview: Overview): string {
  const rows = overview.movers.map(({ name, moved, images }) => [
    name,
    { html: badge(moved ? 'well' : '', moved ? 'moved' : 'not moved') },
    { html: images.map((image) => `<code>${escapeHtml(image)}</code>`).join('<br>') },
  ]);
  return `<figure>${appsPicture(overview)}<figcaption>Solid: pulls from there now. Dashed: will.</figcaption></figure>
${table('Apps, in the order in which they move', ['App', 'State', 'Pulls now'], rows)}
${table(
  'The registries',
  ['Registry', 'Role'],
  overview.registries.map(({ host, role }) => [host, role]),
)}`;
}

function gates({ gates: now, ahead }: Overview): string {
  const rows = (claims: readonly GateRow[]): readonly (readonly Cell[])[] =>
    claims.map((gate) => [
      gate.claim,
      { html: badge(gate.holds ? 'well' : 'not so', gate.state) },
      gate.because,
      { html: gate.holds ? '' : `<code>${escapeHtml(gate.command)}</code>` },
    ]);
  const head = ['Claim', 'Evidence', 'Because', 'Measured by'];
  return [
    now.length === 0
      ? '<p>The present state rests on no claim.</p>'
      : table('What the present state rests on', head, rows(now)),
    ahead.length === 0 ? '' : table('What the next steps will rest on', head, rows(ahead)),
  ].join('\n');
}

function results({ measured, nowMs }: Overview): string {
  if (measured === undefined) return notAsked;
  return measured.groups
    .map(({ title, readings }) =>
      table(
        title,
        ['', 'What', 'Last'],
        readings.map((reading): readonly Cell[] => {
          const { mark, text } = readingWords(reading, nowMs);
          return [{ html: badge(mark, mark) }, reading.what, text];
        }),
      ),
    )
    .join('\n');
}

const notAsked =
  '<p>Nobody was asked: <code>./registry report --prometheus &lt;url&gt;</code> shows what Prometheus has.</p>';

function storage({ measured, storageCeiling }: Overview): string {
  if (measured === undefined) return notAsked;
  const { points, saw } = measured.storage;
  const last = points.at(-1);
  if (last === undefined) return `<p>Not known: ${escapeHtml(saw ?? '')}.</p>`;
  const ceilingBytes = quantityBytes(storageCeiling);
  const share = Math.round((last[1] / ceilingBytes) * 100);
  const words = `${formatBytes(last[1])} used, ${share} % of the ${storageCeiling} at which the volume is no longer grown.`;
  const drawn = storagePicture(points, { bytes: ceilingBytes, text: storageCeiling }, words);
  const caption = `The last ${storageDays} days, as far as Prometheus has them; the dashed line is the ceiling.`;
  return `<p>${words}</p>\n${drawn === undefined ? '' : `<figure>${drawn}<figcaption>${caption}</figcaption></figure>`}`;
}

function paths(overview: Overview): string {
  return `<figure>${pathsPicture(overview)}</figure>
${table(
  'Ways to the registries',
  ['Client', 'Registry', 'Dials', 'By', 'Answers there'],
  overview.pullPaths.map(({ client, host, dials, by, frontDoor }) => [client, host, dials, by, frontDoor]),
)}`;
}

function tokens(overview: Overview): string {
  return `<figure>${tokensPicture(overview)}</figure>
${table(
  'What each token may do, and who holds it',
  ['Duty', 'Account', 'Scopes', 'Held by', 'In Vault'],
  overview.tokens.map(({ duty, owner, scopes, heldBy, vault }) => [
    ...[duty, owner, scopes.join(', '), heldBy],
    { html: `<code>${escapeHtml(`${vault.path}:${vault.key}`)}</code>` },
  ]),
)}`;
}

/** Scrolls by itself where it is wide, also by keyboard; the first column names the row. */
function table(caption: string, head: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const nameAt = head[0] === '' ? 1 : 0;
  const cell = (value: Cell): string => (typeof value === 'string' ? escapeHtml(value) : value.html);
  const columns = head.map((name) =>
    name === '' ? '<td></td>' : `<th scope="col">${escapeHtml(name)}</th>`,
  );
  const lines = rows.map(
    (row) =>
      `<tr>${row.map((value, index) => (index === nameAt ? `<th scope="row">${cell(value)}</th>` : `<td>${cell(value)}</td>`)).join('')}</tr>`,
  );
  return `<div class="wide" role="region" tabindex="0" aria-label="${escapeHtml(caption)}">
<table><caption>${escapeHtml(caption)}</caption>
<thead><tr>${columns.join('')}</tr></thead>
<tbody>
${lines.join('\n')}
</tbody></table></div>`;
}

function list(items: readonly string[]): string {
  return `<ul>\n${items.map((item) => `<li>${item}</li>`).join('\n')}\n</ul>`;
}

function badge(mark: string, text: string): string {
  if (text === '') return '';
  const sign = { well: '✓ ', 'not so': '✗ ', unknown: '? ' }[mark] ?? '';
  return `<span class="badge ${mark.replace(' ', '-')}"><span aria-hidden="true">${sign}</span>${escapeHtml(text)}</span>`;
}
