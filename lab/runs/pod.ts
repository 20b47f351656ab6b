/** A pod as the API server holds it after admission, as far as the lab runs it. */
export interface Pod {
  readonly metadata: { readonly name: string; readonly namespace: string; readonly uid: string };
  readonly spec: {
    readonly serviceAccountName: string;
    readonly securityContext: { readonly runAsUser?: number; readonly runAsGroup?: number };
    readonly containers: readonly Container[];
    readonly initContainers?: readonly Container[];
    readonly hostAliases?: readonly { readonly ip: string; readonly hostnames: readonly string[] }[];
    readonly volumes?: readonly Volume[];
  };
}

export interface Container {
  readonly name: string;
  readonly command?: readonly string[];
  readonly args?: readonly string[];
  readonly env?: readonly Variable[];
  readonly envFrom?: readonly { readonly secretRef?: Named; readonly configMapRef?: Named }[];
  readonly securityContext?: { readonly readOnlyRootFilesystem?: boolean };
  readonly volumeMounts?: readonly VolumeMount[];
}

interface Named {
  readonly name: string;
}

interface Variable {
  readonly name: string;
  readonly value?: string;
  readonly valueFrom?: {
    readonly secretKeyRef?: Named & { readonly key: string };
    readonly configMapKeyRef?: Named & { readonly key: string };
    readonly fieldRef?: FieldReference;
  };
}

export interface VolumeMount {
  readonly name: string;
  readonly mountPath: string;
  readonly readOnly?: boolean;
}

export interface FieldReference {
  readonly fieldPath: string;
}

/** Keys of a ConfigMap or Secret and the files that they become; without items, every key becomes a file of its name. */
export interface KeyFiles {
  readonly items?: readonly { readonly key: string; readonly path: string }[];
}

export interface Volume {
  readonly name: string;
  readonly configMap?: Named & KeyFiles;
  readonly secret?: { readonly secretName: string } & KeyFiles;
  readonly emptyDir?: object;
  readonly projected?: { readonly sources: readonly ProjectedSource[] };
}

export interface ProjectedSource {
  readonly configMap?: Named & KeyFiles;
  readonly secret?: Named & KeyFiles;
  readonly downwardAPI?: {
    readonly items: readonly { readonly path: string; readonly fieldRef: FieldReference }[];
  };
  readonly serviceAccountToken?: {
    readonly path: string;
    readonly audience?: string;
    readonly expirationSeconds: number;
  };
}
