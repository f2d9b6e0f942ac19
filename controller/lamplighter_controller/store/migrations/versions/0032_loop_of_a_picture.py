"""Observations are compared with predictions that count more for the loop around a network.

Before, the loop counted as 20 MMAC and 0.0005 for each pixel, at the probe's fp32 rate; now as 40
and 0.0006. What stands as predicted beside an observation must be of the same model as predictions
are, or all corrections would be off by the difference.
"""

from lamplighter_controller.store.migrations.observation_bases import count_more_for_the_loop

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

MMAC, MMAC_PER_PIXEL = 40.0 - 20.0, 6e-4 - 5e-4


def upgrade() -> None:
    count_more_for_the_loop(MMAC, MMAC_PER_PIXEL)


def downgrade() -> None:
    count_more_for_the_loop(-MMAC, -MMAC_PER_PIXEL)
