import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { breakGlassImages, type BreakGlassImage } from '../estate/derived/break-glass';
import { pushgatewayUrlOutside } from '../estate/derived/pushgateway';
import { breakGlassFolder } from '../estate/derived/registry-vm-paths';
import type { EstateWithVm } from '../estate/estate';
import type { ManagedFile } from './managed-file';

/** What saves the images that the cluster is repaired with: the script, what it reads, its logins, and cron's line (ADR 24). */
export function breakGlassFiles(estate: EstateWithVm): readonly ManagedFile<'none'>[] {
  const { breakGlass, folder } = estate.registryVm;
  const script = `${folder}/break-glass.sh`;
  const file = (path: string, mode: ManagedFile['mode'], ...content: ManagedFile['content']) =>
    ({ path, mode, content, effect: 'none' }) as const;
  return [
    file(script, '0755', readFileSync(join(__dirname, 'break-glass.sh'), 'utf8')),
    file(`${folder}/break-glass.conf`, '0644', configuration(estate)),
    ...breakGlassImages(estate).flatMap((image) => {
      const { name, from } = image;
      if (from === undefined) return [];
      const user = typeof from.user === 'string' ? from.user : { vault: from.user };
      return [file(loginPath(estate, name), '0600', user, ':', { vault: from.password }, '\n')];
    }),
    file(
      '/etc/cron.d/break-glass',
      '0644',
      `PATH=/usr/sbin:/usr/bin:/sbin:/bin\n${breakGlass.schedule} root ${script} 2>&1 | logger -t break-glass\n`,
    ),
  ];
}

function configuration(estate: EstateWithVm): string {
  const { keep, secondCopy } = estate.registryVm.breakGlass;
  const row = ({ name, reference, from }: BreakGlassImage): string =>
    [name, reference, ...(from === undefined ? [] : [from.url, loginPath(estate, name)])].join(' ');
  return `# shellcheck shell=sh disable=SC2034
folder=${breakGlassFolder(estate)}
keep=${keep}
pushgateway=${pushgatewayUrlOutside(estate)}
second_copy=${secondCopy?.name ?? ''}
mount_second_copy() {
  ${
    secondCopy === undefined
      ? ':'
      : `timeout --kill-after=10 120 mount -t ${secondCopy.type} -o ${secondCopy.options} ${secondCopy.source} "$1"`
  }
}
images='
${breakGlassImages(estate).map(row).join('\n')}
'
`;
}

function loginPath({ registryVm: { folder } }: EstateWithVm, name: string): string {
  return `${folder}/break-glass-login/${name}`;
}
