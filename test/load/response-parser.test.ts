import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { KnownHead } from '../../lib/load/known-head.ts';
import { MALFORMED, MORE, ResponseParser } from '../../lib/load/response-parser.ts';

interface Parsed {
  status: number;
  body: string;
  keepAlive: boolean;
  /** Bytes after the answer. */
  rest: number;
}

/** Feeds `wire` in pieces that end at `cuts`; each piece lies in a reused buffer, as it does on a socket. */
function parse(parser: ResponseParser, wire: Buffer, cuts: number[], closes: boolean): Parsed | string {
  let body = '';
  parser.begin();
  parser.sink = (piece) => {
    body += piece.toString('latin1');
  };
  const shared = Buffer.alloc(wire.length + 8, 'x');
  const edges = [0, ...[...cuts].sort((a, b) => a - b), wire.length];
  for (let i = 1; i < edges.length; i++) {
    const piece = wire.subarray(edges[i - 1], edges[i]);
    piece.copy(shared, 3);
    const used = parser.feed(shared, 3, 3 + piece.length);
    shared.fill('x');
    if (used === MALFORMED) return parser.failure!;
    if (used === MORE) continue;
    const { status, keepAlive } = parser.head;
    return { status, body, keepAlive, rest: wire.length - edges[i - 1]! - (used - 3) };
  }
  if (!closes || !parser.endOfStream()) return 'incomplete';
  return { status: parser.head.status, body, keepAlive: parser.head.keepAlive, rest: 0 };
}

const wire = (text: string) => Buffer.from(text, 'latin1');

const bodies = fc.string({ unit: fc.integer({ min: 0, max: 255 }).map((c) => String.fromCharCode(c)), maxLength: 60 });
const filler = fc.constantFrom(
  '',
  'Date: today\r\n',
  'X-Empty:\r\n',
  'Content-Type: application/json\r\nServer: t/1\r\n',
);
const interim = fc.constantFrom('', 'HTTP/1.1 100 Continue\r\n\r\n', 'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n');
const letterCase = (name: string) => fc.constantFrom(name, name.toLowerCase(), name.toUpperCase());

function chunks(body: string, sizes: number[], extension: string, trailer: string): string {
  let rest = body;
  let text = '';
  for (const size of sizes) {
    if (rest === '') break;
    const piece = rest.slice(0, size);
    rest = rest.slice(size);
    text += `${piece.length.toString(16)}${extension}\r\n${piece}\r\n`;
  }
  if (rest !== '') text += `${rest.length.toString(16).toUpperCase()}\r\n${rest}\r\n`;
  return `${text}0\r\n${trailer}\r\n`;
}

const framed = fc.oneof(
  fc.tuple(bodies, letterCase('Content-Length')).map(([body, name]) => ({
    body,
    head: `${name}:  ${body.length} \r\n`,
    payload: body,
    untilClose: false,
  })),
  fc
    .record({
      body: bodies,
      name: letterCase('Transfer-Encoding'),
      sizes: fc.array(fc.integer({ min: 1, max: 20 }), { maxLength: 8 }),
      extension: fc.constantFrom('', ';a=b', ' '),
      trailer: fc.constantFrom('', 'X-Sum: 1\r\n'),
    })
    .map(({ body, name, sizes, extension, trailer }) => ({
      body,
      head: `${name}: chunked\r\n`,
      payload: chunks(body, sizes, extension, trailer),
      untilClose: false,
    })),
  bodies.map((body) => ({ body, head: '', payload: body, untilClose: true })),
);

const answers = fc
  .record({
    framed,
    filler,
    interim,
    status: fc.constantFrom(200, 201, 400, 404, 500, 503),
    minor: fc.constantFrom(0, 1),
    connection: fc.constantFrom('', 'Connection: close\r\n', 'connection: Keep-Alive\r\n', 'Connection: x, Close\r\n'),
    fillerFirst: fc.boolean(),
  })
  .map((a) => {
    const headers = a.fillerFirst ? a.filler + a.framed.head : a.framed.head + a.filler;
    const text = `${a.interim}HTTP/1.${a.minor} ${a.status} Some Reason\r\n${headers}${a.connection}\r\n${a.framed.payload}`;
    const asked = /close/i.test(a.connection) ? false : /keep/i.test(a.connection) ? true : a.minor === 1;
    const expected = { status: a.status, body: a.framed.body, keepAlive: asked && !a.framed.untilClose, rest: 0 };
    return { wire: wire(text), expected, untilClose: a.framed.untilClose };
  });

