/** The switch outside the controller that ends a resource when nobody else does. Armed before the resource exists. */
export interface Deadlines {
  /** Success when it is armed already. */
  arm(deadline: {
    /** Of the resource. */
    name: string;
    /** RFC 3339. */
    expiresAt: string;
    tags: { [key: string]: string };
  }): Promise<void>;
  /** Called when the resource is confirmed gone. Success when there is none. */
  disarm(name: string): Promise<void>;
}
