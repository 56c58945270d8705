/** PyTorch's own benchmark suite: a batch job that ends with a file, not a server. */
import * as z from 'zod';
import { parameter, type Runtime } from './parameter.ts';
import { threads } from './threads.ts';

/** Of github.com/pytorch/benchmark, which has no releases; its requirements need Python 3.11 at most. */
export const TORCHBENCH_COMMIT = '9a5e4137299741e1b6fb7aa7f5a6a853e5dd2295';

export const torchbench = {
  name: 'torchbench',
  needsModel: false,
  origin: 'measured',
  environment: () => null,
  parameters: {
    /** `compile`: `--torchdynamo inductor --freeze_prepack_weights`. */
    mode: parameter(z.enum(['eager', 'compile']), { fallback: 'eager', label: (v) => v }),
    /** `bf16`: `DNNL_DEFAULT_FPMATH_MODE=BF16`, fp32 outside matrix products. */
    precision: parameter(z.enum(['fp32', 'bf16']), { fallback: 'fp32', label: (v) => v }),
    threads,
    /**
     * `graviton-45`: the 45 models of AWS's article on torch.compile for Graviton3. The image holds their names,
     * `containers/torchbench/models.txt`: those of the article's command line, underscores restored.
     */
    suite: parameter(z.enum(['graviton-45']), { fallback: 'graviton-45', label: (v) => v }),
  },
} as const satisfies Runtime;
