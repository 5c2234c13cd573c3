/**
 * Every text that a person reads, in one folder: to translate the app is to translate its files.
 * Numbers, dates and units come formatted from format.ts.
 */
import { common } from './common.ts';
import { login } from './login.ts';
import { season } from './season.ts';
import { watch } from './watch.ts';

export { language } from './language.ts';

export const strings = { ...common, ...login, ...season, ...watch };
