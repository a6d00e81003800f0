/** The process that a gate starts. */
import { serve } from './worker.ts';

serve();
