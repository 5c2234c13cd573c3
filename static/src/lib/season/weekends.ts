/** The season by weekend, and what the clock says of it. Pure: the current time is an argument. */
import type { Race, Schedule, Session } from './schedule.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
const WHOLE_DAY_MINUTES = 24 * 60;

// The server's own margins (f1stream/schedule/sessions.py): a broadcast begins before its session,
// and sessions are delayed.
const LEAD_MS = 10 * MINUTE_MS;
const MARGIN_MS = 30 * MINUTE_MS;
const RACE_MARGIN_MS = 60 * MINUTE_MS;

export type Status = 'past' | 'live' | 'upcoming' | 'cancelled';

export interface Slot {
	session: Session;
	/** Milliseconds since the epoch. */
	start: number;
	end: number;
	liveFrom: number;
	liveUntil: number;
	/** Only its day is known: it starts at midnight UTC. */
	wholeDay: boolean;
	cancelled: boolean;
}

export interface Weekend {
	/** Names it within its season, whatever its round. */
	key: string;
	race: Race;
	slots: Slot[];
	start: number;
	end: number;
	isSprint: boolean;
	/** The whole weekend was taken off. */
	cancelled: boolean;
}

/** A session and the weekend it belongs to. */
export interface Moment {
	weekend: Weekend;
	slot: Slot;
}

/** The season's weekends in the order of their times, those that were taken off among them. */
export function weekends({ races, withdrawn = [] }: Schedule): Weekend[] {
	const names = new Set(races.map((race) => race.race_name));
	const lost = new Map(withdrawn.map((race) => [race.race_name, race.sessions]));
	return [
		...races.map((race) => weekend(race, race.sessions, lost.get(race.race_name) ?? [])),
		...withdrawn
			.filter((race) => !names.has(race.race_name))
			.map((race) => weekend(race, [], race.sessions))
	].sort((one, other) => one.start - other.start || one.race.round - other.race.round);
}

function weekend(race: Race, held: Session[], lost: Session[]): Weekend {
	const slots = [
		...held.map((session) => slot(session, false)),
		...lost.map((session) => slot(session, true))
	].sort((one, other) => one.start - other.start);
	const day = Date.parse(race.date);
	return {
		key: race.race_name,
		race,
		slots,
		start: slots[0]?.start ?? day,
		end: slots.length ? Math.max(...slots.map((each) => each.end)) : day + DAY_MS,
		isSprint: held.some((session) => session.type.startsWith('sprint')),
		cancelled: held.length === 0 && lost.length > 0
	};
}

function slot(session: Session, cancelled: boolean): Slot {
	const start = Date.parse(session.start_utc);
	const end = start + session.duration_minutes * MINUTE_MS;
	const wholeDay = session.duration_minutes === WHOLE_DAY_MINUTES;
	const margin = session.type === 'race' ? RACE_MARGIN_MS : MARGIN_MS;
	return {
		session,
		start,
		end,
		liveFrom: wholeDay ? start : start - LEAD_MS,
		liveUntil: wholeDay ? end : end + margin,
		wholeDay,
		cancelled
	};
}

export function statusOf(slot: Slot, now: number): Status {
	if (slot.cancelled) return 'cancelled';
	if (now < slot.liveFrom) return 'upcoming';
	return now < slot.liveUntil ? 'live' : 'past';
}

/** Whether nothing of it is live or to come. */
export function isOver(weekend: Weekend, now: number): boolean {
	const held = weekend.slots.filter((slot) => !slot.cancelled);
	return (held.length ? Math.max(...held.map((slot) => slot.liveUntil)) : weekend.end) <= now;
}

/** The weekend that is on, or else the next one that takes place. */
export function comingWeekend(all: Weekend[], now: number): Weekend | undefined {
	return all.find((weekend) => !weekend.cancelled && !isOver(weekend, now));
}

/** The session that is live; of several the one that began last. */
export function liveMoment(all: Weekend[], now: number): Moment | undefined {
	return moments(all).findLast(({ slot }) => statusOf(slot, now) === 'live');
}

/** The first session that is still to come; nothing at a season's end. */
export function nextMoment(all: Weekend[], now: number): Moment | undefined {
	return moments(all).find(({ slot }) => statusOf(slot, now) === 'upcoming');
}

/** Whether a session has become live, or is over, after `since` and until `now`. */
export function hasTurned(all: Weekend[], since: number, now: number): boolean {
	return moments(all).some(({ slot }) =>
		[slot.liveFrom, slot.liveUntil].some((turn) => since < turn && turn <= now)
	);
}

function moments(all: Weekend[]): Moment[] {
	return all
		.flatMap((weekend) => weekend.slots.map((slot) => ({ weekend, slot })))
		.filter(({ slot }) => !slot.cancelled)
		.sort((one, other) => one.slot.start - other.slot.start);
}
