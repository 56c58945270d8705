import { each, type Rule } from '../rule.ts';

export const logRetention: Rule = {
  name: 'log-retention',
  description: 'Logs end some day: without a retention they are kept, and paid for, forever.',
  fix: 'Set RetentionInDays.',
  check: (template) =>
    each(template, ['AWS::Logs::LogGroup'], ({ RetentionInDays: days }) =>
      days === undefined ? [{ location: 'Properties.RetentionInDays', what: 'no RetentionInDays' }] : [],
    ),
};
