/** The flags of the season, by the country as Jolpica names it. */
import {
	AE,
	AT,
	AU,
	AZ,
	BE,
	BH,
	BR,
	CA,
	CN,
	ES,
	GB,
	HU,
	IT,
	JP,
	MC,
	MX,
	MY,
	NL,
	QA,
	SA,
	SG,
	US
} from 'country-flag-icons/string/3x2';

const flags: Record<string, string> = {
	Australia: AU,
	Austria: AT,
	Azerbaijan: AZ,
	Bahrain: BH,
	Belgium: BE,
	Brazil: BR,
	Canada: CA,
	China: CN,
	Hungary: HU,
	Italy: IT,
	Japan: JP,
	Malaysia: MY,
	Mexico: MX,
	Monaco: MC,
	Netherlands: NL,
	Qatar: QA,
	'Saudi Arabia': SA,
	Singapore: SG,
	Spain: ES,
	UAE: AE,
	UK: GB,
	USA: US
};

/** A picture's address, where the flag is known. */
export function flagOf(country: string): string | undefined {
	if (!Object.hasOwn(flags, country)) return undefined;
	return `data:image/svg+xml,${encodeURIComponent(flags[country]!)}`;
}
