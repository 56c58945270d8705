/** The image's entry; what it does is in `bin/load-task.ts`. */
import './load-task.js';
