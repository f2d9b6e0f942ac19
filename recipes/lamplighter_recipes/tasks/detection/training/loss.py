"""Training loss of the detector: quality focal loss, GIoU and distribution focal loss.

Quality and distribution focal loss: Li et al., Generalized Focal Loss, NeurIPS 2020. GIoU:
Rezatofighi et al., CVPR 2019. Assignment of cells to objects: SimOTA, Ge et al., YOLOX, 2021.
"""

from dataclasses import dataclass

import torch
from lamplighter_wire.tasks.detection import CLASSES, STRIDES
from torch import Tensor
from torch.nn import functional

from lamplighter_recipes.tasks.detection.networks.detector import DISTANCE_BINS

CENTRE_RADIUS = 1.6  # a cell may stand for an object at most this many strides from its centre
NEAREST_RADIUS = 0.6  # the nearest cell always may, however small the object
MAX_CELLS = 8  # cells per object, at most
IOU_COST = 3.0
BOX_WEIGHT = 2.0
DISTRIBUTION_WEIGHT = 0.25
EPS = 1e-6


@dataclass(frozen=True)
class Losses:
    """The sum that is minimised and its parts (for the log)."""

    total: Tensor
    quality: float
    box: float


@dataclass(frozen=True)
class Flat:
    """Predictions of all cells of a batch: A cells at `centres` [A,2] px with `strides` [A]."""

    centres: Tensor
    strides: Tensor
    logits: Tensor  # [N,A,classes]
    sides: Tensor  # [N,A,4,bins]

    def boxes(self) -> Tensor:
        """Expected boxes [N,A,4] (x1,y1,x2,y2) in pixels."""
        bins = torch.arange(float(DISTANCE_BINS), device=self.sides.device)
        reach = (self.sides.softmax(-1) * bins).sum(-1) * self.strides[None, :, None]
        return torch.cat([self.centres - reach[..., :2], self.centres + reach[..., 2:]], -1)


def flatten(levels: list[Tensor]) -> Flat:
    """Per-level maps [N,classes+44,H/s,W/s] -> one row per cell, in float32."""
    centres, strides, logits, sides = [], [], [], []
    for level, stride in zip(levels, STRIDES, strict=True):
        height, width = level.shape[-2:]
        y, x = torch.meshgrid(
            torch.arange(height, device=level.device),
            torch.arange(width, device=level.device),
            indexing="ij",
        )
        centres.append((torch.stack([x, y], -1).reshape(-1, 2) + 0.5) * stride)
        strides.append(torch.full((height * width,), float(stride), device=level.device))
        flat = level.float().flatten(2).transpose(1, 2)
        logits.append(flat[..., : len(CLASSES)])
        sides.append(flat[..., len(CLASSES) :].unflatten(-1, (4, DISTANCE_BINS)))
    return Flat(torch.cat(centres), torch.cat(strides), torch.cat(logits, 1), torch.cat(sides, 1))


