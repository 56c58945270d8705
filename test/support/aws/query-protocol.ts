/** AWS's query protocol (Smithy, "AWS Query protocol"): members of a body as fields of a form, and as elements. */

type Body = { [member: string]: Body } | Body[] | string;

/** `A.B.member.1=x` is `{ A: { B: ['x'] } }`; without the fields that name the operation. */
export function fromForm(form: URLSearchParams): Body {
  const root: Record<string, Body> = {};
  for (const [key, value] of form) {
    if (key === 'Action' || key === 'Version') continue;
    let at = root;
    const steps = key.split('.');
    for (const step of steps.slice(0, -1)) {
      at[step] ??= {};
      at = at[step] as Record<string, Body>;
    }
    at[steps.at(-1)!] = value;
  }
  return withLists(root);
}

function withLists(body: Body): Body {
  if (typeof body !== 'object' || Array.isArray(body)) return body;
  const { member } = body;
  if (member !== undefined) return Object.values(member).map(withLists);
  return Object.fromEntries(Object.entries(body).map(([key, value]) => [key, withLists(value)]));
}

export function toXml(body: unknown): string {
  if (body === undefined || body === null) return '';
  if (Array.isArray(body)) return body.map((one) => `<member>${toXml(one)}</member>`).join('');
  if (typeof body === 'object') {
    return Object.entries(body)
      .filter(([, value]) => value !== undefined)
      .map(([key, value]) => `<${key}>${toXml(value)}</${key}>`)
      .join('');
  }
  return String(body).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
