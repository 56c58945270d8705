/** `infersweep/cdk`: constructs and stacks for a CDK app of your own. */
export { EndpointScaling, type EndpointScalingProps } from './constructs/endpoint-scaling.ts';
export { InferenceEndpoint, type InferenceEndpointProps } from './constructs/inference-endpoint.ts';
export { InferenceModel, type InferenceModelProps } from './constructs/inference-model.ts';
export { ModelData } from './constructs/model-data.ts';
export { ModelImage } from './constructs/model-image.ts';
export { type Recommendation, recommendationSchema } from './core/recommend/recommendation.ts';
export { ProductionStack, type ProductionStackProps } from './stacks/production-stack.ts';