def overlaps(a: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
    """IoU and generalised IoU of boxes [...,4], broadcast."""
    low, high = torch.maximum(a[..., :2], b[..., :2]), torch.minimum(a[..., 2:], b[..., 2:])
    common = (high - low).clamp(min=0).prod(-1)
    union = _area(a) + _area(b) - common
    iou = common / (union + EPS)
    low, high = torch.minimum(a[..., :2], b[..., :2]), torch.maximum(a[..., 2:], b[..., 2:])
    hull = (high - low).clamp(min=0).prod(-1)
    return iou, iou - (hull - union) / (hull + EPS)


def _area(boxes: Tensor) -> Tensor:
    return (boxes[..., 2:] - boxes[..., :2]).clamp(min=0).prod(-1)


@torch.no_grad()
def assign(flat: Flat, boxes: Tensor, logits: Tensor, truth: Tensor) -> tuple[Tensor, Tensor]:
    """Which cells stand for which objects, in one picture.

    Args:
        flat: geometry of the cells.
        boxes: predicted boxes [A,4]; logits: predicted logits [A,classes].
        truth: objects [n,5] (x1,y1,x2,y2,class).

    Returns:
        Indices of the cells and of their objects, both [p].
    """
    allowed = _allowed(flat, truth)
    iou = overlaps(boxes[:, None], truth[None, :, :4])[0] * allowed
    likely = logits.sigmoid()[:, truth[:, 4].long()].clamp(min=EPS)
    cost = -likely.log() - IOU_COST * iou.clamp(min=1e-3).log() + 1e5 * ~allowed
    cells_per_object = iou.topk(min(MAX_CELLS, len(iou)), 0).values.sum(0).int().clamp(min=1)
    order = cost.topk(min(MAX_CELLS, len(cost)), 0, largest=False).indices
    rank = torch.arange(len(order), device=cost.device)[:, None]
    chosen = torch.zeros_like(allowed).scatter_(0, order, rank < cells_per_object) & allowed
    best = torch.where(chosen, cost, torch.inf).min(1)
    cells = best.values.isfinite().nonzero()[:, 0]
    return cells, best.indices[cells]


def _allowed(flat: Flat, truth: Tensor) -> Tensor:
    """[A,n]: cells near an object's centre that lie inside its box, and the nearest ones."""
    centre = (truth[:, :2] + truth[:, 2:4]) / 2
    steps = (flat.centres[:, None] - centre).abs().amax(-1) / flat.strides[:, None]
    to_low, to_high = flat.centres[:, None] - truth[:, :2], truth[:, 2:4] - flat.centres[:, None]
    inside = torch.minimum(to_low, to_high).amin(-1) > 0
    return (steps < NEAREST_RADIUS) | ((steps < CENTRE_RADIUS) & inside)


def detection_loss(levels: list[Tensor], truths: list[Tensor]) -> Losses:
    """Loss of a batch.

    Args:
        levels: raw maps of `Detector.raw`.
        truths: per picture [n,5] (x1,y1,x2,y2,class) in input pixels; class -1 is ignored.
    """
    flat = flatten(levels)
    boxes = flat.boxes()
    targets = _targets(flat, boxes.detach(), truths)
    quality = torch.zeros_like(flat.logits)
    if len(targets.cell) == 0:
        loss = _quality_loss(flat.logits, quality, targets.heed)
        return Losses(loss, float(loss.detach()), 0.0)
    picture, cell, objects = targets.picture, targets.cell, targets.objects
    iou, giou = overlaps(boxes[picture, cell], objects[:, :4])
    quality[picture, cell, objects[:, 4].long()] = iou.detach().clamp(min=0.01)
    weight = flat.logits[picture, cell].detach().sigmoid().amax(1).clamp(min=0.1)
    weight = weight / weight.sum()
    loss = _quality_loss(flat.logits, quality, targets.heed) / len(cell)
    box = ((1 - giou) * weight).sum()
    sides = (_distribution_loss(flat, picture, cell, objects) * weight).sum()
    total = loss + BOX_WEIGHT * box + DISTRIBUTION_WEIGHT * sides
    return Losses(total, float(loss.detach()), float(box.detach()))


@dataclass(frozen=True)
class _Targets:
    """Which cells of which pictures stand for which objects: [p], [p] and [p,5].

    `heed` [N,A,1] is 0 for cells inside ignored boxes: their scores are neither right nor wrong.
    """

    picture: Tensor
    cell: Tensor
    objects: Tensor
    heed: Tensor


def _targets(flat: Flat, boxes: Tensor, truths: list[Tensor]) -> _Targets:
    heed = torch.ones_like(flat.logits[..., :1])
    empty = torch.zeros(0, dtype=torch.long, device=boxes.device)
    pictures, cells, objects = [empty], [empty], [boxes.new_zeros(0, 5)]
    for number, truth in enumerate(truths):
        present, vague = truth[truth[:, 4] >= 0], truth[truth[:, 4] < 0]
        heed[number] = ~_inside(flat.centres, vague)[:, None]
        if len(present) == 0:
            continue
        cell, index = assign(flat, boxes[number], flat.logits[number].detach(), present)
        heed[number, cell] = 1.0
        pictures.append(torch.full_like(cell, number))
        cells.append(cell)
        objects.append(present[index])
    return _Targets(torch.cat(pictures), torch.cat(cells), torch.cat(objects), heed)


def _inside(points: Tensor, boxes: Tensor) -> Tensor:
    """[A]: whether a point lies in any of the boxes."""
    low, high = points[:, None] >= boxes[:, :2], points[:, None] <= boxes[:, 2:4]
    return (low & high).all(-1).any(-1)


def _quality_loss(logits: Tensor, quality: Tensor, heed: Tensor) -> Tensor:
    """Cross-entropy to the box quality, scaled by the squared error (beta = 2); summed."""
    error = (logits.sigmoid() - quality).abs().square()
    entropy = functional.binary_cross_entropy_with_logits(logits, quality, reduction="none")
    return (error * entropy * heed).sum()


def _distribution_loss(flat: Flat, n: Tensor, a: Tensor, objects: Tensor) -> Tensor:
    """Cross-entropy to the two bins around each true distance, mean over sides: [p]."""
    centres = flat.centres[a]
    reach = torch.cat([centres - objects[:, :2], objects[:, 2:4] - centres], 1)
    target = (reach / flat.strides[a, None]).clamp(0, DISTANCE_BINS - 1.01)
    low = target.long()
    share = target - low
    log = flat.sides[n, a].log_softmax(-1)
    below = log.gather(-1, low[..., None])[..., 0]
    above = log.gather(-1, low[..., None] + 1)[..., 0]
    return -(below * (1 - share) + above * share).mean(1)
