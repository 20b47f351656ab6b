import type { HclJson as JsonObject } from '../hcl/addresses';
import type { ReferredImage } from '../stacks/app';
import type { MonitoringStack } from '../stacks/monitoring';
import type { TreeDocuments } from '../trees/documents';
import type { TreeFile } from '../trees/tree-file';

export type { JsonObject };

/** A stack whose every resource is ours: its hand-written HCL is replaced (design decision 4). */
export interface WholeStack {
  readonly kind: 'whole';
  readonly stack: string;
  /** The synthesized stack; `terraform`, `provider` and `//` are left out of what is delivered. */
  readonly json: JsonObject;
  /** What its expressions read, by the path from its folder. @default none */
  readonly files?: Readonly<Record<string, string>>;
  /** Further paths that belong to the cdktf form alone, dotted: `output.refusal`. @default none */
  readonly drop?: readonly string[];
}

/** A stack that also holds what is not ours: one generated file where the predecessor's resources live. */
export interface SharedStack {
  readonly kind: 'shared';
  readonly stack: string;
  /** The folder from the tree's root, so that addresses stay: `stacks/kyverno/modules/kyverno`. */
  readonly modulePath: string;
  readonly json: JsonObject;
  /** @default none */
  readonly files?: Readonly<Record<string, string>>;
  /** @default none */
  readonly alertRules?: AlertRules;
  /** Addresses of Vault policies and roles whose rights may shrink. @default none */
  readonly narrowed?: readonly string[];
  /** @default none */
  readonly drop?: readonly string[];
}

/** Alert rules that the tree's Prometheus is to load. */
export type AlertRules = MonitoringStack['alertRules'];

/** The images that one folder of an app stack refers to. */
export interface ImageRefs {
  readonly kind: 'image-refs';
  readonly stack: string;
  /** The folder whose HCL holds the references: the stack's own, or a module of it (`stacks/freedify/factory`). */
  readonly folder: string;
  readonly images: readonly DeliveredImage[];
}

/** An image that the folder's HCL refers to through a generated local. */
export type DeliveredImage = Omit<ReferredImage, 'folder'>;

/** Files that no Terraform declares: what a machine or a pipeline reads, at the paths where it is read. */
export interface Files {
  readonly kind: 'files';
  /** The name by which `--stack` chooses them. */
  readonly stack: string;
  /** The folder that holds the list of what was delivered, by which a later run knows its own files again. */
  readonly folder: string;
  readonly files: readonly TreeFile[];
  /** Hand-written files that the first delivery replaces. */
  readonly takesOver: readonly string[];
}

/** What people read in the tree: sections of pages, and pages that go. */
type Documents = TreeDocuments & { readonly kind: 'documents'; readonly stack: 'documents' };

/** The images of ours that the tree's pipelines run in. */
export interface PipelineImages {
  readonly kind: 'pipeline-images';
  /** The name by which `--stack` chooses them. */
  readonly stack: string;
  readonly folder: string;
  readonly images: readonly {
    readonly name: string;
    /** Whether its steps pull it from Forgejo. */
    readonly moved: boolean;
    /** Host and path that they pull. */
    readonly repository: string;
    /** Every `host/path` by which they may name it, and those of them that are left as they are. */
    readonly spellings: readonly string[];
    readonly stays: readonly string[];
  }[];
  /** The steps that the estate knows. */
  readonly steps: readonly { readonly file: string; readonly step: string; readonly image: string }[];
  /** Pipelines that are delivered whole. */
  readonly ours: readonly string[];
}

export type Deliverable = WholeStack | SharedStack | ImageRefs | Files | Documents | PipelineImages;
