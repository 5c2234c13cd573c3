#!/usr/bin/env bash
# Renders the demo's clip: clip/720p/000.ts …, clip/360p/000.ts … and clip/clip.json beside this file.
#
# Needs ffmpeg with libx264, librsvg and libfreetype, python3, and two fonts under the Open Font
# License: Inter and JetBrains Mono (Debian: fonts-inter, fonts-jetbrains-mono).
set -euo pipefail
cd "$(dirname "$0")"

fps=25
segment_s=2
# 24 s is a whole number of AAC frames (1125 of 1024 samples) as well as of segments, so that the
# end of the clip meets its beginning in both tracks at the same instant.
clip_s=24
gop=$((fps * segment_s))

font() { # FAMILY STYLE: the font's file; fontconfig would silently offer another family
  fc-list --format '%{file}\n' "$1:style=$2" | sort | head -n 1 | grep . ||
    { echo "render.sh: the font '$1 $2' is not installed" >&2; exit 1; }
}
caption=$(font Inter Medium)
digits=$(font 'JetBrains Mono' Bold)

label() { # TEXT: what tells one rendition from the other
  echo "drawtext=fontfile=$caption:text='$1':fontsize=24:fontcolor=0x11151b:x=(w-text_w)/2:y=572"
}
segment="segment %{eif\:trunc(n/$gop)+1\:d\:2} of $((clip_s / segment_s))"

# Drawn in RGB and converted once, or players would guess the colours of the bars.
rec709='scale=out_color_matrix=bt709:out_range=tv:flags=lanczos'
tagged='-color_range tv -colorspace bt709 -color_primaries bt709 -color_trc bt709'

# Flash and beep come together on each full second: lips in sync can be seen and heard. The marker
# takes one turn a clip and the bar three to and fro, so that neither jumps where the clip loops.
picture="
[0:v]format=rgb24,
drawtext=fontfile=$digits:timecode='00\:00\:00\:00':rate=$fps:fontsize=72:fontcolor=0xe8ecf1:x=(w-text_w)/2:y=374,
drawbox=x=358:y=385:w=32:h=32:color=0xff8a3d:t=fill:enable='lt(mod(n,$fps),3)',
drawbox=x=890:y=385:w=32:h=32:color=0xff8a3d:t=fill:enable='lt(mod(n,$fps),3)',
drawtext=fontfile=$caption:text='$segment':fontsize=20:fontcolor=0x4a5563:x=(w-text_w)/2:y=608[card];
[card][1:v]overlay=x='636+236*sin(2*PI*3*n/$((fps * clip_s)))':y=520:format=rgb:eval=frame[swept];
[swept][2:v]overlay=x='624+322*sin(2*PI*n/$((fps * clip_s)))':y='344-322*cos(2*PI*n/$((fps * clip_s)))':format=rgb:eval=frame,
split[hd][sd];
[hd]$(label '1280 × 720 · 25 fps'),$rec709,format=yuv420p[v720];
[sd]$(label '640 × 360 · 25 fps'),$rec709:w=640:h=360,format=yuv420p[v360]"

# A bell of -20 dBFS each second, higher where the clip begins, over a soft fifth that wanders
# between left and right. Whole-numbered frequencies: no click where the clip loops.
bell='0.1*sin(2*PI*if(lt(t,1),1320,880)*t)*exp(-14*mod(t,1))'
fifth='0.012*(sin(2*PI*220*t)+sin(2*PI*330*t))'
sound="aevalsrc=exprs='$bell+$fifth*(1+0.6*sin(2*PI*t/8))|$bell+$fifth*(1-0.6*sin(2*PI*t/8))':s=48000:d=$clip_s"

marker='<svg xmlns="http://www.w3.org/2000/svg" width="32" height="32"><circle cx="16" cy="16" r="11" fill="#ff8a3d" stroke="#11151b" stroke-width="4"/></svg>'
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
echo "$marker" >"$work/marker.svg"
rm -rf clip
mkdir -p clip/720p clip/360p

# The encoder's first AAC packet is priming, heard before the clip begins: dropped, or sound would
# overlap by 21 ms in each loop.
output() { # RENDITION PROFILE LEVEL CRF
  echo "-map [v$1] -map 3:a -c:v libx264 -preset veryslow -profile:v $2 -level $3 -crf $4
    -g $gop -keyint_min $gop -sc_threshold 0 -flags:v +cgop+bitexact $tagged
    -c:a aac -b:a 64k -flags:a +bitexact -bsf:a noise=drop='lt(pts,0)'
    -t $clip_s -fflags +bitexact
    -f hls -hls_time $segment_s -hls_list_size 0 -hls_playlist_type vod
    -hls_segment_filename clip/$1p/%03d.ts $work/$1p.m3u8"
}
# shellcheck disable=SC2046  # each word an argument
ffmpeg -hide_banner -loglevel warning -y \
  -framerate $fps -loop 1 -i card.svg \
  -f lavfi -i "color=c=0xff8a3d:s=8x28:r=$fps,format=argb" \
  -framerate $fps -loop 1 -i "$work/marker.svg" \
  -f lavfi -i "$sound" \
  -filter_complex "$picture" \
  $(output 720 high 3.1 21) $(output 360 main 3.0 22)

python3 - "$work" >clip/clip.json <<'PYTHON'
"""The clip's index, from what was in fact encoded."""
import json, pathlib, re, subprocess, sys

def codecs(segment):
    stream = subprocess.run(
        ["ffmpeg", "-v", "error", "-i", segment, "-c:v", "copy", "-an", "-f", "h264", "-"],
        check=True, capture_output=True,
    ).stdout
    parameters = stream.split(b"\x00\x00\x01\x67", 1)[1]  # the sequence parameter set
    return f"avc1.{parameters[:3].hex()},mp4a.40.2"  # RFC 6381: profile, constraints, level

def rendition(name, width, height):
    playlist = pathlib.Path(sys.argv[1], f"{name}.m3u8").read_text()
    durations_s = {float(text) for text in re.findall(r"#EXTINF:([\d.]+)", playlist)}
    segments = sorted(pathlib.Path("clip", name).glob("*.ts"))
    if durations_s != {2.0} or len(segments) != 12:
        sys.exit(f"render.sh: {name} is not twelve segments of 2 s: {len(segments)}, {durations_s}")
    sizes_bytes = [segment.stat().st_size for segment in segments]
    return {
        "name": name,
        "width": width,
        "height": height,
        "frame_rate": 25.0,
        "codecs": codecs(segments[0]),
        "bandwidth": max(sizes_bytes) * 8 // 2,
        "average_bandwidth": sum(sizes_bytes) * 8 // 24,
    }

clip = {
    "segment_s": 2,
    "segments": 12,
    "renditions": [rendition("720p", 1280, 720), rendition("360p", 640, 360)],
}
print(json.dumps(clip, indent=2))
PYTHON
du -sb clip
