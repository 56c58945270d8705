/**
 * Families whose instances carry local NVMe. SageMaker puts the model there, encrypted by the hardware, and refuses
 * both a KMS key and a volume size (CreateEndpointConfig, `KmsKeyId`).
 */
const LOCAL_STORAGE = /^ml\.(?:[a-z]+\d+[a-z]*d[a-z]*|g[5-7]e?|p5[a-z]*|p6[a-z0-9-]*|trn[12]n?)\./;

/** @param instanceType as SageMaker spells it, `ml.g4dn.xlarge` */
export function hasLocalStorage(instanceType: string): boolean {
  return LOCAL_STORAGE.test(instanceType);
}
