/** Times and days as they are written where somebody is. Pure: the place is an argument. */

export interface Place {
	/** BCP 47 tags, best first; none for the browser's own. */
	locale: readonly string[] | undefined;
	/** An IANA time zone; none for the browser's own. */
	zone: string | undefined;
}

export class Times {
	#time: Intl.DateTimeFormat;
	#day: Intl.DateTimeFormat;
	#span: Intl.DateTimeFormat;
	#dayAlone: Intl.DateTimeFormat;
	#zone: Intl.DateTimeFormat;

	constructor({ locale, zone }: Place) {
		const format = (options: Intl.DateTimeFormatOptions) =>
			new Intl.DateTimeFormat(locale as string[] | undefined, { timeZone: zone, ...options });
		const day = { weekday: 'short', day: 'numeric', month: 'short' } as const;
		this.#time = format({ hour: '2-digit', minute: '2-digit' });
		this.#day = format(day);
		this.#span = format({ day: 'numeric', month: 'short' });
		this.#dayAlone = format({ ...day, timeZone: 'UTC' });
		this.#zone = format({ hour: '2-digit', timeZoneName: 'short' });
	}

	/** "17:30" or "05:30 PM". */
	time(at: number): string {
		return this.#time.format(at);
	}

	/** "Sun 29 Nov". */
	day(at: number): string {
		return this.#day.format(at);
	}

	/** The day of what has no time: the same everywhere. */
	dayAlone(at: number): string {
		return this.#dayAlone.format(at);
	}

	/** "27–29 Nov". */
	span(from: number, to: number): string {
		return this.#span.formatRange(from, to);
	}

	/** What the zone is called there at that time: "GMT+3", "CET". */
	zone(at: number): string {
		const parts = this.#zone.formatToParts(at);
		return parts.find((part) => part.type === 'timeZoneName')?.value ?? '';
	}
}
