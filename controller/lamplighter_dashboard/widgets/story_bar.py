"""What somebody who shows the dashboard tells beside it, such as the demo of its day."""

from collections.abc import Callable

from rich.text import Text
from textual.widgets import Static

from lamplighter_dashboard.words.shortened import shortened

EVERY_S = 1.0
MOST_LINES = 3
REST = " … (? tells the rest)"
Story = Callable[[], str]


class StoryBar(Static):
    """Hidden where nobody tells anything. What has no room is said to be left out."""

    def on_mount(self) -> None:
        story: Story | None = getattr(self.app, "story", None)
        self.display = story is not None
        if story is not None:
            self._story = story
            self._tell()
            self.set_interval(EVERY_S, self._tell)

    def _tell(self) -> None:
        text = self._story()
        self.display = bool(text)
        width = self.size.width or self.app.size.width - 2
        self.update(Text(shortened(text, width, MOST_LINES, REST)))
