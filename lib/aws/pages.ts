/**
 * All pages of a listing; an empty token is the last one's. The SDK's paginators take only whole clients, and those that
 * are methods are younger than the SDK that Lambda may bring.
 */
export async function* pages<T, Token = string>(
  call: (token: Token | undefined) => Promise<T>,
  next: (page: T) => Token | undefined,
): AsyncGenerator<T> {
  let token: Token | undefined;
  do {
    const page = await call(token);
    yield page;
    token = next(page) || undefined;
  } while (token !== undefined);
}
