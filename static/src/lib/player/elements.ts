/**
 * The controls of media-chrome that the player is made of. Importing this module defines them, so
 * only those that are used are loaded, and only when a player opens.
 *
 * The build reads the list as well: the styles of these elements are written into the page, which
 * the server's Content-Security-Policy allows to these very styles only.
 */
import MediaAirplayButton from 'media-chrome/media-airplay-button';
import MediaCastButton from 'media-chrome/media-cast-button';
import MediaControlBar from 'media-chrome/media-control-bar';
import MediaController from 'media-chrome/media-controller';
import MediaFullscreenButton from 'media-chrome/media-fullscreen-button';
import MediaGestureReceiver from 'media-chrome/media-gesture-receiver';
import MediaMuteButton from 'media-chrome/media-mute-button';
import MediaPipButton from 'media-chrome/media-pip-button';
import MediaPlayButton from 'media-chrome/media-play-button';
import MediaPreviewChapterDisplay from 'media-chrome/media-preview-chapter-display';
import MediaPreviewThumbnail from 'media-chrome/media-preview-thumbnail';
import MediaPreviewTimeDisplay from 'media-chrome/media-preview-time-display';
import MediaTimeRange from 'media-chrome/media-time-range';
import MediaTooltip from 'media-chrome/media-tooltip';
import MediaVolumeRange from 'media-chrome/media-volume-range';

/** What an element writes into its shadow root. */
interface Element {
	getTemplateHTML(attributes: Record<string, string>, properties?: object): string;
}

export const elements: readonly Element[] = [
	MediaAirplayButton,
	MediaCastButton,
	MediaControlBar,
	MediaController,
	MediaFullscreenButton,
	MediaGestureReceiver,
	MediaMuteButton,
	MediaPipButton,
	MediaPlayButton,
	MediaPreviewChapterDisplay,
	MediaPreviewThumbnail,
	MediaPreviewTimeDisplay,
	MediaTimeRange,
	MediaTooltip,
	MediaVolumeRange
] as unknown as Element[];
