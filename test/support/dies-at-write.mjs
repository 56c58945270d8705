import { JournalFile } from '../../dist/lib/local/journal/journal-file.js';

/** From now on this process kills itself with SIGKILL at its n-th journal write, `before` or `after` it; 0: never. */
export function dieAtWrite(position, side) {
  const append = JournalFile.prototype.append;
  const counted = { writes: 0 };
  JournalFile.prototype.append = function (entry) {
    counted.writes++;
    const here = counted.writes === Number(position);
    if (here && side === 'before') process.kill(process.pid, 'SIGKILL');
    append.call(this, entry);
    if (here && side === 'after') process.kill(process.pid, 'SIGKILL');
  };
  return counted;
}
