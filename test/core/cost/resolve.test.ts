import { describe, expect, it } from 'vitest';
import { condition, numberOf, resolve, Unresolved } from '../../../lib/core/cost/resolve.ts';
import type { Template } from '../../../lib/core/cost/template.ts';

const template: Template = {
  Parameters: {
    Size: { Type: 'Number', Default: '3' },
    Name: { Type: 'String', Default: 'prod' },
    Open: { Type: 'String' },
    Ami: { Type: 'AWS::SSM::Parameter::Value<String>', Default: '/path' },
  },
  Conditions: {
    Prod: { 'Fn::Equals': [{ Ref: 'Name' }, 'prod'] },
    Asked: { 'Fn::Equals': [{ Ref: 'Open' }, 'yes'] },
    Neither: { 'Fn::And': [{ 'Fn::Not': [{ Condition: 'Prod' }] }, { Condition: 'Asked' }] },
    Either: { 'Fn::Or': [{ Condition: 'Prod' }, { Condition: 'Asked' }] },
  },
  Mappings: { Sizes: { prod: { count: 7 } } },
};
const scope = { template, region: 'us-east-1' };
const of = (value: unknown) => resolve(value, scope);

describe('resolve', () => {
  it.each<[unknown, unknown]>([
    [{ Ref: 'Size' }, 3],
    [{ Ref: 'Name' }, 'prod'],
    [{ Ref: 'AWS::Region' }, 'us-east-1'],
    [{ Ref: 'AWS::NoValue' }, undefined],
    [{ 'Fn::If': ['Prod', { Ref: 'Size' }, 1] }, 3],
    [{ 'Fn::If': ['Asked', 2, '9'] }, 9],
    [{ 'Fn::Join': ['/', ['a', { Ref: 'Name' }]] }, 'a/prod'],
    [{ 'Fn::Select': [1, ['a', 'b']] }, 'b'],
    [{ 'Fn::FindInMap': ['Sizes', { Ref: 'Name' }, 'count'] }, 7],
    [{ deep: [{ at: { Ref: 'Size' } }] }, { deep: [{ at: 3 }] }],
  ])('%j is %j', (value, expected) => {
    expect(of(value)).toEqual(expected);
  });

  it.each<[unknown, RegExp]>([
    [{ Ref: 'Open' }, /parameter Open is given at deployment/],
    [{ Ref: 'Ami' }, /parameter Ami is given at deployment/],
    [{ Ref: 'Elsewhere' }, /Elsewhere is known only at deployment/],
    [{ 'Fn::GetAtt': ['X', 'Y'] }, /Fn::GetAtt is known only/],
    [{ 'Fn::If': ['Asked', 'a', 'b'] }, /condition Asked is decided at deployment/],
    [{ 'Fn::Join': ['', ['a', { Ref: 'Open' }]] }, /Open is given/],
    [{ 'Fn::FindInMap': ['Sizes', 'test', 'count'] }, /no test.count/],
    [{ 'Fn::FindInMap': ['Sizes', { Ref: 'Open' }, 'count'] }, /Open is given/],
    [{ 'Fn::Join': ['', { Ref: 'Open' }] }, /Open is given/],
    [{ 'Fn::Select': [{ Ref: 'Open' }, ['a']] }, /Open is given/],
    [{ 'Fn::Select': [0, { Ref: 'Open' }] }, /Open is given/],
    [{ 'Fn::Select': [0, 'text'] }, /of no list/],
    [{ 'Fn::Select': [3, ['a']] }, /no element 3/],
    [{ 'Fn::ImportValue': 'x' }, /Fn::ImportValue is known only/],
  ])('%j is not known', (value, reason) => {
    expect(of(value)).toMatchObject({ reason: expect.stringMatching(reason) });
    expect(of(value)).toBeInstanceOf(Unresolved);
  });
});

describe('condition', () => {
  it.each([
    ['Prod', true],
    ['Asked', null],
    ['Neither', false],
    ['Either', true],
    ['Missing', null],
  ])('%s is %s', (name, expected) => {
    expect(condition({ Condition: name }, scope)).toBe(expected);
  });
});

describe('a region', () => {
  it('that is not set is not known', () => {
    expect(resolve({ Ref: 'AWS::Region' }, { template, region: null })).toMatchObject({ reason: 'no region is set' });
  });
});

describe('numberOf', () => {
  it('takes text, and nothing that is no number', () => {
    expect([numberOf('4'), numberOf(0), numberOf(undefined, 2)]).toEqual([4, 0, 2]);
    for (const value of ['', ' ', null, undefined, true, [], {}]) expect(numberOf(value)).toBeInstanceOf(Unresolved);
  });
});
