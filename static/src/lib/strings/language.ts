/** The language that the texts are in: a translation has another tag, and its own plurals. */
export const language = 'en-GB';

const plural = new Intl.PluralRules(language);

/** `n` with the word for one thing, or for several. */
export function count(n: number, one: string, other: string): string {
	return `${n} ${plural.select(n) === 'one' ? one : other}`;
}
