/** The kit's own search, driven as an engine would drive it. It recommends nothing before it has certified something. */
import { Session } from '../../lib/core/search/propose.ts';
import type { Replay } from './replay.ts';
import type { Track } from './strategy.ts';

export function ladder(replay: Replay): Track {
  const session = new Session(replay.space);
  const stages: Track['stages'] = [];
  while ('trials' in session.proposal) {
    session.tell(replay.answer(session.proposal.trials));
    const { best } = session;
    if (best !== stages.at(-1)?.pick && best !== null) stages.push({ billedSeconds: replay.billedSeconds, pick: best });
  }
  return { stages: [...stages, { billedSeconds: replay.billedSeconds, pick: session.proposal.stop.pick }] };
}
