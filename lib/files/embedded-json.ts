/**
 * Data inside a page for whoever wants to compute on it. HTML ends a script at `</script` and treats `<!--` specially wherever
 * they stand, and U+2028/2029 end a line in old script parsers, so these characters are written as JSON escapes.
 */
export function embeddedJson(id: string, value: unknown): string {
  const text = JSON.stringify(value).replace(
    /[<>&\u2028\u2029]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return `<script type="application/json" id="${id}">${text}</script>`;
}
