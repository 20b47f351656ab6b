/** A JSON object as Terraform's JSON syntax means it: a body of blocks and attributes. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** A stack whose every resource is ours: its hand-written HCL is replaced (design decision 4). */
export interface WholeStack {
  readonly kind: 'whole';
  readonly stack: string;
  /** The synthesized stack; `terraform`, `provider` and `//` are left out of what is delivered. */
  readonly json: JsonObject;
  /**
   * Further paths that belong to the cdktf form alone, dotted: `output.refusal`.
   * @default none
   */
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
  readonly drop?: readonly string[];
}

/** The images that one folder of an app stack refers to. */
export interface ImageRefs {
  readonly kind: 'image-refs';
  readonly stack: string;
  /** The folder whose HCL holds the references: the stack's own, or a module of it (`stacks/freedify/factory`). */
  readonly folder: string;
  readonly images: readonly DeliveredImage[];
}

export interface DeliveredImage {
  /** Name of the locals, snake_case: `payslip_ingest` gives `local.payslip_ingest_repository`. */
  readonly name: string;
  /** What the app pulls, without tag: `registry.viktorbarzin.me/payslip-ingest`. */
  readonly repository: string;
  /**
   * Tag and digest that the estate owns, as `v4`, `v4@sha256:…`; it becomes `local.<name>_image`.
   * @default none: the tag comes from a Terraform variable and stays where it is
   */
  readonly tag?: string;
  /** Every way the tree may spell this repository today or did before; the repository itself is always one. */
  readonly spellings: readonly string[];
}

export type Deliverable = WholeStack | SharedStack | ImageRefs;
