import { postgresBackend } from './backends.ts';
import { laneSuite } from './suite.ts';

laneSuite('postgres', postgresBackend);
