interface ManifestDocument {
  readonly config?: { readonly digest: string };
  readonly layers?: readonly { readonly digest: string }[];
  readonly manifests?: readonly { readonly digest: string }[];
}

const accept = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.docker.distribution.manifest.v2+json',
].join(', ');

/**
 * The predecessor's probe in Node: one request after the other, no memory of what was asked before. It looked at
 * five tags and at no blob; here it looks at everything, so that the same work is compared. It ran `curl` for every
 * request, which is left out in its favour.
 */
export async function predecessorWalk(url: string): Promise<{ requests: number; failures: number }> {
  let requests = 0;
  let failures = 0;
  const ask = async (method: string, path: string): Promise<Response> => {
    requests += 1;
    const response = await fetch(`${url}${path}`, { method, headers: { accept } });
    if (!response.ok) failures += 1;
    return response;
  };
  const head = async (repository: string, { digest }: { digest: string }): Promise<void> => {
    await ask('HEAD', `/v2/${repository}/blobs/${digest}`);
  };
  const manifest = async (repository: string, reference: string): Promise<void> => {
    const response = await ask('GET', `/v2/${repository}/manifests/${reference}`);
    const { config, layers = [], manifests = [] } = (await response.json()) as ManifestDocument;
    for (const child of manifests) await manifest(repository, child.digest);
    if (config !== undefined) await head(repository, config);
    for (const layer of layers) await head(repository, layer);
  };
  const catalog = (await (await ask('GET', '/v2/_catalog?n=1000')).json()) as { repositories: string[] };
  for (const repository of catalog.repositories) {
    const list = (await (await ask('GET', `/v2/${repository}/tags/list`)).json()) as { tags: string[] };
    for (const tag of list.tags) await manifest(repository, tag);
  }
  return { requests, failures };
}
