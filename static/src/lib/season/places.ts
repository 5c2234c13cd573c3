/** Where the circuits are: their time zones, and the countries' codes, by the API's own names. */

// IANA time zones by Jolpica's circuitId.
const zones: Record<string, string> = {
	albert_park: 'Australia/Melbourne',
	americas: 'America/Chicago',
	bahrain: 'Asia/Bahrain',
	baku: 'Asia/Baku',
	catalunya: 'Europe/Madrid',
	hungaroring: 'Europe/Budapest',
	imola: 'Europe/Rome',
	interlagos: 'America/Sao_Paulo',
	istanbul: 'Europe/Istanbul',
	jeddah: 'Asia/Riyadh',
	losail: 'Asia/Qatar',
	madring: 'Europe/Madrid',
	marina_bay: 'Asia/Singapore',
	miami: 'America/New_York',
	monaco: 'Europe/Monaco',
	monza: 'Europe/Rome',
	portimao: 'Europe/Lisbon',
	red_bull_ring: 'Europe/Vienna',
	rodriguez: 'America/Mexico_City',
	sepang: 'Asia/Kuala_Lumpur',
	shanghai: 'Asia/Shanghai',
	silverstone: 'Europe/London',
	spa: 'Europe/Brussels',
	suzuka: 'Asia/Tokyo',
	vegas: 'America/Los_Angeles',
	villeneuve: 'America/Toronto',
	yas_marina: 'Asia/Dubai',
	zandvoort: 'Europe/Amsterdam'
};

/** The IANA time zone at a circuit, where it is known. */
export function zoneOf(circuitId: string): string | undefined {
	return Object.hasOwn(zones, circuitId) ? zones[circuitId] : undefined;
}
