"""What the agent does about what its serve loops see."""

from lamplighter_wire.messages import Telemetry

from lamplighter_agent.camera.frame import Frame
from lamplighter_agent.device.camera_report import CameraReport
from lamplighter_agent.device.on_request.answers import Answers
from lamplighter_agent.inference.serve_loop import Listeners
from lamplighter_agent.inference.serving import Serving
from lamplighter_agent.ladder.shift_response import ShiftResponse
from lamplighter_agent.link.reporter import Reporter
from lamplighter_agent.monitoring.breach_watch import BreachWatch
from lamplighter_agent.perception.answer_log import AnswerLog
from lamplighter_agent.perception.frame_inference import FrameResult
from lamplighter_agent.settings import AgentSettings


def listeners(
    settings: AgentSettings,
    reporter: Reporter,
    response: ShiftResponse,
    breaches: BreachWatch,
    asked: Answers,
    cameras: CameraReport,
    stream: str,
) -> Listeners:
    """What the agent does about what the serve loop of a stream sees."""
    answers = AnswerLog(settings, stream)

    def on_window(window: Telemetry) -> None:
        reporter.telemetry(window)
        reporter.later(lambda: breaches.judge(window))
        reporter.later(cameras.look)

    def on_frame(frame: Frame, result: FrameResult, serving: Serving) -> None:
        answers.add(frame, result, serving.point.variant, reporter.later)
        asked.pictures.offer(frame, stream)
        asked.stills.offer(frame, result.answer, stream)

    return Listeners(
        on_window=on_window,
        on_shift=response.respond,
        on_source=lambda state, reason: reporter.source_state(state, stream, reason),
        on_frame=on_frame,
    )
