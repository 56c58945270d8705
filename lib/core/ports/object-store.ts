/** Run artefacts by key: load results, pending measurements, documents. A written key is complete or absent. */
export interface ObjectStore {
  put(key: string, text: string): Promise<void>;
  /** null when absent. */
  get(key: string): Promise<string | null>;
  /** Keys that start with `prefix`, in order. */
  list(prefix: string): Promise<string[]>;
}
