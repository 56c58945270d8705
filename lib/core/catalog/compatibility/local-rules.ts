/** Rules for the machine the kit itself runs on. */
import type { Rule } from './rule.ts';

/**
 * The load generator needs a core that the server never uses, or the client measures its own waiting. On a machine with
 * one core there is nothing to keep apart; the plan warns instead.
 */
export const localCoresCoverClient: Rule = ({ target, cores, localCores }) => {
  if (target !== 'local') return null;
  const most = Math.max(1, localCores - 1);
  return cores > most
    ? {
        rule: 'local-cores-cover-client',
        fix: `this machine has ${localCores} ${localCores === 1 ? 'core' : 'cores'} and the load generator needs one of its own: set cores to at most ${most}`,
      }
    : null;
};

export const imageRuntimeOnLocal: Rule = ({ target, runtime, parameters }) => {
  if (target !== 'local') return null;
  if (runtime === 'neuron') {
    return {
      rule: 'neuron-on-local',
      fix: 'neuron needs its image and device: use it on sagemaker or ec2; on local use onnxruntime or torch',
    };
  }
  // The build for CPUs that a Python package carries has this backend alone.
  return runtime === 'triton' && parameters.backend !== 'python'
    ? {
        rule: 'triton-on-local',
        fix: `backend ${parameters.backend} needs its image: use it on sagemaker or ec2; on local use backend python`,
      }
    : null;
};
