import { expect, it } from '@jest/globals';
import { ForgejoRows } from '../../support/forgejo-rows';

/** Surprise 1 of the measurements, as the control of the contract's case: what the plan refuses is a loss. */
it("Forgejo's sweep takes a child of a live index after another package's tag of it is deleted by hand", () => {
  const store = new ForgejoRows();
  const child = (): string => store.push('app', digestOf('child'), Buffer.from('"child"'), 'image', 0) ?? '';
  const index = (name: string, tag: string): void => {
    const manifests = [{ digest: digestOf('child') }];
    store.push(name, tag, Buffer.from(JSON.stringify({ manifests })), 'index', 0);
  };
  const digestOf = (seed: string): string => {
    const probe = new ForgejoRows();
    return probe.push('probe', 'probe', Buffer.from(JSON.stringify(seed)), 'image', 0) ?? '';
  };
  store.push('copy', digestOf('child'), Buffer.from('"child"'), 'image', 0);
  index('copy', 'v1');
  child();
  index('app', '1.0');
  // The same build pushed again gives the child a row that is younger than the tag.
  child();

  const [copied] = store.rows.filter((row) => row.package === 'copy' && row.name === 'v1');
  if (copied !== undefined) store.delete(copied);
  store.sweep();

  expect(store.find('app', '1.0')).toBeDefined();
  expect(store.find('app', digestOf('child'))).toBeUndefined();
});
