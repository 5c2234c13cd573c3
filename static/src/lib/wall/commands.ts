/** What the commands of keys.ts do to the wall, and to the player that the viewer turned to last. */
import type { Command } from './keys.ts';
import * as layout from './layout.ts';
import type { Wall } from './layout.ts';
import { toggleFullscreen, togglePictureInPicture } from './screens.ts';
import type { Seat, Stage } from './stage.svelte.ts';

/** What commands work on. */
export interface Scene {
	readonly stage: Stage;
	readonly wall: Wall;
	/** The player that keys go to. */
	readonly active: Seat | undefined;
	/** What fills the screen when the whole wall is to. */
	readonly element: Element | undefined;
	onchange(wall: Wall): void;
	onhelp(): void;
	onsettings(id: string): void;
}

type Commands<Name extends Command> = Record<Name, () => unknown>;
type OfTheWall =
	'help' | 'sync' | 'fullscreen wall' | 'arrangement' | 'louder' | 'quieter' | 'statistics';

const STEP_S = 10;
const LOUDER = 0.1;
const OFFSET_S = 0.25;

export function run(command: Command, scene: Scene): void {
	const { active } = scene;
	const commands: Partial<Commands<Command>> = {
		...ofTheWall(scene),
		...(active && ofThePlayer(scene, active))
	};
	commands[command]?.();
}

/** Arranges the wall, now and the next time that there is one. */
export function arrange({ stage, wall, onchange }: Scene, arrangement: layout.Arrangement): void {
	stage.settings.change({ arrangement });
	onchange({ ...wall, arrangement });
}

function ofTheWall(scene: Scene): Commands<OfTheWall> {
	const { settings } = scene.stage;
	const { arrangement } = scene.wall;
	const { sync, statistics, volume } = settings.values;
	const setVolume = (volume: number) =>
		settings.change({ volume: Math.min(Math.max(volume, 0), 1) });
	return {
		help: () => scene.onhelp(),
		sync: () => settings.change({ sync: !sync }),
		'fullscreen wall': () => toggleFullscreen(scene.element),
		arrangement: () => arrange(scene, arrangement === 'grid' ? 'focus' : 'grid'),
		louder: () => setVolume(volume + LOUDER),
		quieter: () => setVolume(volume - LOUDER),
		statistics: () => settings.change({ statistics: !statistics })
	};
}

function ofThePlayer(
	{ stage, wall, onchange, onsettings }: Scene,
	{ id, playback }: Seat
): Commands<Exclude<Command, OfTheWall>> {
	const { video } = playback;
	const offset_s = stage.settings.offset(id);
	return {
		play: () => playback.toggle(),
		back: () => stage.seekBy(id, -STEP_S),
		forward: () => stage.seekBy(id, STEP_S),
		live: () => stage.goLive(id),
		sound: () => (stage.isHeard(id) ? stage.mute(id) : stage.unmute(id)),
		subtitles: () =>
			playback.chooseSubtitles(
				playback.read === null ? (playback.subtitles[0]?.index ?? null) : null
			),
		'picture in picture': () => togglePictureInPicture(video),
		fullscreen: () => toggleFullscreen(video?.closest('media-controller')),
		large: () => onchange(layout.enlarged(wall, id)),
		earlier: () => stage.setOffset(id, offset_s - OFFSET_S),
		later: () => stage.setOffset(id, offset_s + OFFSET_S),
		'swap back': () => onchange(layout.moved(wall, id, -1)),
		'swap forward': () => onchange(layout.moved(wall, id, 1)),
		settings: () => onsettings(id),
		remove: () => onchange(layout.removed(wall, id))
	};
}
