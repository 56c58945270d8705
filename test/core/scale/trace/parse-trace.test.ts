import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseTrace } from '../../../../lib/core/scale/trace/parse-trace.ts';

const problems = (text: string) => {
  const parsed = parseTrace(text, 'day.csv');
  return parsed.ok ? [] : parsed.problems.map((p) => `${p.line}:${p.column}: ${p.message}`);
};

describe('parseTrace', () => {
  it('reads minutes and fills the gaps with zeros', () => {
    const text = '\uFEFF# a day\r\nminute, requests\r\n\r\n10,5\r\n11, 2.5\r\n14,7\r\n';
    expect(parseTrace(text, 'day.csv')).toEqual({
      ok: true,
      trace: { name: 'day.csv', stepS: 60, requests: [5, 2.5, 0, 0, 7] },
    });
  });

  it.each([
    ['', '1:1: holds no line; the first must be minute,requests, then one line a minute such as 0,1200'],
    ['time,count\n0,1', '1:1: the first line is "time,count", must be minute,requests'],
    ['minute,requests\n', '1:1: no minute follows the header'],
    ['minute,requests\n0,1\n1', '3:1: has 1 cells, must have two: minute,requests'],
    ['minute,requests\n1.5,1', '2:1: minute is "1.5", must be a whole number from 0'],
    ['minute,requests\n0,1\n\n0,2', '4:1: minute 0 does not come after 0: minutes ascend, each once'],
    ['minute,requests\n12,-3', '2:4: requests is "-3", must be a number from 0 to 1000000000'],
    ['minute,requests\n12,1e3', '2:4: requests is "1e3", must be a number from 0 to 1000000000'],
    ['minute,requests\n200000,1', '2:1: minute is 200000, must be below 120960 (twelve weeks)'],
  ])('says where %j is wrong', (text, problem) => expect(problems(text)).toEqual([problem]));

  it('stops after twenty problems', () => {
    expect(problems(`minute,requests\n${'x,y\n'.repeat(1000)}`)).toHaveLength(20);
  });

  it('never throws, and gives back what was written', () => {
    fc.assert(fc.property(fc.string(), (text) => void parseTrace(`minute,requests\n${text}`, 'x')));
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 1e9 }), { minLength: 1, maxLength: 50 }), (requests) => {
        const text = ['minute,requests', ...requests.map((n, i) => `${i},${n}`)].join('\n');
        expect(parseTrace(text, 'x')).toEqual({ ok: true, trace: { name: 'x', stepS: 60, requests } });
      }),
    );
  });
});
