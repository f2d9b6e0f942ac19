"""How every runtime's networks see the bytes of a picture."""

# What the folded normalisation subtracts from every pixel. Grey of natural pictures: the zero
# padding of the first convolution then stands for this grey instead of each channel's own mean.
PIXEL_ZERO = 114
PIXEL_RANGE = (float(-PIXEL_ZERO), float(255 - PIXEL_ZERO))
