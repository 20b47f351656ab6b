/** At most `size` tasks at a time, served in the order they came. */
export class Semaphore {
  readonly #waiting: (() => void)[] = [];
  #free: number;

  constructor(size: number) {
    if (!Number.isInteger(size) || size < 1) {
      throw new Error(
        `semaphore: size must be a whole number from 1, got ${size}; give the tasks to run at a time`,
      );
    }
    this.#free = size;
  }

  /** Resolves when a place is free, with the function that gives it back. */
  async acquire(): Promise<() => void> {
    if (this.#free > 0) this.#free -= 1;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    let released = false;
    return () => {
      if (released) return;
      released = true;
      const next = this.#waiting.shift();
      if (next === undefined) this.#free += 1;
      else next();
    };
  }

  async run<T>(task: () => Promise<T>): Promise<T> {
    const release = await this.acquire();
    try {
      return await task();
    } finally {
      release();
    }
  }
}

/**
 * Runs `task` for every item with at most `limit` unfinished, taking the next item only when there is room,
 * so a source of any length costs the memory of `limit` items. The first error stops the taking, is awaited
 * behind the tasks that run, and is thrown.
 */
export async function forEachConcurrently<T>(
  items: AsyncIterable<T> | Iterable<T>,
  limit: number,
  task: (item: T) => Promise<void>,
): Promise<void> {
  const places = new Semaphore(limit);
  const failures: unknown[] = [];
  const start = async (item: T, leave: () => void): Promise<void> => {
    try {
      await task(item);
    } catch (error) {
      failures.push(error);
    } finally {
      leave();
    }
  };
  try {
    for await (const item of items) {
      const leave = await places.acquire();
      if (failures.length > 0) {
        leave();
        break;
      }
      void start(item, leave);
    }
  } finally {
    // Every place taken back means that nothing runs any more.
    for (let place = 0; place < limit; place += 1) await places.acquire();
  }
  if (failures.length > 0) throw failures[0];
}
