"""What HLS playlists say, where their URIs stand, and the signed links that replace those."""
