"""Observations are compared with predictions that count less for the loop around a network.

Before, the loop counted as 70 MMAC and 0.00058 for each pixel, at the probe's fp32 rate; now as 20
and 0.0005. What stands as predicted beside an observation must be of the same model as predictions
are, or all corrections would be off by the difference.
"""

from lamplighter_controller.store.migrations.observation_bases import count_more_for_the_loop

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

MMAC, MMAC_PER_PIXEL = 20.0 - 70.0, 5e-4 - 5.8e-4


def upgrade() -> None:
    count_more_for_the_loop(MMAC, MMAC_PER_PIXEL)


def downgrade() -> None:
    count_more_for_the_loop(-MMAC, -MMAC_PER_PIXEL)
