import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Kubernetes } from '../servers/kubernetes';
import type { Container, FieldReference, KeyFiles, Pod, ProjectedSource, Volume } from './pod';

/**
 * The environment that a kubelet gives a container: its own variables over those of its ConfigMaps and Secrets over
 * the address of the API server.
 * @throws when it names something that does not exist, as a kubelet would not start it
 */
export async function environmentOf(
  kubernetes: Kubernetes,
  pod: Pod,
  { name: container, env = [], envFrom = [] }: Container,
): Promise<Readonly<Record<string, string>>> {
  const { namespace } = pod.metadata;
  const environment: Record<string, string> = {
    KUBERNETES_SERVICE_HOST: '10.96.0.1',
    KUBERNETES_SERVICE_PORT: '443',
  };
  for (const { secretRef, configMapRef } of envFrom) {
    if (secretRef !== undefined)
      Object.assign(environment, texts(await secretData(kubernetes, namespace, secretRef.name)));
    if (configMapRef !== undefined)
      Object.assign(environment, texts(await configMapData(kubernetes, namespace, configMapRef.name)));
  }
  for (const { name, value = '', valueFrom } of env) {
    const { secretKeyRef, configMapKeyRef, fieldRef } = valueFrom ?? {};
    const where = `pod ${namespace}/${pod.metadata.name}: variable "${name}" of container "${container}"`;
    if (secretKeyRef !== undefined) {
      const data = await secretData(kubernetes, namespace, secretKeyRef.name);
      environment[name] = valueAt(data, secretKeyRef.key, where).toString('utf8');
    } else if (configMapKeyRef !== undefined) {
      const data = await configMapData(kubernetes, namespace, configMapKeyRef.name);
      environment[name] = valueAt(data, configMapKeyRef.key, where).toString('utf8');
    } else if (fieldRef !== undefined) environment[name] = fieldOf(pod, fieldRef);
    else if (valueFrom === undefined) environment[name] = value;
    else throw new Error(`${where}: the lab knows no such source, got ${Object.keys(valueFrom).join(', ')}`);
  }
  return environment;
}

/** Writes a pod's volumes as a kubelet would, one folder each, and returns the folder of each by its name. */
export async function writeVolumes(
  kubernetes: Kubernetes,
  pod: Pod,
  folder: string,
): Promise<ReadonlyMap<string, string>> {
  const folders = new Map<string, string>();
  for (const volume of pod.spec.volumes ?? []) {
    const volumeFolder = join(folder, volume.name);
    mkdirSync(volumeFolder, { recursive: true });
    if (volume.emptyDir !== undefined) chmodSync(volumeFolder, 0o777);
    for (const [path, content] of await filesOf(kubernetes, pod, volume)) {
      const file = join(volumeFolder, path);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, content);
    }
    folders.set(volume.name, volumeFolder);
  }
  return folders;
}

type Files = ReadonlyMap<string, Buffer>;

async function filesOf(kubernetes: Kubernetes, pod: Pod, volume: Volume): Promise<Files> {
  const { name, configMap, secret, emptyDir, projected } = volume;
  if (configMap !== undefined) return projectedFiles(kubernetes, pod, { configMap });
  if (secret !== undefined)
    return projectedFiles(kubernetes, pod, { secret: { ...secret, name: secret.secretName } });
  if (emptyDir !== undefined) return new Map();
  if (projected === undefined) {
    const kind = Object.keys(volume).filter((key) => key !== 'name');
    throw new Error(
      `pod ${pod.metadata.namespace}/${pod.metadata.name}: the lab has no volume of kind ${kind.join(', ')}, got "${name}"`,
    );
  }
  const sources = await Promise.all(
    projected.sources.map((source) => projectedFiles(kubernetes, pod, source)),
  );
  return new Map(sources.flatMap((files) => [...files]));
}

