/** What the operator's page names must exist. */
import { readFileSync } from 'node:fs';
import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { ProductionStack } from '../../lib/stacks/production-stack.ts';
import { recommendation002 } from '../support/recommendation.ts';

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
const page = read('docs/production.md');
const found = (pattern: RegExp, text = page) => new Set([...text.matchAll(pattern)].map(([, name]) => name!));

describe('docs/production.md', () => {
  it('names context keys of the app only', () => {
    const app = read('bin/app.ts') + read('bin/app-context.ts');
    const named = [...found(/-c ([a-zA-Z]+)=/g)];
    expect(named.length).toBeGreaterThan(3);
    expect(named.filter((key) => !app.includes(`-c ${key}=`))).toEqual([]);
  });

  it('explains every alarm of the stack, and no other', () => {
    const template = Template.fromStack(
      new ProductionStack(new App(), 'Stack', { recommendation: recommendation002() }),
    );
    const ids = Object.keys(template.findResources('AWS::CloudWatch::Alarm')).flatMap(
      (id) => /^Alarms([A-Z][A-Za-z]*?)[0-9A-F]{8}$/.exec(id)?.[1] ?? [],
    );
    const rows = page.slice(page.indexOf('| alarm |'), page.indexOf('SageMaker publishes no number'));
    const explained = [...found(/^\| ([A-Z][A-Za-z, ]*) \|/gm, rows)].flatMap((names) => names.split(', '));
    expect(explained.sort()).toEqual(ids.sort());
  });

  it('names parameters that the template asks for', () => {
    const template = Template.fromStack(
      new ProductionStack(new App(), 'Stack', { recommendation: recommendation002() }),
    );
    const asked = Object.keys(template.findParameters('*'));
    expect([...found(/--parameters (\w+)=/g)].filter((name) => !asked.includes(name))).toEqual([]);
  });

  it('names props of the stack that it has', () => {
    const props = read('lib/stacks/production-stack.ts');
    const sentence = /unless the stack is given ([\s\S]*?) are\s+props of `ProductionStack`/.exec(page)![1]!;
    const named = [...found(/`([a-zA-Z]+)`/g, sentence)];
    expect(named.length).toBeGreaterThan(4);
    expect(named.filter((name) => !props.includes(`readonly ${name}?:`))).toEqual([]);
  });
});
