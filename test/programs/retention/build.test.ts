import { expect, it } from '@jest/globals';
import { buildsOf } from '../../../programs/retention/build';
import type { ManifestRead, TagVersion } from '../../../programs/retention/package';
import { digest, tag } from '../../support/registry-arbitraries';

const ABOUT_ONE = `sha256-${'1'.repeat(64)}.sig`;
const version = (name: string, manifest: ManifestRead, id: number): TagVersion => ({
  ...{ id, tag: tag(name), createdAtMs: 0, manifest },
});
const index = { digest: digest(5), children: [digest(6)] };

it.each<[string, readonly TagVersion[], object]>([
  [
    'a tag that could not be read is a build of its own and reaches nothing',
    [version('v1', { unread: '500' }, 1)],
    { digest: undefined, children: [], contents: [], subjects: [], attachedTo: undefined },
  ],
  [
    'tags of one digest are one build, which reaches itself and its children',
    [version('v1', index, 1), version('v2', index, 2)],
    { digest: digest(5), children: [digest(6)], contents: [digest(5), digest(6)], attachedTo: undefined },
  ],
  [
    'a referrer is about its subject, and about what its tag spells rather',
    [
      version('a', { ...index, subject: digest(2) }, 1),
      version(ABOUT_ONE, { ...index, subject: digest(2) }, 2),
    ],
    { subjects: [digest(1), digest(2)], attachedTo: digest(1) },
  ],
  [
    'a signature of an image that Forgejo cannot hold is about that',
    [version(`sha512-${'1'.repeat(64)}.sig`, index, 1)],
    { subjects: [`sha512:${'1'.repeat(64)}`] },
  ],
  [
    'a tag that only looks like a signature is an image',
    [version(`sha-${'1'.repeat(64)}`, index, 1)],
    { subjects: [], attachedTo: undefined },
  ],
  [
    'an image of which one tag is a signature is an image',
    [version('v1', index, 1), version(ABOUT_ONE, index, 2)],
    { subjects: [digest(1)], attachedTo: undefined },
  ],
])('%s', (_, tags, build) => {
  const names = tags.map((each) => each.tag).reverse();
  for (const order of [tags, [...tags].reverse()]) {
    const builds = buildsOf(order);
    expect(builds).toMatchObject([build]);
    expect(builds[0]?.tags.map((each) => each.tag)).toEqual(names);
  }
});
