/** A JSON object as Terraform's JSON syntax means it: a body of blocks and attributes. */
export type JsonObject = Readonly<Record<string, unknown>>;

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
export interface AlertRules {
  /** The local of the generated file that holds them, as a values document of the chart. */
  readonly valuesLocal: string;
  /** The names of the rules that they take the place of. */
  readonly alerts: readonly string[];
}

/** The images that one folder of an app stack refers to. */
export interface ImageRefs {
  readonly kind: 'image-refs';
  readonly stack: string;
  /** The folder whose HCL holds the references: the stack's own, or a module of it (`stacks/freedify/factory`). */
  readonly folder: string;
  readonly images: readonly DeliveredImage[];
}

/** An image that the folder's HCL refers to through a generated local. */
export interface DeliveredImage {
  /** Snake case; the local is `<name>_repository`, or `<name>_image` where it includes the tag. */
  readonly name: string;
  /** Host and path of what the app pulls: `registry.viktorbarzin.me/payslip-ingest`. */
  readonly repository: string;
  /**
   * Tag and digest that the estate owns, as `v4` or `v4@sha256:…`.
   * @default none: the tag comes from an expression in the HCL, and stays there
   */
  readonly tag?: string;
  /** Every `host/path` that a hand-written reference to this image may begin with. */
  readonly spellings: readonly string[];
}

/** Files that no Terraform declares: what a machine or a pipeline reads, at the paths where it is read. */
export interface Files {
  readonly kind: 'files';
  /** The name by which `--stack` chooses them. */
  readonly stack: string;
  /** The folder that holds the list of what was delivered, by which a later run knows its own files again. */
  readonly folder: string;
  readonly files: readonly { readonly path: string; readonly text: string }[];
  /** Hand-written files that the first delivery replaces. */
  readonly takesOver: readonly string[];
}

/** What people read in the tree: sections of pages, and pages that go. */
export interface Documents {
  readonly kind: 'documents';
  readonly stack: string;
  readonly sections: readonly {
    readonly path: string;
    /** By which its marks find it again. */
    readonly name: string;
    /** Markdown; `undefined` when it is not to be there. */
    readonly text: string | undefined;
    /** Whether the page is made where there is none. */
    readonly makesPage: boolean;
  }[];
  readonly retired: readonly string[];
}

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
