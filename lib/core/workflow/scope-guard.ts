/** Ids legal, unique in their scope, and one operation in flight at a time: what every carrier demands of a workflow. */
const ID = /^[a-z0-9][a-z0-9._-]{0,63}$/;

export class ScopeGuard {
  private readonly used = new Set<string>();
  private inFlight: string | null = null;
  private readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  async run<T>(id: string, operation: () => Promise<T>): Promise<T> {
    if (!ID.test(id)) throw new Error(`workflow id "${id}" in ${this.path} does not match ${ID.source}`);
    if (this.used.has(id)) throw new Error(`workflow id "${id}" stands twice in ${this.path}`);
    if (this.inFlight !== null) {
      throw new Error(`"${id}" starts while "${this.inFlight}" is in flight in ${this.path}`);
    }
    this.used.add(id);
    this.inFlight = id;
    try {
      return await operation();
    } finally {
      this.inFlight = null;
    }
  }
}
