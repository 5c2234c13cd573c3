import { Times } from './times.ts';

/** Times as the viewer reads them: in this browser's zone and languages. */
export function timesHere(): Times {
	return new Times({ locale: navigator.languages, zone: undefined });
}

/** The same at a circuit's place; none where that is not known. */
export function timesAt(zone: string | undefined): Times | undefined {
	return zone === undefined ? undefined : new Times({ locale: navigator.languages, zone });
}
