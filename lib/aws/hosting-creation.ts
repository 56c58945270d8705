/** Create calls that may be made again at any point: what is there under the name is the deployment's own. */
import type { SageMaker } from '@aws-sdk/client-sagemaker';
import type { DeployRequest } from '../core/ports/target.ts';
import { isExisting, isUncertain } from './hosting-errors.ts';
import { endpointConfigOf, endpointOf, type ModelSite, modelOf } from './hosting-requests.ts';
import { isAbsent } from './reap/sagemaker-kinds.ts';

type CreationApi = Pick<
  SageMaker,
  | 'createModel'
  | 'createEndpointConfig'
  | 'createEndpoint'
  | 'describeModel'
  | 'describeEndpointConfig'
  | 'describeEndpoint'
>;

/**
 * Reads behind CreateEndpoint are eventually consistent, so a configuration just made may not be found: "retry after some
 * time" (CreateEndpoint, API reference). Half a minute in all.
 */
const WAITS_SECONDS = [1, 2, 4, 8, 16];

export class HostingCreation {
  private readonly api: CreationApi;
  private readonly wait: (seconds: number) => Promise<void>;
  private readonly trying: (name: string) => Promise<void>;

  /** @param trying awaited before each try: what is created by the last may be hidden for as long as what the first would have */
  constructor(api: CreationApi, wait: (seconds: number) => Promise<void>, trying: (name: string) => Promise<void>) {
    this.api = api;
    this.wait = wait;
    this.trying = trying;
  }

  async model(request: DeployRequest, image: string, site: ModelSite): Promise<void> {
    const input = modelOf(request, image, site);
    await this.create(
      request.name,
      () => this.api.createModel(input),
      () => this.api.describeModel({ ModelName: request.name }),
    );
  }

  async endpointConfig(request: DeployRequest): Promise<void> {
    const input = endpointConfigOf(request);
    await this.create(
      request.name,
      () => this.api.createEndpointConfig(input),
      () => this.api.describeEndpointConfig({ EndpointConfigName: request.name }),
    );
  }

  /** When it began to be billed, epoch ms, also when an earlier call had made it; null while SageMaker does not show it, or does not say. */
  async endpoint(request: DeployRequest): Promise<number | null> {
    const input = endpointOf(request);
    const describe = () => this.api.describeEndpoint({ EndpointName: request.name });
    await this.create(request.name, () => this.api.createEndpoint(input), describe);
    // This machine may have slept between the note of the try and its call.
    await this.trying(request.name);
    // It is there: what cannot be read of it is no reason to give it up.
    const found = await describe().catch(() => null);
    return found?.CreationTime?.getTime() ?? null;
  }

  private async create(name: string, create: () => Promise<unknown>, describe: () => Promise<unknown>): Promise<void> {
    for (let tries = 0; ; tries++) {
      await this.trying(name);
      try {
        await create();
        return;
      } catch (error) {
        if (isExisting(error)) return;
        if (isAbsent(error) && tries < WAITS_SECONDS.length) {
          await this.wait(WAITS_SECONDS[tries]!);
          continue;
        }
        // Its answer may have got lost on every try of the SDK.
        if (isUncertain(error) && (await exists(describe))) return;
        throw error;
      }
    }
  }
}

function exists(describe: () => Promise<unknown>): Promise<boolean> {
  return describe().then(
    () => true,
    () => false,
  );
}
