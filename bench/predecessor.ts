/**
 * The predecessor's retention, in Node as it was in shell: list every version page by page until an empty one, keep of
 * each package the ten newest versions, `latest` and caches, delete the rest one after another.
 */
interface Version {
  readonly name: string;
  readonly version: string;
  readonly created_at: string;
}

async function main([url = '', owner = '', token = '']: readonly string[]): Promise<void> {
  const headers = { authorization: `token ${token}` };
  const packages = new Map<string, Version[]>();
  for (let page = 1; page <= 1000; page++) {
    const answer = await fetch(`${url}/api/v1/packages/${owner}?type=container&limit=50&page=${page}`, {
      headers,
    });
    const versions = (await answer.json()) as Version[];
    if (versions.length === 0) break;
    for (const version of versions)
      packages.set(version.name, [...(packages.get(version.name) ?? []), version]);
  }
  let deleted = 0;
  for (const [name, versions] of packages) {
    const newestFirst = versions.sort((a, b) => b.created_at.localeCompare(a.created_at));
    for (const { version } of newestFirst.slice(10)) {
      if (version === 'latest' || /cache/i.test(version)) continue;
      const path = `${encodeURIComponent(name)}/${encodeURIComponent(version)}`;
      const answer = await fetch(`${url}/api/v1/packages/${owner}/container/${path}`, {
        method: 'DELETE',
        headers,
      });
      await answer.text();
      deleted += 1;
    }
  }
  process.stdout.write(`deleted ${deleted} versions\n`);
}

void main(process.argv.slice(2));
