/** CloudFormation's side of a custom resource: what it sends, and the answer that it waits for. */

export interface StackEvent {
  RequestType: 'Create' | 'Update' | 'Delete';
  ResponseURL: string;
  StackId: string;
  RequestId: string;
  LogicalResourceId: string;
  PhysicalResourceId?: string;
}

/** Bodies above 4,096 bytes are refused, and the stack would wait for its timeout. */
const REASON_CHARACTERS = 2000;

export function asStackEvent(event: unknown): StackEvent | null {
  const found = event as Partial<StackEvent> | null;
  return typeof found?.RequestType === 'string' && typeof found.ResponseURL === 'string' ? (found as StackEvent) : null;
}

/** Throws when the answer could not be handed over, so that Lambda runs the whole request again. */
export async function answerStack(event: StackEvent, status: 'SUCCESS' | 'FAILED', reason: string): Promise<void> {
  const body = JSON.stringify({
    Status: status,
    Reason: reason.length > REASON_CHARACTERS ? `${reason.slice(0, REASON_CHARACTERS - 1)}…` : reason,
    StackId: event.StackId,
    RequestId: event.RequestId,
    LogicalResourceId: event.LogicalResourceId,
    // Never a new one: a changed id makes CloudFormation delete the old "resource", which would reap a running sweep.
    PhysicalResourceId: event.PhysicalResourceId ?? event.LogicalResourceId,
  });
  // The URL is signed for an empty content type; a string would bring a type of its own.
  const answer = await fetch(event.ResponseURL, {
    method: 'PUT',
    body,
    headers: { 'content-type': '' },
    signal: AbortSignal.timeout(10_000),
  });
  if (!answer.ok) throw new Error(`CloudFormation did not take the answer: HTTP ${answer.status}`);
}
