/**
 * All pages of a listing; an empty token is the last one's. The SDK's paginators take only whole clients, and those that
 * are methods are younger than the SDK that Lambda may bring.
 */
export async function* pages<T>(
  call: (token: string | undefined) => Promise<T>,
  next: (page: T) => string | undefined,
): AsyncGenerator<T> {
  let token: string | undefined;
  do {
    const page = await call(token);
    yield page;
    token = next(page) || undefined;
  } while (token !== undefined);
}