async function projectedFiles(kubernetes: Kubernetes, pod: Pod, source: ProjectedSource): Promise<Files> {
  const { namespace } = pod.metadata;
  const { configMap, secret, downwardAPI, serviceAccountToken } = source;
  const files = new Map<string, Buffer>();
  const add = (data: Files, { items }: KeyFiles, where: string): void => {
    const wanted = items ?? [...data.keys()].map((key) => ({ key, path: key }));
    for (const { key, path } of wanted) files.set(path, valueAt(data, key, where));
  };
  if (configMap !== undefined)
    add(
      await configMapData(kubernetes, namespace, configMap.name),
      configMap,
      `configmap ${namespace}/${configMap.name}`,
    );
  if (secret !== undefined)
    add(await secretData(kubernetes, namespace, secret.name), secret, `secret ${namespace}/${secret.name}`);
  for (const { path, fieldRef } of downwardAPI?.items ?? [])
    files.set(path, Buffer.from(fieldOf(pod, fieldRef)));
  if (serviceAccountToken !== undefined)
    files.set(serviceAccountToken.path, Buffer.from(await podToken(kubernetes, pod, serviceAccountToken)));
  return files;
}

/** A token of the pod's ServiceAccount that ends with the pod. */
async function podToken(
  kubernetes: Kubernetes,
  { metadata: { name, namespace, uid }, spec: { serviceAccountName } }: Pod,
  { audience, expirationSeconds }: NonNullable<ProjectedSource['serviceAccountToken']>,
): Promise<string> {
  const body = await answered(kubernetes, {
    method: 'POST',
    path: `/api/v1/namespaces/${namespace}/serviceaccounts/${serviceAccountName}/token`,
    body: {
      spec: {
        ...(audience === undefined ? {} : { audiences: [audience] }),
        expirationSeconds,
        boundObjectRef: { kind: 'Pod', apiVersion: 'v1', name, uid },
      },
    },
  });
  return (body as { status: { token: string } }).status.token;
}

async function secretData(kubernetes: Kubernetes, namespace: string, name: string): Promise<Files> {
  const body = await answered(kubernetes, { path: `/api/v1/namespaces/${namespace}/secrets/${name}` });
  const { data = {} } = body as { data?: Record<string, string> };
  return new Map(Object.entries(data).map(([key, value]) => [key, Buffer.from(value, 'base64')]));
}

async function configMapData(kubernetes: Kubernetes, namespace: string, name: string): Promise<Files> {
  const body = await answered(kubernetes, { path: `/api/v1/namespaces/${namespace}/configmaps/${name}` });
  const { data = {} } = body as { data?: Record<string, string> };
  return new Map(Object.entries(data).map(([key, value]) => [key, Buffer.from(value)]));
}

async function answered(
  kubernetes: Kubernetes,
  request: Parameters<Kubernetes['request']>[0],
): Promise<unknown> {
  const { status, body } = await kubernetes.request(request);
  if (status < 300) return body;
  const { message = '' } = body as { message?: string };
  throw new Error(`lab: ${request.method ?? 'GET'} ${request.path}: got ${status}: ${message}`);
}

function texts(data: Files): Record<string, string> {
  return Object.fromEntries([...data].map(([key, value]) => [key, value.toString('utf8')]));
}

function valueAt(data: Files, key: string, where: string): Buffer {
  const value = data.get(key);
  if (value === undefined)
    throw new Error(`${where}: no key "${key}", got "${[...data.keys()].sort().join('", "')}"`);
  return value;
}

function fieldOf({ metadata, spec }: Pod, { fieldPath }: FieldReference): string {
  const fields: Readonly<Record<string, string>> = {
    'metadata.name': metadata.name,
    'metadata.namespace': metadata.namespace,
    'metadata.uid': metadata.uid,
    'spec.serviceAccountName': spec.serviceAccountName,
  };
  const value = fields[fieldPath];
  if (value === undefined)
    throw new Error(
      `pod ${metadata.namespace}/${metadata.name}: the lab has no value of field "${fieldPath}"`,
    );
  return value;
}
