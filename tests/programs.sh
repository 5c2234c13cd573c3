#!/usr/bin/env bash
# Finds what the tests drive, and installs what is missing: a Chromium (the one there is, else
# Playwright's, else the distribution's), ffmpeg, nginx, Varnish,
# Redis and faketime. Writes the browser's path to .setup/chromium.
set -euo pipefail
cd "$(dirname "$0")/.."
mkdir -p .setup

as_root() {
	if [ "$(id -u)" = 0 ]; then "$@"; elif command -v sudo >/dev/null; then sudo "$@"; else
		echo "not root and no sudo: install $* by hand" >&2
		return 1
	fi
}

from_distribution() {
	command -v apt-get >/dev/null || {
		echo "install $1 with this system's package manager, then run this again" >&2
		return 1
	}
	echo "setting up: $1 from the distribution"
	as_root apt-get update -qq
	as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "$1" >/dev/null
}

found_chromium() {
	for name in "${CHROMIUM:-}" chromium chromium-browser google-chrome; do
		[ -n "$name" ] && command -v "$name" && return
	done
	python - <<-'PYTHON'
		import sys
		from pathlib import Path
		from playwright.sync_api import sync_playwright
		with sync_playwright() as playwright:
		    path = playwright.chromium.executable_path
		sys.exit(0 if Path(path).is_file() and print(path) is None else 1)
	PYTHON
}

if ! [ -x "$(cat .setup/chromium 2>/dev/null || true)" ]; then
	if ! found_chromium >.setup/chromium; then
		echo "setting up: a Chromium"
		timeout 600 playwright install --with-deps chromium >.setup/playwright.log 2>&1 ||
			from_distribution chromium
		found_chromium >.setup/chromium
	fi
fi
command -v ffmpeg >/dev/null || from_distribution ffmpeg
# Debian puts servers where only root's PATH looks.
PATH="$PATH:/usr/sbin:/usr/local/sbin"
command -v nginx >/dev/null || from_distribution nginx-light
command -v redis-server >/dev/null || from_distribution redis-server
command -v varnishd >/dev/null || from_distribution varnish
command -v faketime >/dev/null || from_distribution faketime
command -v kubectl >/dev/null || from_distribution kubernetes-client
