/** The page in which f1stream proves streams: it has no looks, only what is called from outside. */
import { embed, look, preview } from './embed.ts';
import { stream } from './stream.ts';

Object.assign(globalThis, { verification: { stream, embed, look, preview } });
