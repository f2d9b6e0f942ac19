"""File, then environment, then arguments; each mistake is named."""

import json
from pathlib import Path

import pytest
from lamplighter_agent.own_street import CountDistance, CountLine, Mask
from lamplighter_agent.settings import AgentSettings, load_settings
from lamplighter_wire.errors import SettingsError

MANY = json.dumps({f"cam-{i}": f"clip-{i}" for i in range(17)})


def test_nothing_set_gives_the_defaults() -> None:
    assert load_settings(environ={}) == AgentSettings()


def test_later_sources_win(tmp_path: Path) -> None:
    file = tmp_path / "agent.toml"
    file.write_text(
        'device = "cam-1"\nthreads = 2\nfps = 10\nstate_dir = "/tmp/x"\n'
        '[[lines]]\nname = "north"\nx1 = 0\ny1 = 1\nx2 = 2\ny2 = 3.5\n'
    )
    environ = {
        "LAMPLIGHTER_AGENT_CONFIG": str(file),
        "LAMPLIGHTER_AGENT_THREADS": "3",
        "LAMPLIGHTER_AGENT_FPS_CAP": "12.5",
        "LAMPLIGHTER_AGENT_SESSION_CONFIG": '{"session.disable_quant_qdq": "1"}',
        "LAMPLIGHTER_OTHER": "ignored",
    }
    settings = load_settings(environ=environ, overrides={"fps": 5.0, "device": None})
    assert settings.device == "cam-1"
    assert settings.threads == 3
    assert settings.fps == 5.0
    assert settings.fps_cap == 12.5
    assert settings.state_dir == Path("/tmp/x")
    assert settings.lines == (CountLine("north", 0, 1, 2, 3.5),)
    assert settings.session_config == {"session.disable_quant_qdq": "1"}


@pytest.mark.parametrize(
    ("environ", "hint"),
    [
        ({"LAMPLIGHTER_AGENT_THREAD": "1"}, "did you mean 'threads'"),
        ({"LAMPLIGHTER_AGENT_THREADS": "many"}, "THREADS = 'many'"),
        ({"LAMPLIGHTER_AGENT_THREADS": "0"}, "THREADS = '0'"),
        ({"LAMPLIGHTER_AGENT_BROKER_PORT": "70000"}, "BROKER_PORT"),
        ({"LAMPLIGHTER_AGENT_LINES": "["}, "LAMPLIGHTER_AGENT_LINES"),
        ({"LAMPLIGHTER_AGENT_TELEMETRY_S": "inf"}, "finite number"),
        ({"LAMPLIGHTER_AGENT_LINES": '[{"name":"l","x1":NaN,"y1":0,"x2":1,"y2":1}]'}, "finite"),
        ({"LAMPLIGHTER_AGENT_LINES": '[{"name":"l","x1":1,"y1":1,"x2":1,"y2":1}]'}, "no length"),
        (
            {
                "LAMPLIGHTER_AGENT_LINES": json.dumps(
                    [{"name": "l", "x1": n, "y1": 0, "x2": n, "y2": 1} for n in (1, 2)]
                )
            },
            "two of the camera are named 'l'",
        ),
        (
            {
                "LAMPLIGHTER_AGENT_CAMERA_WIDTH": "640",
                "LAMPLIGHTER_AGENT_CAMERA_HEIGHT": "272",
                "LAMPLIGHTER_AGENT_LINES": '[{"name":"l","x1":3200,"y1":0,"x2":3300,"y2":200}]',
            },
            "outside of pictures of 640x272",
        ),
        ({"LAMPLIGHTER_AGENT_CONFIG": "/nowhere.toml"}, "/nowhere.toml"),
        ({"LAMPLIGHTER_AGENT_SOURCES": '{"North": "a"}'}, "SOURCES.*matching"),
        ({"LAMPLIGHTER_AGENT_SOURCES": '{"": "a"}'}, "SOURCES.*matching"),
        ({"LAMPLIGHTER_AGENT_SOURCES": '{"north": ""}'}, "SOURCES.*length"),
        ({"LAMPLIGHTER_AGENT_SOURCES": '{"a": "clip", "a": "other"}'}, "'a' is there twice"),
        ({"LAMPLIGHTER_AGENT_SOURCES": '{"a": "clip", "b": "clip"}'}, "'clip' is named twice"),
        (
            {"LAMPLIGHTER_AGENT_SOURCES": json.dumps({f"c{i}": f"{i}" for i in range(17)})},
            "most 16",
        ),
        (
            {"LAMPLIGHTER_AGENT_LINES": '[{"name":"l","x1":0,"y1":0,"x2":1,"y2":1,"stream":"n"}]'},
            "stream 'n'",
        ),
    ],
)
def test_mistakes_are_named(environ: dict[str, str], hint: str) -> None:
    with pytest.raises(SettingsError, match=hint):
        load_settings(environ=environ)


