import { TerraformLocal, TerraformOutput } from 'cdktf';
import type { Construct } from 'constructs';
import { atAddress } from '../constructs/address';
import type { App, Pull } from '../estate/apps';
import type { Estate } from '../estate/estate';
import { formatImageReference } from '../estate/image-reference';
import { imageOf, pulledReference, spellingsOf } from '../estate/references';
import { TerragruntStack } from './terragrunt-stack';

/** An image reference that the app's HCL takes from a generated local. */
export interface ImageLocal {
  readonly name: string;
  /** Folder in the tree whose HCL refers to it. */
  readonly folder: string;
  /** Host and path, with the tag where the estate owns it. */
  readonly value: string;
  /** What a hand-written reference to this image may begin with. */
  readonly spellings: readonly string[];
  /** Whether the value ends in a tag; otherwise the tag stays where the app's HCL has it. */
  readonly includesTag: boolean;
}

/** The image references of one app, and nothing else of it. */
export class AppStack extends TerragruntStack {
  readonly imageLocals: readonly ImageLocal[];

  constructor(scope: Construct, estate: Estate, app: App) {
    super(scope, app.stack, { estate, kind: 'shared', providers: [] });
    this.imageLocals = app.pulls.map((pull) => imageLocal(estate, app, pull));
    for (const { name, value } of this.imageLocals) {
      const local = atAddress(new TerraformLocal(this, name, value), name);
      atAddress(new TerraformOutput(this, `Output-${name}`, { value: local.asString }), name);
      this.cdktfFormOnly.push(`output.${name}`);
    }
  }
}

function imageLocal(estate: Estate, app: App, pull: Pull): ImageLocal {
  const { host, repository, tag, digest } = pulledReference(estate, app, pull);
  const includesTag = pull.tagIs === 'literal';
  const version = {
    ...(tag === undefined ? {} : { tag }),
    ...(digest === undefined ? {} : { digest }),
  };
  return {
    name: `image_${pull.image.replaceAll('-', '_')}`,
    folder: pull.folder,
    value: formatImageReference({ host, repository, ...(includesTag ? version : {}) }),
    spellings: spellingsOf(estate, imageOf(estate, pull)),
    includesTag,
  };
}