test.each([0, 1, 2, 3])('a head is remembered, and no other is taken for it; %i more bytes', (more) => {
  const shared = Buffer.alloc(256, 'y');
  const parser = new ResponseParser(new KnownHead());
  const feed = (text: string) => {
    const size = shared.write(text, 'latin1');
    parser.begin();
    return { used: parser.feed(shared, 0, size) - size, status: parser.head.status };
  };
  const answer = (status: number, last: string, body: string) =>
    `HTTP/1.1 ${status} OK\r\nX-Pad: ${'a'.repeat(more)}\r\n${last}\r\n\r\n${body}`;
  // Again and again, so that it is the remembered one that the next is compared with.
  const remember = () => {
    for (let i = 0; i < 3; i++) expect(feed(answer(200, 'Content-Length: 1', 'z'))).toEqual({ used: 0, status: 200 });
  };
  for (const status of [201, 210, 300, 503]) {
    remember();
    expect(feed(answer(status, 'Content-Length: 1', 'z'))).toEqual({ used: 0, status });
  }
  for (const last of ['Content-Length: 2', 'Content-Length: 1\r\nA: b', 'content-length: 1', 'Content-Length:1 ']) {
    remember();
    expect(feed(answer(200, last, last.includes('2') ? 'zz' : 'z'))).toEqual({ used: 0, status: 200 });
  }
  remember();
  feed(answer(200, 'Content-Length: 1', 'z').replace('HTTP', 'HTTQ'));
  expect(parser.failure).not.toBeNull();
});

describe('answers in any pieces', () => {
  test('random answers, random cuts', () => {
    const parser = new ResponseParser(new KnownHead());
    fc.assert(
      fc.property(answers, fc.array(fc.nat(400), { maxLength: 12 }), (answer, cuts) => {
        const inside = cuts.map((cut) => cut % (answer.wire.length + 1));
        expect(parse(parser, answer.wire, inside, answer.untilClose)).toEqual(answer.expected);
      }),
      { numRuns: 1000 },
    );
  });

  test('every single cut, and one byte at a time', () => {
    const parser = new ResponseParser(new KnownHead());
    fc.assert(
      fc.property(answers, (answer) => {
        for (let cut = 0; cut <= answer.wire.length; cut++) {
          expect(parse(parser, answer.wire, [cut], answer.untilClose)).toEqual(answer.expected);
        }
        const all = Array.from(answer.wire, (_, i) => i);
        expect(parse(parser, answer.wire, all, answer.untilClose)).toEqual(answer.expected);
      }),
      { numRuns: 40 },
    );
  });

  test('the same answers again and again, whole and cut, in any order', () => {
    fc.assert(
      fc.property(
        fc.array(answers, { minLength: 1, maxLength: 3 }),
        fc.array(fc.tuple(fc.nat(), fc.option(fc.nat(400))), { maxLength: 40 }),
        (few, order) => {
          const parser = new ResponseParser(new KnownHead());
          for (const [which, cut] of order) {
            const answer = few[which % few.length]!;
            const cuts = cut === null ? [] : [cut % (answer.wire.length + 1)];
            expect(parse(parser, answer.wire, cuts, answer.untilClose)).toEqual(answer.expected);
          }
        },
      ),
      { numRuns: 300 },
    );
  });

  test('a cut-off answer is never complete', () => {
    const parser = new ResponseParser(new KnownHead());
    fc.assert(
      fc.property(answers, fc.nat(), (answer, n) => {
        fc.pre(!answer.untilClose);
        const part = answer.wire.subarray(0, n % answer.wire.length);
        expect(parse(parser, part, [], true)).toBe('incomplete');
      }),
    );
  });

  test('arbitrary bytes never throw', () => {
    const parser = new ResponseParser(new KnownHead());
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.boolean(), (bytes, http) => {
        const text = http ? Buffer.concat([wire('HTTP/1.1 200 OK\r\n'), bytes]) : Buffer.from(bytes);
        parse(parser, text, [5], true);
      }),
      { numRuns: 500 },
    );
  });
});

