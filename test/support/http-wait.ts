/** Asks until the answer is 200. @throws Error with the last answer after `seconds`. */
export async function waitForOk(url: string, seconds = 20): Promise<void> {
  let last = 'nothing';
  for (const end = performance.now() + seconds * 1000; performance.now() < end; ) {
    try {
      const { status } = await fetch(url, { signal: AbortSignal.timeout(2000) });
      if (status === 200) return;
      last = String(status);
    } catch (error) {
      last = String(error);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`${url} was not ready after ${seconds} s: ${last}`);
}
