"""The pictures of the documentation: `python -m tests.dashboard.pictures docs/images`.

Of the real application on six pretended devices, as SVG; nothing in them is fetched from elsewhere.
"""

import re
import sys
import tempfile
from pathlib import Path

from tests.dashboard.driving import Session, drive, served_fleet

SIZE = (132, 34)
FONT_FACES = re.compile(r"@font-face \{.*?\}", re.DOTALL)


def main(folder: Path) -> None:
    """Write them."""

    def keep(seen: Session, name: str) -> None:
        svg = FONT_FACES.sub("", seen.app.export_screenshot())
        (folder / f"{name}.svg").write_text(svg)

    async def steps(seen: Session) -> None:
        await seen.until(lambda: len(seen.devices) == 6, "six devices")
        seen.app.context = "city"
        await seen.press("x", "down")
        await seen.pilot.pause(2.0)
        keep(seen, "fleet")
        await seen.opened("solar-1")
        await seen.pilot.pause(2.0)
        keep(seen, "device")
        await seen.press("p")
        await seen.until(lambda: bool(seen.app.screen.query("#effects")), "the plan")
        await seen.pilot.pause(1.0)
        keep(seen, "plan")

    with tempfile.TemporaryDirectory() as work, served_fleet(Path(work)) as (fleet, url):
        drive(url, fleet.rig.services.access.make_token("test", "admin"), steps, SIZE)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
