/** What is on and what comes next, as far as a player cares: read from the schedule. Pure. */
import { isRecord } from '../record.ts';

export interface Session {
	/** The race weekend's name. */
	race: string;
	name: string;
	/** Null where nobody knows yet. */
	start_utc: string | null;
}

export interface Programme {
	live: Session | null;
	next: Session | null;
}

/** Reads the answer of `GET /schedule`; what it does not understand it leaves out. */
export function programmeOf(schedule: unknown): Programme {
	const sessions = sessionsOf(schedule);
	return {
		live: sessions.find(({ status }) => status === 'live')?.session ?? null,
		next: sessions.find(({ status }) => status === 'upcoming')?.session ?? null
	};
}

function sessionsOf(schedule: unknown) {
	return listIn(schedule, 'races').flatMap((race) =>
		listIn(race, 'sessions').map(({ name, start_utc, status }) => ({
			session: {
				race: String(race.race_name ?? ''),
				name: String(name ?? ''),
				start_utc: typeof start_utc === 'string' ? start_utc : null
			},
			status
		}))
	);
}

function listIn(value: unknown, key: string): Record<string, unknown>[] {
	const list = isRecord(value) ? value[key] : undefined;
	return Array.isArray(list) ? list.filter(isRecord) : [];
}
