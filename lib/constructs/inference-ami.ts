/** SageMaker's host images by what they drive (`ProductionVariant.InferenceAmiVersion`). */
const KINDS: { image: RegExp; instances: RegExp; what: string }[] = [
  { image: /-gpu-/, instances: /^ml\.[gp]\d/, what: 'NVIDIA GPUs (g and p families)' },
  { image: /-neuron-/, instances: /^ml\.(inf2|trn\d)/, what: 'Inferentia2 and Trainium; Inf1 has none to choose' },
];

/** @throws when the host image cannot drive the instance type: CreateEndpointConfig would take it, the instances not start */
export function assertInferenceAmi(instanceType: string, inferenceAmiVersion: string): void {
  const kind = KINDS.find(({ image }) => image.test(inferenceAmiVersion));
  if (!kind || kind.instances.test(instanceType)) return;
  throw new Error(
    `inferenceAmiVersion ${inferenceAmiVersion} is for ${kind.what}, not for ${instanceType}. Leave it out: SageMaker has one host image for that type.`,
  );
}
