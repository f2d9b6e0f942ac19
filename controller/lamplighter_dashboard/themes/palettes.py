"""The themes: dark, light and high contrast."""

from collections.abc import Mapping
from dataclasses import dataclass

from textual.theme import Theme

DARK, LIGHT, CONTRAST = "lamplighter-dark", "lamplighter-light", "lamplighter-contrast"


@dataclass(frozen=True)
class Palette:
    """Colours as "#rrggbb". `tones`: of texts, by what they say."""

    dark: bool
    background: str
    panel: str
    cursor: str
    cursor_text: str
    accent: str
    tones: Mapping[str, str]


TONES = ("text", "dim", "error", "warning", "well", "busy", "accent")
PALETTES: Mapping[str, Palette] = {
    DARK: Palette(
        dark=True,
        background="#14171c",
        panel="#1e232b",
        cursor="#2f4a6d",
        cursor_text="#ffffff",
        accent="#f2b84b",
        tones={
            "text": "#dde3ea",
            "dim": "#929dab",
            "error": "#ff8080",
            "warning": "#f2c14e",
            "well": "#6fd97f",
            "busy": "#7cc4f2",
            "accent": "#f2b84b",
        },
    ),
    LIGHT: Palette(
        dark=False,
        background="#fbfaf7",
        panel="#efece4",
        cursor="#1f4e8c",
        cursor_text="#ffffff",
        accent="#7a4f00",
        tones={
            "text": "#1d2229",
            "dim": "#5b6470",
            "error": "#b3121d",
            "warning": "#855400",
            "well": "#1d6b2e",
            "busy": "#0a4fa8",
            "accent": "#7a4f00",
        },
    ),
    CONTRAST: Palette(
        dark=True,
        background="#000000",
        panel="#101010",
        cursor="#ffffff",
        cursor_text="#000000",
        accent="#ffd75f",
        tones={
            "text": "#ffffff",
            "dim": "#d0d0d0",
            "error": "#ff9090",
            "warning": "#ffd75f",
            "well": "#9dff9d",
            "busy": "#9cdcff",
            "accent": "#ffd75f",
        },
    ),
}


def theme_of(name: str) -> Theme:
    """A palette as Textual's theme."""
    palette = PALETTES[name]
    tones = palette.tones
    variables = {f"tone-{tone}": colour for tone, colour in tones.items()} | {
        "cursor-row": palette.cursor,
        "cursor-text": palette.cursor_text,
        "footer-key-foreground": tones["accent"],
        "footer-background": palette.panel,
        "footer-foreground": tones["text"],
        "footer-description-foreground": tones["text"],
        "border": tones["dim"],
        "block-cursor-background": palette.cursor,
        "block-cursor-foreground": palette.cursor_text,
    }
    return Theme(
        name=name,
        primary=palette.cursor if palette.dark else palette.tones["busy"],
        secondary=tones["busy"],
        accent=palette.accent,
        foreground=tones["text"],
        background=palette.background,
        surface=palette.background,
        panel=palette.panel,
        error=tones["error"],
        warning=tones["warning"],
        success=tones["well"],
        dark=palette.dark,
        variables=variables,
    )