describe('a head like the one before', () => {
  const known = 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx';
  const behind = (text: string, cuts: number[] = []) => {
    const parser = new ResponseParser(new KnownHead());
    parse(parser, wire(known), [], false);
    return parse(parser, wire(text), cuts, false);
  };

  test('that goes on differently at its end is read', () => {
    expect(behind('HTTP/1.1 200 OK\r\nContent-Length: 15\r\n\r\nfifteen bytes..')).toMatchObject({
      body: 'fifteen bytes..',
    });
    expect(behind('HTTP/1.1 200 OK\r\nContent-Length: 1\r\nConnection: close\r\n\r\ny')).toMatchObject({
      keepAlive: false,
    });
  });
  test('is no head where another one has begun', () => {
    const begun = 'HTTP/1.1 404 No\r\nX-Echo: ';
    expect(behind(`${begun}${known}`, [begun.length])).toMatchObject({ status: 404, body: 'x' });
  });
  test('of another connection is read for that one alone', () => {
    const shared = new KnownHead();
    const [one, other] = [new ResponseParser(shared), new ResponseParser(shared)];
    const begun = wire('HTTP/1.1 200 OK\r\nContent-Length: 9\r\nConnection: close\r\n\r\n');
    for (const parser of [one, other, one]) {
      parser.begin();
      expect(parser.feed(begun, 0, begun.length)).toBe(MORE);
    }
    // While the answer of one is on its way, the server says something else to the other.
    expect(parse(other, wire(known), [], false)).toMatchObject({ body: 'x', keepAlive: true });
    expect(one.feed(wire('nine bytes'), 0, 10)).toBe(9);
    expect(one.head).toMatchObject({ contentLength: 9, keepAlive: false });
  });
  test('is not taken from what an earlier read left in the buffer', () => {
    const parser = new ResponseParser(new KnownHead());
    const shared = wire(known);
    parser.begin();
    expect(parser.feed(shared, 0, shared.length)).toBe(shared.length);
    parser.begin();
    expect(parser.feed(shared, 0, 20)).toBe(MORE);
    expect(parser.feed(shared, 20, shared.length)).toBe(shared.length);
    parser.begin();
    expect(parser.feed(shared, 0, shared.length)).toBe(shared.length);
    parser.begin();
    // The rest of the head is still on its way, and turns out to be another.
    expect(parser.feed(shared, 0, 30)).toBe(MORE);
    const rest = wire('h: 3\r\n\r\nabc');
    expect(parser.feed(rest, 0, rest.length)).toBe(rest.length);
    expect(parser.head.contentLength).toBe(3);
  });
});

describe('framing', () => {
  const run = (text: string, closes = false) => parse(new ResponseParser(new KnownHead()), wire(text), [], closes);

  test.each([204, 304])('%i has no body whatever its headers say', (status) => {
    const answer = run(`HTTP/1.1 ${status} X\r\nContent-Length: 5\r\n\r\n`);
    expect(answer).toEqual({ status, body: '', keepAlive: true, rest: 0 });
  });
  test('bytes behind the answer are reported', () => {
    expect(run('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1')).toMatchObject({ body: 'ok', rest: 8 });
  });
  test('chunked wins over a content length', () => {
    expect(
      run('HTTP/1.1 200 OK\r\nContent-Length: 99\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n'),
    ).toMatchObject({
      body: 'ok',
    });
  });
  test('line feeds alone end lines as well', () => {
    expect(run('HTTP/1.1 200 OK\nContent-Length: 2\n\nok')).toMatchObject({ body: 'ok' });
  });
  test('no reason phrase', () => {
    expect(run('HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n')).toMatchObject({ status: 200 });
  });
  test('the length of the JSON part of a binary KServe answer', () => {
    const parser = new ResponseParser(new KnownHead());
    parse(
      parser,
      wire('HTTP/1.1 200 OK\r\nInference-Header-Content-Length: 12\r\nContent-Length: 0\r\n\r\n'),
      [],
      false,
    );
    expect(parser.head.inferenceHeaderLength).toBe(12);
  });
  test.each([
    ['garbage', 'I am not HTTP'],
    ['another protocol', 'HTTP/2 200\r\n\r\n'],
    ['a status of letters', 'HTTP/1.1 abc OK\r\n\r\n'],
    ['a status of four digits', 'HTTP/1.1 2000 OK\r\n\r\n'],
    ['a negative length', 'HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n'],
    ['two lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n'],
    ['a blank before the colon', 'HTTP/1.1 200 OK\r\nContent-Length : 1\r\n\r\n'],
    ['a folded header', 'HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\r\n'],
    ['a header without a colon', 'HTTP/1.1 200 OK\r\nnonsense\r\n\r\n'],
    ['a chunk size of letters', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n'],
    ['a chunk longer than it says', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n'],
    ['another protocol asked for', 'HTTP/1.1 101 Switching Protocols\r\n\r\n'],
    ['a head without end', `HTTP/1.1 200 OK\r\nA: ${'b'.repeat(70_000)}`],
  ])('%s is refused', (_, text) => {
    const failure = run(text);
    expect(typeof failure).toBe('string');
    expect(failure).not.toBe('incomplete');
  });
});
