"""Tests of the demo's clip, playlists and origin."""
