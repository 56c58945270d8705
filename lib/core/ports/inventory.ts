/** What the reaper needs of a cloud: everything of the kit by listing, and a way to end one piece of it. */
import type { Tags } from '../plan/tags.ts';

/** `other`: carries a run's tag, but the reaper knows no way to end it (a volume goes with its instance). */
export type ResourceKind = 'endpoint' | 'endpoint-config' | 'model' | 'instance' | 'task' | 'schedule' | 'other';

export interface CloudResource {
  kind: ResourceKind;
  arn: string;
  name: string;
  /** Null when they could not be read, which is not the same as having none. */
  tags: Tags | null;
  /** Why the tags could not be read; null when they could. */
  tagsError: string | null;
  /** `busy`: refuses deletion until it changes by itself, as a SageMaker endpoint that is Creating. `ending`: on its way out. */
  state: 'live' | 'busy' | 'ending';
  /** The cloud's own word for the state. */
  status: string;
}

export interface ListingFailure {
  /** Which listing, with its call. */
  source: string;
  /** Kinds whose absence is therefore not known. */
  kinds: readonly ResourceKind[];
  error: string;
}

export interface Listing {
  resources: CloudResource[];
  failures: ListingFailure[];
}

/** What the cloud said to a delete call. None of these proves absence; only a listing does. */
export type DeleteAnswer = 'accepted' | 'gone' | 'busy';

export interface Inventory {
  /** Found by tag and by name prefix; what could not be listed is said, never left out. */
  list(): Promise<Listing>;
  /** Throws when the cloud refuses. */
  delete(resource: CloudResource): Promise<DeleteAnswer>;
}
