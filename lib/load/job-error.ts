/** The job asks for something that cannot be run; the message is one line for the user. */
export class LoadJobError extends Error {
  override readonly name = 'LoadJobError';
}
