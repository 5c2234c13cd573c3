/** Arrow keys move between links and buttons, as a television's remote has nothing else. */

export type Direction = 'up' | 'down' | 'left' | 'right';

export interface Box {
	left: number;
	top: number;
	right: number;
	bottom: number;
}

const directions: Record<string, Direction> = {
	ArrowUp: 'up',
	ArrowDown: 'down',
	ArrowLeft: 'left',
	ArrowRight: 'right'
};

const FOCUSABLE =
	'a[href], button:not(:disabled), [role=button], input:not(:disabled), select, summary';
// They have a use of their own for the arrows.
const KEEPS_ARROWS =
	'input:not([type=checkbox], [type=button]), select, textarea, video, [role=slider], [role=menu], [role=radiogroup], [contenteditable]';
// Going straight on beats going aside.
const ASIDE_COUNTS = 2.5;

/** The index of the box that is next in that direction; -1 where there is none. Pure. */
export function nearest(from: Box, boxes: readonly Box[], direction: Direction): number {
	const distances = boxes.map((box) => distance(turned(from, direction), turned(box, direction)));
	const least = Math.min(...distances);
	return Number.isFinite(least) ? distances.indexOf(least) : -1;
}

/** How far `to` is below `from`; infinite where it is not. */
function distance(from: Box, to: Box): number {
	const isBelow = to.top >= from.bottom - 1 || (to.top > from.top + 1 && to.bottom > from.bottom);
	if (!isBelow) return Infinity;
	const gap = Math.max(0, to.top - from.bottom);
	const aside = Math.max(0, to.left - from.right, from.left - to.right);
	const middles = Math.abs((to.left + to.right) / 2 - (from.left + from.right) / 2);
	return gap + aside * ASIDE_COUNTS + middles / 10;
}

/** The plane turned so that `direction` points down. */
function turned({ left, top, right, bottom }: Box, direction: Direction): Box {
	switch (direction) {
		case 'down':
			return { left, top, right, bottom };
		case 'up':
			return { left, top: -bottom, right, bottom: -top };
		case 'right':
			return { left: top, top: left, right: bottom, bottom: right };
		case 'left':
			return { left: top, top: -right, right: bottom, bottom: -left };
	}
}

/** Makes the arrow keys move the focus, until the returned function is called. */
export function spatialNavigation(root: Document = document): () => void {
	const scrolls = matchMedia('(any-pointer: fine)');

	function move(event: KeyboardEvent) {
		const direction = directions[event.key];
		if (!direction || event.defaultPrevented) return;
		if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
		const next = target(direction);
		if (!next) return;
		event.preventDefault();
		next.focus({ preventScroll: true });
		next.scrollIntoView({ block: 'nearest', inline: 'nearest' });
	}

	function target(direction: Direction): HTMLElement | undefined {
		const active = root.activeElement;
		if (active && active !== root.body) {
			// Who clicked means the arrows to scroll; who came by the keyboard, or a remote, to move.
			if (!active.matches(':focus-visible') || active.matches(KEEPS_ARROWS)) return undefined;
			const others = reachable(root).filter((element) => element !== active);
			return others[nearest(boxOf(active), others.map(boxOf), direction)];
		}
		const wouldScroll = direction === 'up' || direction === 'down';
		if (wouldScroll && scrolls.matches) return undefined;
		return reachable(root.querySelector('main') ?? root)[0];
	}

	addEventListener('keydown', move);
	return () => removeEventListener('keydown', move);
}

const boxOf = (element: Element): Box => element.getBoundingClientRect();

function reachable(root: ParentNode): HTMLElement[] {
	return [...root.querySelectorAll<HTMLElement>(FOCUSABLE)].filter((element) => {
		const { width, height } = element.getBoundingClientRect();
		return width > 1 && height > 1 && element.tabIndex >= 0 && isSeen(element);
	});
}

function isSeen(element: HTMLElement): boolean {
	const style = getComputedStyle(element);
	return style.visibility === 'visible' && style.clipPath === 'none';
}
