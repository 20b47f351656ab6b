/** A fact that holds nothing further: its path in the estate, such as `images/0/tag`, and its value. */
export interface Leaf {
  readonly path: string;
  readonly value: string | number | boolean;
}

/** Every leaf of an object, found by walking it. */
export function leavesOf(value: unknown, path = ''): Leaf[] {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
    return [{ path, value }];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, member]) =>
    leavesOf(member, path === '' ? key : `${path}/${key}`),
  );
}

/** The object with another value at one leaf, and everything else shared. */
export function withLeaf<T>(subject: T, path: string, value: Leaf['value']): T {
  const [key = '', ...rest] = path.split('/');
  if (path === '') return value as T;
  const member = withLeaf((subject as Record<string, unknown>)[key], rest.join('/'), value);
  if (Array.isArray(subject))
    return subject.map((row: unknown, index) => (index === Number(key) ? member : row)) as T;
  return { ...subject, [key]: member };
}

/** The same object, and the paths of the leaves that are read of it; whoever looks a word up in a list reads all of it. */
export function watched<T extends object>(subject: T): { readonly subject: T; readonly read: Set<string> } {
  const read = new Set<string>();
  const proxies = new WeakMap<object, object>();
  const watch = (target: object, path: string): object => {
    const known = proxies.get(target);
    if (known !== undefined) return known;
    const proxy = new Proxy(target, {
      get: (_, key): unknown => {
        const member: unknown = Reflect.get(target, key);
        if (key === 'includes') for (const index of Object.keys(target)) read.add(`${path}/${index}`);
        if (typeof key === 'symbol' || typeof member === 'function') return member;
        const at = path === '' ? key : `${path}/${key}`;
        if (typeof member === 'object' && member !== null) return watch(member, at);
        read.add(at);
        return member;
      },
    });
    proxies.set(target, proxy);
    return proxy;
  };
  return { subject: watch(subject, '') as T, read };
}

/** Whether a text holds this value as a word of its own: a host is none inside a longer one, nor a number in another. */
export function holdsWord(text: string, value: string): boolean {
  let at = value === '' ? -1 : text.indexOf(value);
  while (at !== -1) {
    const [before, after] = [
      text.slice(Math.max(0, at - 2), at),
      text.slice(at + value.length, at + value.length + 2),
    ];
    if (!/[\w-]$|[\w-]\.$/.test(before) && !/^[\w-]|^\.\w/.test(after)) return true;
    at = text.indexOf(value, at + 1);
  }
  return false;
}
