/** The image that a Dockerfile starts from, as `containers/images.lock.json` pins it. */
export interface BaseImage {
  /**
   * Without tag. With `accounts` the name of a repository (`sagemaker-tritonserver`), otherwise a full public address
   * (`public.ecr.aws/docker/library/python`).
   */
  readonly image: string;
  /** `sha256:…` */
  readonly digest: string;
  /**
   * Account of the registry in ECR, by region: AWS publishes some images so.
   *
   * @default - the image is public
   */
  readonly accounts?: Readonly<Record<string, string>>;
}

/** An image that the kit builds. */
export interface KitImage {
  /** Last part of its repository's name, and of the SSM parameter of its digest. */
  readonly name: string;
  /**
   * Below `containers/`.
   *
   * @default images/<name>.Dockerfile
   */
  readonly dockerfile?: string;
  /**
   * What it runs on, and so what builds it.
   *
   * @default 'amd64'
   */
  readonly architecture?: 'amd64' | 'arm64';
  /** Goes to the build as argument `BASE`. */
  readonly base: BaseImage;
  /**
   * Further arguments of the build. No value may hold a blank.
   *
   * @default - none
   */
  readonly buildArguments?: Readonly<Record<string, string>>;
  /**
   * Whether the base is frozen and may be withdrawn: then the built image cannot be had again, and its repository is kept
   * when the stack goes.
   *
   * @default false
   */
  readonly frozen?: boolean;
}

/** @throws with everything that is wrong */
export function assertKitImage({ name, base, buildArguments }: KitImage): void {
  const wrong = [
    ...(/^[a-z][a-z0-9-]*$/.test(name) ? [] : [`its name must match [a-z][a-z0-9-]*`]),
    ...(/^sha256:[0-9a-f]{64}$/.test(base.digest)
      ? []
      : [`its base ${base.image} is pinned by "${base.digest}", must be sha256:<64 hex digits>`]),
    ...Object.entries(buildArguments ?? {})
      .filter(([key, value]) => /\s/.test(key + value))
      .map(([key]) => `build argument ${key} holds a blank`),
  ];
  if (wrong.length > 0) throw new Error(`image "${name}" cannot be built: ${wrong.join('; ')}.`);
}
