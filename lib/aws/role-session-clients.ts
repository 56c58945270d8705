/** What ends something, as AWS names its calls. */
const ENDS = /^(delete|stop|terminate)[A-Z]/;

/**
 * One client made of two principals' clients: calls that end something are signed by the one that may delete, all others
 * by the one that may create. An adapter stays one object, and its deletions another role's.
 */
export function twoPrincipals<T extends object>(creating: T, deleting: T): T {
  return new Proxy(creating, {
    get(own, key) {
      const whose = typeof key === 'string' && ENDS.test(key) ? deleting : own;
      const value: unknown = Reflect.get(whose, key);
      return typeof value === 'function' ? value.bind(whose) : value;
    },
  });
}
