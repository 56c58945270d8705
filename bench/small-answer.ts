/** What the servers without a model answer. */
export const SMALL_ANSWER = '{"outputs":[{"name":"y","datatype":"FP32","shape":[1,4],"data":[0.1,0.2,0.3,0.4]}]}';
