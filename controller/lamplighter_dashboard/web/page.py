"""The one page: a terminal, with all it needs from here."""

from html import escape

FONT = "RobotoMono-VariableFont_wght.ttf"
STYLE = """
@font-face { font-family: "Roboto Mono"; src: url("/static/fonts/FONT"); font-weight: 100 700; }
html, body { margin: 0; height: 100%; background: #14171c; color: #dde3ea; }
body { font-family: "Roboto Mono", monospace; overflow: hidden; }
.textual-terminal { position: absolute; inset: 0; }
.ended { display: none; position: absolute; inset: 0; z-index: 10; background: #14171c;
  align-items: center; justify-content: center; flex-direction: column; gap: 1em; }
body.-closed .ended { display: flex; }
.ended a { color: #f2b84b; }
""".replace("FONT", FONT)


def page(title: str, socket: str, font_px: int) -> str:
    """HTML. `socket`: address of the websocket."""
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>{escape(title)}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/static/css/xterm.css">
<style>{STYLE}</style>
<script src="/static/js/textual.js"></script>
</head>
<body>
<div class="ended"><span>The dashboard has ended.</span><a href="/">Open it again</a></div>
<div id="terminal" class="textual-terminal" data-session-websocket-url="{escape(socket)}"
 data-font-size="{font_px}"></div>
</body>
</html>
"""
