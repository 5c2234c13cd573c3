/** "0:07", "12:30" or "1:02:03": how far something is behind, from seconds. */
export function lag(seconds: number): string {
	const whole = Math.max(0, Math.round(seconds));
	const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
	const rest = [minutes, whole % 60].map((part, n) =>
		n > 0 || hours > 0 ? String(part).padStart(2, '0') : String(part)
	);
	return [...(hours > 0 ? [String(hours)] : []), ...rest].join(':');
}
