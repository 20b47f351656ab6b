import { TerraformLocal, TerraformOutput } from 'cdktf';
import type { Construct } from 'constructs';
import { atAddress } from '../constructs/address';
import type { App, Pull } from '../estate/apps';
import type { Estate } from '../estate/estate';
import { imageOf, pulledReference, spellingsOf } from '../estate/derived/references';
import { TerragruntStack } from './terragrunt-stack';

/** An image that the app's hand-written HCL refers to through a generated local. */
export interface ReferredImage {
  /** Snake case; the local is `<name>_repository`, or `<name>_image` where it includes the tag. */
  readonly name: string;
  /** Folder in the tree whose HCL refers to it. */
  readonly folder: string;
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

/** The image references of one app, and nothing else of it. */
export class AppStack extends TerragruntStack {
  readonly images: readonly ReferredImage[];

  constructor(scope: Construct, estate: Estate, app: App) {
    super(scope, app.stack, { estate, kind: 'shared', providers: [] });
    this.images = app.pulls.map((pull) => referredImage(estate, app, pull));
    for (const { name, repository, tag } of this.images) {
      const localName = tag === undefined ? `${name}_repository` : `${name}_image`;
      const value = tag === undefined ? repository : `${repository}:${tag}`;
      const local = atAddress(new TerraformLocal(this, localName, value), localName);
      atAddress(new TerraformOutput(this, `Output-${name}`, { value: local.asString }), localName);
    }
  }
}

function referredImage(estate: Estate, app: App, pull: Pull): ReferredImage {
  const { host, repository, tag = '', digest } = pulledReference(estate, app, pull);
  return {
    name: pull.image.replaceAll('-', '_'),
    folder: pull.folder,
    repository: `${host}/${repository}`,
    ...(pull.tagIs === 'literal' ? { tag: digest === undefined ? tag : `${tag}@${digest}` } : {}),
    spellings: spellingsOf(estate, imageOf(estate, pull)),
  };
}