def test_a_broken_file_names_itself(tmp_path: Path) -> None:
    (tmp_path / "bad.toml").write_text("threads = = 1")
    with pytest.raises(SettingsError, match=r"bad\.toml"):
        load_settings(tmp_path / "bad.toml", environ={})


def test_each_source_is_a_stream(tmp_path: Path) -> None:
    assert AgentSettings().streams == {"": ""}
    assert AgentSettings(source="clip").streams == {"": "clip"}
    file = tmp_path / "agent.toml"
    file.write_text(
        '[sources]\nnorth = "rtsp://10.0.0.5/1"\nsouth = "rtsp://10.0.0.5/2"\n'
        '[[lines]]\nstream = "south"\nname = "gate"\nx1 = 0\ny1 = 1\nx2 = 2\ny2 = 3.5\n'
    )
    settings = load_settings(file, environ={})
    assert settings.streams == {"north": "rtsp://10.0.0.5/1", "south": "rtsp://10.0.0.5/2"}
    assert settings.lines[0].stream == "south"
    both = load_settings(file, environ={}, overrides={"source": "/dev/video0"})
    assert list(both.streams) == ["", "north", "south"]


def test_a_stream_has_the_lines_that_name_it() -> None:
    north, south = (CountLine("gate", 0, 0, 1, 1, stream=name) for name in ("north", "south"))
    settings = AgentSettings(sources={"north": "a", "south": "b"}, lines=(north, south))
    assert settings.of_stream("south").lines == (south,)
    assert settings.of_stream("south").streams == settings.streams


@pytest.mark.parametrize(
    ("distance", "hint"),
    [
        (CountDistance("a", "b", 20.0), "'a' and 'b' are no two lines of one camera"),
        (CountDistance("a", "a", 20.0), "are no two lines"),
        (CountDistance("a", "c", 0.0), "write 1 to 1000"),
    ],
)
def test_a_distance_is_between_two_lines(distance: CountDistance, hint: str) -> None:
    lines = (CountLine("a", 0, 0, 9, 0), CountLine("c", 0, 9, 9, 9))
    assert AgentSettings(lines=lines, distances=(CountDistance("a", "c", 20.0),))
    with pytest.raises(SettingsError, match=hint):
        AgentSettings(lines=lines, distances=(distance,))


def test_lines_on_a_camera_with_streams_of_two_sizes_want_a_size() -> None:
    line = CountLine("a", 0, 0, 9, 0)
    with pytest.raises(SettingsError, match="camera_width"):
        AgentSettings(source="onvif://10.0.0.7", lines=(line,))
    sized = {"camera_width": 1920, "camera_height": 1080}
    assert AgentSettings(source="onvif://10.0.0.7", lines=(line,), **sized)  # type: ignore[arg-type]


def test_masks_are_read_from_the_file_and_looked_at(tmp_path: Path) -> None:
    file = tmp_path / "agent.toml"
    file.write_text('[[masks]]\nname = "garden"\ncorners = [[0, 0], [9, 0], [9, 9]]\n')
    corners = ((0.0, 0.0), (9.0, 0.0), (9.0, 9.0))
    assert load_settings(file, environ={}).masks == (Mask("garden", corners),)
    with pytest.raises(SettingsError, match="masks: mask 'garden' has no area; give it three"):
        AgentSettings(masks=(Mask("garden", corners[:2]),))
    with pytest.raises(SettingsError, match="masks: 'garden': stream: there is no 'up'"):
        AgentSettings(masks=(Mask("garden", corners, "up"),))
